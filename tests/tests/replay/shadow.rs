//! Hooks that run on live registrations without effect.

use serde_json::{Value, json};
use valence_tests::Valence;

use super::fleet::{Fleet, MACHINES, naming, reader, table};
use crate::hooks::guest::Guest;

/// The newest decision about a node, with all that belongs to it.
async fn decision(valence: &Valence, node: &str) -> Value {
    let listed = format!("/v1/decisions?node_name={node}&limit=1");
    let listed = valence.get(&listed).await.body;
    let id = listed[0]["uuid"].as_str().unwrap();
    valence.get(&format!("/v1/decisions/{id}")).await.body
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_shadow_would_do_is_counted_and_listed() {
    let shadow = naming(&["s-{serial}"]) + "mode = \"shadow\"\n";
    let fleet = Fleet::of(Valence::bare().configure(&shadow)).await;
    let replies = fleet.dry_run().await;
    for (reply, (name, _, serial)) in replies.iter().zip(MACHINES) {
        assert_eq!(reply["enrollment"]["node"]["name"], name);
        let expected = json!({
            "changes": [{"pointer": "/node/name", "from": name, "to": format!("s-{serial}")}],
        });
        assert_eq!(reply["hooks"][0]["shadow"], expected, "{reply:#}");
        let kept = decision(&fleet.valence, name).await;
        assert_eq!(kept["hooks"][0]["shadow"], expected);
    }
    let shown = fleet.valence.get("/v1/hooks/site-naming").await.body;
    assert_eq!(
        shown["statistics"]["shadow"],
        json!({
            "agreed": 0, "changed": 3, "warned": 0, "ended": 0, "fields": {"/node/name": 3},
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shadow_takes_nothing_away_from_those_that_count() {
    let directory = tempfile::tempdir().unwrap();
    let component = |name: &str, component: Vec<u8>| {
        let path = directory.path().join(name);
        std::fs::write(&path, component).unwrap();
        path
    };
    let enforcing = table("reads", &component("reads.wasm", reader("/SecureBoot")), "");
    let alone = Fleet::of(Valence::bare().configure(&enforcing)).await;
    alone.dry_run().await;
    // As many documents as one machine takes that has most of them, and no more.
    let mut most = 0;
    for (name, ..) in MACHINES {
        let read = decision(&alone.valence, name).await;
        most = most.max(read["documents"].as_array().unwrap().len());
    }
    let shadow = "mode = \"shadow\"";
    let greedy = table(
        "greedy",
        &component("greedy.wasm", reader("/LogServices")),
        shadow,
    );
    let trap = Guest::new().map("unreachable").component();
    let traps = table("traps", &component("traps.wasm", trap), shadow);
    let limits = "limits = { reads = 1 }";
    let poor = table(
        "poor",
        &component("poor.wasm", reader("/LogServices")),
        &format!("{shadow}\n{limits}"),
    );
    let builder = Valence::bare()
        .configure(&format!("[redfish]\nmax_documents = {most}"))
        .configure(&[greedy, traps, poor, enforcing].concat());
    let fleet = Fleet::of(builder).await;
    for reply in fleet.dry_run().await {
        let hooks = reply["hooks"].as_array().unwrap();
        let names: Vec<_> = hooks.iter().map(|run| &run["name"]).collect();
        assert_eq!(names, ["greedy", "traps", "poor", "reads"]);
        assert_eq!(hooks[0]["shadow"], json!({}), "{reply:#}");
        for (place, expected) in [(1, "it trapped"), (2, "limits.reads")] {
            let ended = hooks[place]["shadow"]["ended"][0].as_str().unwrap();
            assert!(ended.contains(expected), "{ended}");
        }
        assert_eq!(hooks[3]["shadow"], Value::Null);
    }
    // What it read is on record, so that it can be tried in earnest.
    let kept = decision(&fleet.valence, "hpe-unplaced").await;
    let documents = kept["documents"].to_string();
    assert!(documents.contains("/LogServices"), "{documents}");
    let shown = fleet.valence.get("/v1/hooks/traps").await.body;
    assert_eq!(shown["statistics"]["shadow"]["ended"], 3);
}

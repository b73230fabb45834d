//! `POST /v1/evaluate`.

use serde_json::{Value, json};
use valence_tests::{Valence, hook, root};

use super::fleet::Fleet;
use crate::hooks::guest::Guest;

#[tokio::test(flavor = "multi_thread")]
async fn one_evaluation_is_that_of_a_dry_run_and_leaves_no_trace() {
    let stored = tempfile::tempdir().unwrap();
    let classes = Guest::setting(&json!({"resource_class": "gold"})).component();
    std::fs::write(stored.path().join("classes.wasm"), classes).unwrap();
    std::fs::copy(hook("site-naming"), stored.path().join("site-naming.wasm")).unwrap();
    let directory = stored.path().display().to_string();
    let builder = Valence::bare()
        .configure(&format!(
            "[hooks]\ndirectory = {directory:?}\nreload = false"
        ))
        .configure("[[hook]]\nname = \"site-naming\"\nsettings = { patterns = [\"{serial}\"] }");
    let fleet = Fleet::of(builder).await;
    let dry = fleet.dry_run().await;
    let valence = &fleet.valence;
    let evaluate = async |body: Value| valence.post("/v1/evaluate", body).await;
    let calls = async || {
        let shown = valence.get("/v1/hooks/site-naming").await;
        shown.body["statistics"]["calls"].clone()
    };
    let decisions = async || valence.get("/v1/decisions?detail=true").await.body;
    // What its hooks did, in all.
    let metrics = async || {
        let (_, _, text) = valence.text("/metrics", None).await;
        let kinds = ["calls", "fuel", "seconds"].map(|kind| format!("valence_hook_{kind}"));
        let of_hooks = |line: &&str| kinds.iter().any(|kind| line.starts_with(kind));
        let lines: Vec<_> = text.lines().filter(of_hooks).map(str::to_owned).collect();
        lines
    };
    let (called, decided, measured) = (calls().await, decisions().await, metrics().await);
    assert!(!measured.is_empty());
    let listed = decided.as_array().unwrap();
    let decision = listed.iter().find(|one| one["node_name"] == "dell-rack");
    let id = decision.unwrap()["uuid"].clone();

    let first = evaluate(json!({ "decision": id })).await;
    assert_eq!(first.status, 200, "{:#}", first.body);
    assert_eq!(first.body, dry[0]);
    let second = evaluate(json!({ "decision": id })).await;
    assert_eq!(first.body.to_string(), second.body.to_string());
    let live = evaluate(json!({"node": "dell-rack"})).await;
    assert_eq!(live.body, dry[0]);

    let named = json!({"site-naming": {"settings": {"patterns": ["x-{serial}"]}}});
    let other = evaluate(json!({"decision": id, "hooks": named})).await;
    assert_eq!(
        other.body["enrollment"]["node"]["name"], "x-CNIVC0000000A1",
        "{:#}",
        other.body
    );
    assert_ne!(other.body["chain"]["digest"], dry[0]["chain"]["digest"]);
    let body = json!({
        "decision": id,
        "parameters": {"owner": "us"},
        "hooks": {"classes": {}, "site-naming": {"mode": "shadow"}},
    });
    let other = evaluate(body).await.body;
    let node = &other["enrollment"]["node"];
    assert_eq!(
        [&node["resource_class"], &node["owner"], &node["name"]],
        ["gold", "us", "dell-rack"]
    );
    let changes = &other["hooks"][0]["shadow"]["changes"];
    assert_eq!(changes[0]["pointer"], "/node/name", "{other:#}");

    let text = std::fs::read_to_string(root().join("hooks/mockups/hpe-unplaced.json"));
    let documents: Value = serde_json::from_str(&text.unwrap()).unwrap();
    let of_documents = json!({
        "documents": documents, "name": "given", "pod_manager": "rack", "address": "https://bmc",
    });
    let given = valence
        .post("/v1/evaluate?explain", of_documents)
        .await
        .body;
    let node = &given["enrollment"]["node"];
    assert_eq!(node["name"], "CZXMPL0002", "{given:#}");
    assert_eq!(node["driver_info"]["redfish_address"], "https://bmc");
    assert!(given["explanation"]["fields"].is_array());

    for (body, status, expected) in [
        (json!({}), 400, "one of `decision`"),
        (
            json!({"decision": id, "node": "x"}),
            400,
            "one of `decision`",
        ),
        (json!({"decision": "x"}), 400, "uuid"),
        (json!({"decision": uuid::Uuid::nil()}), 404, "no decision"),
        (json!({"node": "nobody"}), 404, "nobody"),
        (
            json!({"node": "dell-rack", "name": "x"}),
            400,
            "`documents` only",
        ),
        (
            json!({"decision": id, "hooks": {"absent": {}}}),
            400,
            "no hook `absent`",
        ),
        (
            json!({"decision": id, "hooks": {"x": {"component": "../classes"}}}),
            400,
            "no `../classes.wasm`",
        ),
        (
            json!({"decision": id, "hooks": {"site-naming": {"settings": {"pattern": []}}}}),
            400,
            "pattern",
        ),
        (
            json!({"decision": id, "hooks": {"site-naming": {"settings": {"patterns": ["{host}"]}}}}),
            403,
            "denied by hook `site-naming`",
        ),
        (
            json!({"decision": id, "hooks": {"a hook": {"component": "classes"}}}),
            400,
            "`a hook` is no name",
        ),
        (
            json!({"decision": id, "hooks": {"seed": {"component": "classes"}}}),
            400,
            "`seed` is no name",
        ),
        (json!({"decision": id, "ironic": "9"}), 400, "1.82"),
        (
            json!({"decision": id, "hook": {}}),
            400,
            "did you mean `hooks`",
        ),
    ] {
        let reply = evaluate(body).await;
        let told = reply.body.to_string();
        assert_eq!(reply.status, status, "{told}");
        assert!(told.contains(expected), "{told}");
    }
    assert_eq!(calls().await, called);
    assert_eq!(decisions().await, decided);
    assert_eq!(metrics().await, measured);

    // A file that was replaced, and not taken, is nothing that serves.
    let path = |name: &str| stored.path().join(name).with_extension("wasm");
    std::fs::copy(path("classes"), path("site-naming")).unwrap();
    let other = evaluate(json!({"decision": id, "hooks": {"classes": {}}})).await;
    let node = &other.body["enrollment"]["node"];
    assert_eq!(
        [&node["resource_class"], &node["name"]],
        ["gold", "CNIVC0000000A1"],
        "{:#}",
        other.body
    );
    let shadow = json!({"site-naming": {"mode": "shadow"}});
    let other = evaluate(json!({"decision": id, "hooks": shadow})).await;
    assert_eq!(other.status, 400, "{:#}", other.body);
    let detail = other.body["detail"].as_str().unwrap();
    assert!(detail.contains("is not the one that serves"), "{detail}");
}

//! `/v1/systems` and `/v1/racks`: page by page, and with a pod manager that is away.

use serde_json::{Value, json};
use valence_tests::emulator::{Emulator, Fault, Kind, Rsd};
use valence_tests::{Reply, Valence};

use super::bed::{REDFISH, detail, rsd_of};

async fn known_as(valence: &Valence, name: &str, emulator: &Emulator) -> String {
    let pod_manager = json!({"name": name, "url": emulator.url(), "driver": "redfishv1",
        "authentication": [{"type": "basic", "auth_items": {"username": "root",
            "password": super::bed::PASSWORD}}]});
    let made = valence.post("/v1/pod_managers", pod_manager).await;
    assert_eq!(made.status, 200, "{:#}", made.body);
    made.body["uuid"].as_str().expect("a uuid").to_owned()
}

/// The path of the next page.
fn next(reply: &Reply, valence: &Valence) -> Option<String> {
    let link = reply.headers.get("link")?.to_str().expect("text");
    let (url, _) = link.strip_prefix('<')?.split_once('>')?;
    Some(url.strip_prefix(valence.url())?.to_owned())
}

fn warnings(reply: &Reply) -> Vec<&str> {
    let all = reply.headers.get_all("warning").iter();
    all.map(|value| value.to_str().expect("text")).collect()
}

fn ids(reply: &Reply) -> Vec<(&Value, &Value)> {
    let all = reply.body.as_array().expect("a list").iter();
    all.map(|one| (&one["podm_id"], &one["id"])).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn systems_come_page_by_page_and_one_pod_manager_that_is_away_is_told_of() {
    let emulators = [
        rsd_of(3, 0x2140, Rsd::default()).await,
        rsd_of(2, 0x2150, Rsd::default()).await,
    ];
    let valence = Valence::bare()
        .configure(&format!("{REDFISH}\nretry_for = \"1s\""))
        .start();
    let first = known_as(&valence, "pod-a", &emulators[0]).await;
    let second = known_as(&valence, "pod-b", &emulators[1]).await;
    let all = valence.get("/v1/systems").await;
    assert_eq!(ids(&all).len(), 5, "{:#}", all.body);
    assert!(warnings(&all).is_empty());

    let mut paged = Vec::new();
    let mut path = Some("/v1/systems?limit=2&show_detail=true".to_owned());
    while let Some(page) = path {
        let reply = valence.get(&page).await;
        assert_eq!(reply.status, 200, "{page}: {:#}", reply.body);
        let records = reply.body.as_array().expect("a list");
        assert!(records.len() <= 2, "{page}");
        for record in records {
            assert_eq!(record["manufacturer"], "Acme Metal", "{page}");
            paged.push((record["podm_id"].clone(), record["id"].clone()));
        }
        path = next(&reply, &valence);
    }
    let paged: Vec<_> = paged.iter().map(|(podm_id, id)| (podm_id, id)).collect();
    assert_eq!(paged, ids(&all));
    let of_second = valence
        .get("/v1/systems?podm_id=pod-b&id=2&fields=id,podm_id")
        .await;
    assert_eq!(of_second.body, json!([{"id": "2", "podm_id": second}]));
    let nonsense = valence.get("/v1/systems?marker=1").await;
    assert_eq!(nonsense.status, 400, "{:#}", nonsense.body);

    // One that hangs is waited for in vain, and the other is listed all the same.
    emulators[0].fault(Fault::at("**", Kind::Hang));
    let rest = valence.get("/v1/systems").await;
    assert_eq!(rest.status, 200, "{:#}", rest.body);
    assert_eq!(
        ids(&rest),
        [(&json!(second), &json!("1")), (&json!(second), &json!("2"))]
    );
    let [warning] = warnings(&rest)[..] else {
        panic!("{:?}", rest.headers);
    };
    assert!(
        warning.starts_with("299 - \"pod manager `pod-a`: "),
        "{warning}"
    );
    let shown = valence.cli(["system", "list", "-f", "json"]);
    assert_eq!(shown.exit, 0, "{shown:?}");
    assert!(
        shown.stderr.contains("warning: pod manager `pod-a`"),
        "{shown:?}"
    );

    // What is asked for may be there; a page that begins there cannot be found.
    for path in [
        "/v1/systems?podm_id=pod-a".to_owned(),
        "/v1/systems/3".to_owned(),
        format!("/v1/systems?marker={first}/redfish/v1/Systems/1"),
    ] {
        let away = valence.get(&path).await;
        assert_eq!(away.status, 504, "{path}: {:#}", away.body);
        assert!(detail(&away).contains("pod manager `pod-a`"), "{path}");
    }
    let there = valence.get("/v1/systems/2?podm_id=pod-b").await;
    assert_eq!(there.status, 200, "{:#}", there.body);
    assert_eq!(valence.get("/v1/systems/9?podm_id=pod-b").await.status, 404);
}

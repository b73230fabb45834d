//! Composing and registering in one operation, in real Ironic.

use serde_json::{Value, json};
use valence_tests::emulator::{Emulator, Rsd};
use valence_tests::{Reply, Valence, ask_ironic};

use super::bed::{REDFISH, detail, known, made, names, rsd, settled, wanted};
use crate::register::ironic;

async fn bed(number: u16) -> (Emulator, Valence) {
    let emulator = rsd(number, Rsd::default()).await;
    let valence = Valence::with_ironic(&ironic().endpoint())
        .configure(REDFISH)
        .start();
    known(&valence, &emulator, "redfishv1").await;
    (emulator, valence)
}

fn asked(name: &str, parameters: Value) -> Value {
    let mut body = wanted(name);
    body["parameters"] = parameters;
    body
}

async fn compose(valence: &Valence, query: &str, body: Value) -> Reply {
    valence
        .post(&format!("/v1/nodes?register=true{query}"), body)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_composed_and_registered_and_left_to_ironic() {
    let (emulator, valence) = bed(0x1b00).await;
    let body = asked("composed-2300", json!({"resource_class": "composed"}));
    let done = compose(&valence, "&target=enroll", body).await;
    assert_eq!(done.status, 200, "{:#}", done.body);
    assert_eq!(done.body["managed_by"], "ironic");
    let uuid = done.body["ironic"]["node_uuid"].as_str().unwrap();
    let (_, node) = ask_ironic(&ironic().endpoint(), "GET", &format!("nodes/{uuid}"), None).await;
    assert_eq!(node["resource_class"], "composed");
    assert_eq!(
        node["driver_info"]["redfish_system_id"],
        "/redfish/v1/Systems/1"
    );
    settled(&valence).await;

    let reset = json!({"Reset": {"Type": "On"}});
    let path = "/v1/nodes/composed-2300/action";
    let refused = valence.post(path, reset.clone()).await;
    assert_eq!(refused.status, 409, "{:#}", refused.body);
    let forced = valence.post(&format!("{path}?force=true"), reset).await;
    assert_eq!(forced.status, 204, "{:#}", forced.body);
    assert_eq!(valence.delete("/v1/nodes/composed-2300").await.status, 409);
    assert_eq!(made(&emulator).len(), 1);
    let gone = valence.delete("/v1/nodes/composed-2300/register").await;
    assert_eq!(gone.status, 200, "{:#}", gone.body);
    assert_eq!(valence.delete("/v1/nodes/composed-2300").await.status, 200);
    assert!(made(&emulator).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_cannot_be_registered_is_kept_or_decomposed_as_asked() {
    let (emulator, valence) = bed(0x1b10).await;
    let wrong = |name: &str| asked(name, json!({"driver": "no-such-driver"}));
    let kept = compose(&valence, "", wrong("kept-2310")).await;
    assert_eq!(kept.status, 422, "{:#}", kept.body);
    assert!(
        detail(&kept).contains("the node stays composed, as `kept-2310`"),
        "{:#}",
        kept.body
    );
    assert_eq!(names(&valence).await, ["kept-2310"]);
    let undone = compose(&valence, "&on_failure=decompose", wrong("undone-2310")).await;
    assert_eq!(undone.status, 422, "{:#}", undone.body);
    assert!(
        detail(&undone).contains("was decomposed again"),
        "{:#}",
        undone.body
    );
    assert_eq!(names(&valence).await, ["kept-2310"]);
    assert_eq!(made(&emulator).len(), 1);
    settled(&valence).await;
    for (query, body) in [
        ("&on_failure=explode", wanted("x")),
        ("&dry_run=true", wanted("x")),
        (
            "",
            asked("x", json!({"driver_info": {"redfish_password": "secret"}})),
        ),
    ] {
        let refused = compose(&valence, query, body).await;
        assert_eq!(refused.status, 400, "{query}: {:#}", refused.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_before_or_after_the_registration_ends_registered_or_undone() {
    let (emulator, mut valence) = bed(0x1b20).await;
    for (point, name, query, parameters, registered) in [
        ("compose/to-register:1", "cut-2321", "", json!({}), true),
        ("compose/registered:1", "cut-2322", "", json!({}), true),
        (
            "compose/registered:1",
            "cut-2323",
            "&on_failure=decompose",
            json!({"driver": "none"}),
            false,
        ),
        (
            "compose/made:1",
            "cut-2324",
            "&on_failure=decompose",
            json!({}),
            false,
        ),
    ] {
        valence.kill();
        valence.start_again(Some(point));
        let path = format!("/v1/nodes?register=true{query}");
        let cut = valence
            .try_to_send("POST", &path, Some(asked(name, parameters)))
            .await;
        assert!(cut.is_err(), "{point}: {cut:?}");
        valence.kill();
        valence.start_again(None);
        settled(&valence).await;
        let node = valence.get(&format!("/v1/nodes/{name}")).await;
        if registered {
            assert_eq!(
                node.body["managed_by"], "ironic",
                "{point}: {:#}",
                node.body
            );
            valence.delete(&format!("/v1/nodes/{name}/register")).await;
            assert_eq!(
                valence.delete(&format!("/v1/nodes/{name}")).await.status,
                200
            );
        }
        assert_eq!(
            valence.get(&format!("/v1/nodes/{name}")).await.status,
            404,
            "{point}"
        );
        assert!(made(&emulator).is_empty(), "{point}");
    }
}

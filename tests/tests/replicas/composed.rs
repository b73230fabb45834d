//! Nodes that a server was composing when it died or was stopped.

use futures::future::join_all;
use serde_json::{Value, json};
use valence_tests::emulator::Rsd;
use valence_tests::{Fault, Proxy, Shared, Valence, ValenceBuilder, ask_ironic};

use super::{LONGEST, eventually};
use crate::compose::bed::{REDFISH, known, made, names, rsd, rsd_of, wanted};
use crate::register::ironic;

const ALLOCATE: &str = "POST /redfish/v1/Nodes/Actions/Allocate";

fn serving(shared: &Shared) -> ValenceBuilder {
    shared.serving(Valence::with_ironic(&ironic().endpoint()).configure(REDFISH))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_server_was_composing_is_registered_or_given_back_by_another() {
    let shared = Shared::new();
    let emulator = rsd_of(3, 0x8200, Rsd::default()).await;
    let other = serving(&shared).start();
    known(&other, &emulator, "redfishv1").await;
    let impossible = json!({"driver": "none"});
    let cases = [
        ("compose/to-register:1", "taken-8201", json!({}), true),
        ("compose/registered:1", "taken-8202", impossible, false),
        ("compose/made:1", "taken-8203", json!({}), false),
    ];
    let dying = cases.each_ref().map(|(point, name, parameters, _)| {
        let server = serving(&shared).variable("VALENCE_CRASH_AT", point).start();
        let mut body = wanted(name);
        body["parameters"] = parameters.clone();
        async move {
            let path = "/v1/nodes?register=true&on_failure=decompose";
            let cut = server.try_to_send("POST", path, Some(body)).await;
            assert!(cut.is_err(), "{point}: {cut:?}");
        }
    });
    join_all(dying).await;
    let ended = cases.each_ref().map(async |(point, name, _, registered)| {
        eventually(&other, point, async || {
            let node = other.get(&format!("/v1/nodes/{name}")).await;
            match registered {
                true => node.body["managed_by"] == "ironic",
                false => node.status == 404,
            }
        })
        .await;
    });
    join_all(ended).await;
    eventually(&other, "given back", async || made(&emulator).len() == 1).await;
    let recorded = other.get("/v1/nodes/taken-8201/registration").await.body;
    assert_eq!(recorded["state"], "complete", "{recorded:#}");
    let uuid = recorded["ironic_uuid"].as_str().unwrap();
    let path = format!("ports?node={uuid}");
    let (_, ports) = ask_ironic(&ironic().endpoint(), "GET", &path, None).await;
    assert_eq!(ports["ports"].as_array().map(Vec::len), Some(2), "{ports}");
    // It is left alone from then on.
    let again = other.post("/v1/nodes/taken-8201/register", json!({})).await;
    assert_eq!(again.body["unchanged"], true, "{again:#?}");
}

/// A server that stands still while its order is on the way to the pod manager, which
/// gets it when another server has given back whatever there was.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_stopped_server_had_made_too_late_it_gives_back_itself() {
    let shared = Shared::new();
    let emulator = rsd(0x8210, Rsd::default()).await;
    let proxy = Proxy::new(emulator.url()).await;
    let (stopped, other) = (serving(&shared).start(), serving(&shared).start());
    let pod_manager = json!({"name": "pod", "url": proxy.endpoint(), "driver": "redfishv1",
        "authentication": [{"type": "basic", "auth_items": {"username": "root",
            "password": crate::compose::bed::PASSWORD}}]});
    let known = other.post("/v1/pod_managers", pod_manager).await;
    assert_eq!(known.status, 200, "{known:#?}");
    proxy.strike_once(Fault::Held, |line| line.starts_with(ALLOCATE));
    let composing = stopped.try_to_send("POST", "/v1/nodes", Some(wanted("late-8211")));
    let stopping = async {
        eventually(&stopped, "sent", async || {
            let seen = proxy.requests();
            seen.iter().any(|line| line.starts_with(ALLOCATE))
        })
        .await;
        stopped.signal("STOP");
        other.logged("gave back what was cut off").await;
        assert!(made(&emulator).is_empty());
        proxy.let_go();
        eventually(&other, "made", async || !made(&emulator).is_empty()).await;
        stopped.signal("CONT");
    };
    let both = futures::future::join(composing, stopping);
    let (refused, ()) = tokio::time::timeout(LONGEST, both).await.unwrap();
    let refused = refused.unwrap();
    assert_eq!(refused.status, 409, "{refused:#?}");
    assert_eq!(made(&emulator), [""; 0], "{}", stopped.log());
    assert_eq!(names(&other).await, [""; 0]);
    // Nothing of it stands in the way of another of that name.
    let again = stopped.post("/v1/nodes", wanted("late-8211")).await;
    assert_eq!(again.status, 200, "{again:#?}");
    let gone = other.delete("/v1/nodes/late-8211").await;
    assert_eq!(gone.body["code"], Value::from("DELETED"), "{gone:#?}");
}

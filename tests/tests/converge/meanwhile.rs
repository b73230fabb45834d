//! What becomes of a node in Ironic while an update or adoption of it is cut off.

use std::time::{Duration, Instant};

use serde_json::json;
use uuid::Uuid;
use valence_tests::{Fault, Proxy, Valence, When, ask_ironic};

use super::bed::{Machine, by_hand, detail, ironic, node, patch, serving, uuid};
use super::crash::settled;

/// A change in Ironic while the server is down, and what it says of it.
async fn changed_meanwhile(valence: &mut Valence, machine: &Machine, adopted: bool, id: &str) {
    let (query, point) = match adopted {
        true => ("adopt", "update/intended:1"),
        false => ("update", "amend-node/journalled:1"),
    };
    let path = format!("{}?on_conflict={query}", machine.path());
    valence.kill();
    valence.start_again(Some(point));
    let body = json!({"extra": {"late": true}});
    let reply = valence.try_to_send("POST", &path, Some(body)).await;
    assert!(reply.is_err(), "{point}: {reply:?}");
    let started = Instant::now();
    while !valence.has_ended() {
        assert!(started.elapsed() < Duration::from_secs(10), "{point}");
    }
    let instance = json!([{"op": "add", "path": "/instance_uuid", "value": Uuid::new_v4()}]);
    patch(id, instance).await;
    valence.start_again(None);
    settled(valence).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_off_is_not_written_to_a_node_that_is_used_by_now() {
    for adopted in [false, true] {
        let machine = Machine::new("usedby").await;
        let mut valence = serving().start();
        machine.managed_by(&valence).await;
        let id = if adopted {
            let info = json!({"redfish_address": machine.bmc.url(), "redfish_system_id": "/redfish/v1/Systems/1"});
            by_hand(json!({"driver": "redfish", "driver_info": info}), &[]).await
        } else {
            machine.register(&valence, json!({})).await
        };
        changed_meanwhile(&mut valence, &machine, adopted, &id).await;
        let shown = node(&id).await;
        assert_eq!(shown["extra"].get("late"), None, "{shown:#}");
        let path = format!("/v1/nodes/{}/registration", machine.name);
        let reply = valence.get(&path).await;
        if adopted {
            assert_eq!(shown["extra"].get("valence"), None);
            assert_eq!(reply.body["state"], "failed", "{:#}", reply.body);
            assert!(
                reply.body.to_string().contains("with an instance"),
                "{:#}",
                reply.body
            );
        } else {
            assert_eq!(reply.body["state"], "complete", "{:#}", reply.body);
        }
        let drop = json!([{"op": "remove", "path": "/instance_uuid"}]);
        patch(&id, drop).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adopted_node_that_another_has_marked_is_not_called_unchanged() {
    let machine = Machine::new("remarked").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let info =
        json!({"redfish_address": machine.bmc.url(), "redfish_system_id": "/redfish/v1/Systems/1"});
    let id = by_hand(json!({"driver": "redfish", "driver_info": info}), &[]).await;
    assert_eq!(uuid(&machine.adopt(&valence, json!({})).await), id);
    let other = Uuid::new_v4().to_string();
    let mark = json!([{"op": "replace", "path": "/extra/valence/registration", "value": other}]);
    patch(&id, mark).await;
    let reply = valence.post(&machine.path(), json!({})).await;
    assert_eq!(reply.status, 409, "{:#}", reply.body);
    assert!(detail(&reply).contains(&other), "{}", detail(&reply));
}

/// Ironic's writes wait somewhere, and what is read is answered.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_created_only_after_it_was_deregistered_is_not_left() {
    let when = When {
        begins: "POST /v1/nodes ",
        times: usize::MAX,
    };
    let proxy = Proxy::before(&ironic().endpoint(), when, Fault::Queued).await;
    let configured = format!(
        "[ironic]\nendpoint = \"{}\"\ntimeout = \"1s\"\nretry_for = \"1s\"",
        proxy.endpoint()
    );
    let valence = Valence::bare().configure(&configured).start();
    let machine = Machine::new("queued").await;
    machine.managed_by(&valence).await;
    let reply = valence.post(&machine.path(), json!({})).await;
    assert!(matches!(reply.status, 503 | 504), "{:#}", reply.body);
    let started = Instant::now();
    let reply = loop {
        let reply = valence.delete(&machine.path()).await;
        // The background may be at it.
        if reply.status != 409 {
            break reply;
        }
        assert!(started.elapsed() < Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(reply.status, 503, "{:#}", reply.body);
    assert!(
        detail(&reply).contains("may yet carry it out"),
        "{}",
        detail(&reply)
    );
    proxy.lift();
    settled(&valence).await;
    let path = format!("nodes/{}", machine.name);
    let (status, left) = ask_ironic(&ironic().endpoint(), "GET", &path, None).await;
    assert_eq!(status, 404, "{left}");
}

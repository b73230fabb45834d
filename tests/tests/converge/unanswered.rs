//! Updates that are done, and of which nobody heard so at once.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};
use uuid::Uuid;
use valence_tests::{Fault, Proxy, Valence};

use super::bed::{Machine, by_hand, ironic, journal, node, patch, serving, told, uuid};
use super::crash::{before, recorded, settled};

/// Ironic has done the patch of the node; neither its answer nor what it shows of the
/// node then arrives.
fn nobody_hears(proxy: &Proxy) {
    proxy.strike_each(Fault::ResetAfter, ["PATCH /v1/nodes/", "GET /v1/nodes/"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_took_something_out_is_not_called_refused_for_being_done() {
    let machine = Machine::new("unheard").await;
    let proxy = Proxy::new(&ironic().endpoint()).await;
    let valence = Valence::with_ironic(&proxy.endpoint()).start();
    machine.managed_by(&valence).await;
    let body = |n: u8, key: &str| json!({"extra": {"n": n}, "properties": {key: 1}, "traits": [format!("CUSTOM_N{n}")]});
    let id = machine.register(&valence, body(0, "old")).await;
    nobody_hears(&proxy);
    let reply = machine.update(&valence, body(1, "new")).await;
    assert_eq!(proxy.lift(), 2);
    assert_eq!(uuid(&reply), id);
    let shown = node(&id).await;
    assert_eq!(shown["extra"]["n"], 1);
    assert_eq!(shown["properties"].get("old"), None);
    assert_eq!(shown["traits"], json!(["CUSTOM_N1"]));
    let journal = journal(&valence, &reply.body["registration"]).await;
    let (step, ended) = journal.last().expect("a step");
    assert_eq!(step, &format!("amend node {id}"));
    assert!(ended.contains("was-done"), "{ended}");
    assert_eq!(told(&machine.drift(&valence).await["differences"]), []);
    assert_eq!(recorded(&machine, &valence).await["update"], Value::Null);

    // So is letting go of one that was adopted.
    let machine = Machine::new("unheardgo").await;
    machine.managed_by(&valence).await;
    let info =
        json!({"redfish_address": machine.bmc.url(), "redfish_system_id": "/redfish/v1/Systems/1"});
    let id = by_hand(json!({"driver": "redfish", "driver_info": info}), &[]).await;
    assert_eq!(uuid(&machine.adopt(&valence, json!({})).await), id);
    nobody_hears(&proxy);
    let reply = valence.delete(&machine.path()).await;
    assert_eq!(proxy.lift(), 2);
    assert_eq!(reply.status, 200, "{:#}", reply.body);
    assert_eq!(node(&id).await["extra"].get("valence"), None);
}

/// Sends a request that the server dies of at `point`.
async fn dies(valence: &mut Valence, point: &str, path: &str, body: Value) {
    valence.kill();
    valence.start_again(Some(point));
    let reply = valence.try_to_send("POST", path, Some(body)).await;
    assert!(reply.is_err(), "{point}: {reply:?}");
    let started = Instant::now();
    while !valence.has_ended() {
        assert!(started.elapsed() < Duration::from_secs(10), "{point}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_bears_its_mark_is_done_whoever_uses_the_node_by_now() {
    let machine = Machine::new("marked").await;
    let mut valence = serving().start();
    machine.managed_by(&valence).await;
    let body = |password: &str| json!({"driver_info": {"redfish_username": "root", "redfish_password": password}});
    let id = machine.register(&valence, body("canary-one")).await;
    let path = format!("{}?on_conflict=update", machine.path());
    dies(&mut valence, "update/applied:1", &path, body("canary-two")).await;
    let instance = json!([{"op": "add", "path": "/instance_uuid", "value": Uuid::new_v4()}]);
    patch(&id, instance).await;
    valence.start_again(None);
    settled(&valence).await;
    let recorded = recorded(&machine, &valence).await;
    assert_eq!(recorded["update"], Value::Null, "{recorded:#}");
    assert_eq!(told(&machine.drift(&valence).await["differences"]), []);
    patch(&id, json!([{"op": "remove", "path": "/instance_uuid"}])).await;
}

/// Has the store refuse, or take again, the note that the node was amended.
async fn without_room(valence: &Valence, refuses: bool) {
    let file = valence.directory().join("valence.db");
    let url = format!("sqlite://{}", file.display());
    let mut store = SqliteConnection::connect(&url).await.expect("the store");
    let statement = match refuses {
        true => {
            "CREATE TRIGGER no_room BEFORE INSERT ON steps \
             WHEN NEW.step LIKE 'amend node %' AND NEW.moment = 'after' \
             BEGIN SELECT RAISE(ABORT, 'no room'); END"
        }
        false => "DROP TRIGGER no_room",
    };
    let done = sqlx::query(statement).execute(&mut store).await;
    done.expect("a trigger");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_could_not_be_noted_is_finished() {
    let machine = Machine::new("unnoted").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let id = machine.register(&valence, json!({"extra": {"n": 0}})).await;
    without_room(&valence, true).await;
    let reply = machine.update(&valence, json!({"extra": {"n": 1}})).await;
    assert_eq!(reply.status, 500, "{:#}", reply.body);
    without_room(&valence, false).await;
    settled(&valence).await;
    assert_eq!(node(&id).await["extra"]["n"], 1);
    assert_eq!(recorded(&machine, &valence).await["update"], Value::Null);
    assert_eq!(told(&machine.drift(&valence).await["differences"]), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_being_finished_is_not_taken_back_for_what_passes() {
    for adopted in [false, true] {
        let machine = Machine::new("onward").await;
        let proxy = Proxy::new(&ironic().endpoint()).await;
        let mut valence = before(&proxy, &machine).await;
        let (id, query) = if adopted {
            let info = json!({"redfish_address": machine.bmc.url(), "redfish_system_id": "/redfish/v1/Systems/1"});
            let theirs = json!({"driver": "redfish", "driver_info": info});
            (by_hand(theirs, &[]).await, "adopt")
        } else {
            let id = machine.register(&valence, json!({"ports": []})).await;
            (id, "update")
        };
        let path = format!("{}?on_conflict={query}", machine.path());
        let body = json!({"traits": ["CUSTOM_LATE"], "ports": [{"address": machine.mac(1)}]});
        dies(&mut valence, "update/intended:1", &path, body).await;
        // The API is up again, and its conductor is not.
        proxy.strike_all(Fault::Before(503), |line| line.starts_with("PUT "));
        valence.start_again(None);
        valence.logged("could not finish").await;
        let mut now = recorded(&machine, &valence).await;
        if !adopted {
            now = now["update"].clone();
        }
        assert_eq!(now["state"], "applying", "{now:#}");
        assert!(proxy.lift() > 0);
        settled(&valence).await;
        assert_eq!(node(&id).await["traits"], json!(["CUSTOM_LATE"]));
        let now = recorded(&machine, &valence).await;
        assert_eq!(now["state"], "complete", "{now:#}");
        assert_eq!(now["update"], Value::Null, "{now:#}");
    }
}

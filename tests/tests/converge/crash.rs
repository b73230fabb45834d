//! Updates and adoptions that are cut off, and an Ironic that is not well.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use valence::store::Store;
use valence_tests::{Fault, Proxy, Valence};

use super::bed::{Machine, by_hand, detail, ironic, node, port_at, ports, serving, told, uuid};

/// Waits until no update and no registration is unfinished.
pub(super) async fn settled(valence: &Valence) {
    let database = valence.directory().join("valence.db");
    let store = Store::open(&format!("sqlite://{}", database.display()), None)
        .await
        .expect("the store");
    let started = Instant::now();
    loop {
        let updates = store.unfinished_updates().await.expect("updates");
        let registrations = store
            .unfinished_registrations()
            .await
            .expect("registrations");
        if updates.is_empty() && registrations.is_empty() {
            return;
        }
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "{updates:?} {registrations:?} {}",
            valence.complaints()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Sends a request that the server dies of at `point`, and starts it again.
pub(super) async fn dying(valence: &mut Valence, point: &str, path: &str, body: Value) {
    valence.kill();
    valence.start_again(Some(point));
    let reply = valence.try_to_send("POST", path, Some(body)).await;
    assert!(reply.is_err(), "{point}: {reply:?}");
    let started = Instant::now();
    while !valence.has_ended() {
        assert!(started.elapsed() < Duration::from_secs(10), "{point}");
    }
    valence.start_again(None);
    settled(valence).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_was_cut_off_is_finished_or_never_was() {
    let machine = Machine::new("cut").await;
    let mut valence = serving().start();
    machine.managed_by(&valence).await;
    let body = |n: u64| {
        json!({"extra": {"n": n}, "traits": [format!("CUSTOM_N{n}")], "ports": [
            {"address": machine.mac(1), "extra": {"n": n}},
            {"address": machine.mac(2 + u8::try_from(n % 2).expect("small"))},
        ]})
    };
    let id = machine.register(&valence, body(0)).await;
    let path = format!("{}?on_conflict=update", machine.path());
    let points = [
        ("update/planned:1", false),
        ("update/intended:1", true),
        ("delete-port/sent:1", true),
        ("amend-port/journalled:1", true),
        ("create-port/answered:1", true),
        ("add-trait/begun:1", true),
        ("remove-trait/sent:1", true),
        ("amend-node/sent:1", true),
        ("amend-node/answered:1", true),
        ("update/applied:1", true),
        ("update/complete:1", true),
    ];
    let mut now = 0;
    for (n, (point, comes_about)) in (1..).zip(points) {
        // The other NIC each time, whether or not the last one came about.
        let next = if n % 2 == now % 2 { n + 1001 } else { n };
        dying(&mut valence, point, &path, body(next)).await;
        if comes_about {
            now = next;
        }
        let shown = node(&id).await;
        assert_eq!(shown["extra"]["n"], now, "{point}");
        assert_eq!(
            shown["traits"],
            json!([format!("CUSTOM_N{now}")]),
            "{point}"
        );
        assert_eq!(ports(&id).await.len(), 2, "{point}");
        let drift = machine.drift(&valence).await;
        assert_eq!(told(&drift["differences"]), [], "{point}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adoption_that_was_cut_off_is_finished_or_never_was() {
    for (point, comes_about) in [
        ("update/intended:1", true),
        ("create-port/sent:1", true),
        ("amend-node/sent:1", true),
        ("update/applied:1", true),
        ("adoption/begun:1", false),
    ] {
        let machine = Machine::new("cutadopt").await;
        let mut valence = serving().start();
        machine.managed_by(&valence).await;
        let info = json!({"redfish_address": machine.bmc.url(), "redfish_system_id": "/redfish/v1/Systems/1"});
        let theirs = json!({"driver": "redfish", "driver_info": info});
        let id = by_hand(theirs, &[machine.mac(1)]).await;
        let path = format!("{}?on_conflict=adopt", machine.path());
        dying(&mut valence, point, &path, json!({"traits": ["CUSTOM_A"]})).await;
        let shown = node(&id).await;
        assert_eq!(
            shown["extra"].get("valence").is_some(),
            comes_about,
            "{point}"
        );
        if comes_about {
            assert_eq!(shown["traits"], json!(["CUSTOM_A"]), "{point}");
            assert_eq!(ports(&id).await.len(), 4, "{point}");
            assert_eq!(machine.drift(&valence).await["drifted"], false, "{point}");
        } else {
            assert_eq!(ports(&id).await.len(), 1, "{point}");
            let reply = machine.adopt(&valence, json!({})).await;
            assert_eq!(uuid(&reply), id, "{point}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ironic_that_is_not_well_updates_all_or_nothing() {
    let machine = Machine::new("unwell").await;
    let proxy = Proxy::new(&ironic().endpoint()).await;
    let valence = Valence::with_ironic(&proxy.endpoint()).start();
    machine.managed_by(&valence).await;
    let body = |n: usize| json!({"extra": {"n": n}, "traits": [format!("CUSTOM_N{n}")]});
    let id = machine.register(&valence, body(0)).await;
    let faults = [
        Fault::Before(503),
        Fault::After(503),
        Fault::Before(409),
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::Truncated,
        Fault::Garbage,
    ];
    let mut n = 0;
    for fault in faults {
        for begins in ["PUT /v1/nodes/", "DELETE /v1/nodes/", "PATCH /v1/nodes/"] {
            n += 1;
            proxy.strike_once(fault, move |line| line.starts_with(begins));
            let reply = machine.update(&valence, body(n)).await;
            assert_eq!(proxy.lift(), 1, "{fault:?} {begins}");
            assert_eq!(reply.status, 200, "{fault:?} {begins}: {:#}", reply.body);
            let shown = node(&id).await;
            assert_eq!(shown["extra"]["n"], n, "{fault:?} {begins}");
            assert_eq!(shown["traits"], json!([format!("CUSTOM_N{n}")]));
        }
    }
    // A stranger's answer is none of Ironic's: nothing is made of it.
    for begins in ["GET /v1/nodes/", "GET /v1/ports", "GET /v1/portgroups"] {
        proxy.strike_once(Fault::Stranger, move |line| line.starts_with(begins));
        let reply = machine.update(&valence, body(n)).await;
        assert_eq!(proxy.lift(), 1, "{begins}");
        assert_eq!(reply.body["unchanged"], true, "{begins}: {:#}", reply.body);
    }
    // A definite refusal on the way is undone.
    proxy.strike_once(Fault::Before(413), |line| {
        line.starts_with("PATCH /v1/nodes/")
    });
    let reply = machine.update(&valence, body(n + 1)).await;
    assert_eq!(proxy.lift(), 1);
    assert_eq!(reply.status, 422, "{:#}", reply.body);
    assert!(detail(&reply).contains("as it was"), "{}", detail(&reply));
    assert_eq!(node(&id).await["traits"], json!([format!("CUSTOM_N{n}")]));
    assert!(port_at(&id, &machine.mac(1)).await.is_some());
}

/// A Valence before an Ironic that fails on demand, and that is not waited for long.
pub(super) async fn before(proxy: &Proxy, machine: &Machine) -> Valence {
    let ironic = format!(
        "[ironic]\nendpoint = \"{}\"\nretry_for = \"1s\"",
        proxy.endpoint()
    );
    let valence = Valence::bare().configure(&ironic).start();
    machine.managed_by(&valence).await;
    valence
}

pub(super) async fn recorded(machine: &Machine, valence: &Valence) -> Value {
    let path = format!("/v1/nodes/{}/registration", machine.name);
    valence.get(&path).await.body
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_before_an_outage_is_taken_back_after_it() {
    let proxy = Proxy::new(&ironic().endpoint()).await;
    let refuses_and_goes = || {
        proxy.strike_then(Fault::Before(413), Fault::ResetBefore, |line| {
            line.starts_with("PATCH /v1/nodes/")
        });
    };
    let machine = Machine::new("back").await;
    let mut valence = before(&proxy, &machine).await;
    let body = |n: u8| {
        json!({"traits": [format!("CUSTOM_N{n}")], "ports": [
            {"address": machine.mac(1), "extra": {"n": n}}, {"address": machine.mac(2 + n)},
        ]})
    };
    let id = machine.register(&valence, body(0)).await;
    let shape = async |id: &str| {
        let ports = ports(id).await.into_iter();
        let ports: Vec<_> = ports
            .map(|p| [p["uuid"].clone(), p["extra"].clone()])
            .collect();
        let node = node(id).await;
        (ports, node["traits"].clone(), node["extra"].clone())
    };
    let was = shape(&id).await;
    refuses_and_goes();
    let reply = machine.update(&valence, body(1)).await;
    assert_eq!(reply.status, 422, "{:#}", reply.body);
    assert!(detail(&reply).contains("taken back"), "{}", detail(&reply));
    assert_eq!(node(&id).await["traits"], json!(["CUSTOM_N1"]));
    let update = recorded(&machine, &valence).await["update"].clone();
    assert_eq!(update["state"], "taking-back", "{update:#}");
    valence.kill();
    valence.start_again(None);
    proxy.lift();
    settled(&valence).await;
    assert_eq!(shape(&id).await, was);
    assert_eq!(recorded(&machine, &valence).await["update"], Value::Null);
    let drift = machine.drift(&valence).await;
    assert_eq!(told(&drift["differences"]), []);

    let machine = Machine::new("letgo").await;
    machine.managed_by(&valence).await;
    let info =
        json!({"redfish_address": machine.bmc.url(), "redfish_system_id": "/redfish/v1/Systems/1"});
    let theirs = json!({"driver": "redfish", "driver_info": info});
    let id = by_hand(theirs, &[machine.mac(1)]).await;
    let was = shape(&id).await;
    refuses_and_goes();
    let body = json!({"traits": ["CUSTOM_A"]});
    let reply = machine.adopt(&valence, body.clone()).await;
    assert_eq!(reply.status, 422, "{:#}", reply.body);
    assert_eq!(recorded(&machine, &valence).await["state"], "applying");
    assert_ne!(shape(&id).await, was);
    proxy.lift();
    settled(&valence).await;
    assert_eq!(shape(&id).await, was);
    let ended = recorded(&machine, &valence).await;
    assert_eq!(ended["state"], "undone", "{ended:#}");
    let why = ended["detail"].as_str().expect("a detail");
    assert!(why.contains("as it was"), "{why}");
    assert_eq!(uuid(&machine.adopt(&valence, body).await), id);
}

//! Pod managers that compose, and a server before them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use valence::store::Store;
use valence_tests::emulator::{Emulator, Machine, Rsd};
use valence_tests::{Reply, Valence, ValenceBuilder};

pub(super) const NODES: &str = "/redfish/v1/Nodes";
pub(super) const SYSTEMS: &str = "/redfish/v1/Systems";
pub(crate) const PASSWORD: &str = "canary-compose-1";

/// What is cut off is undone once nothing can come of it any more, which is twice this.
pub(crate) const REDFISH: &str = "[redfish]\ntimeout = \"1s\"";

/// Within which everything is to be finished or undone.
const RECOVERY: Duration = Duration::from_secs(20);

/// An RSD pod manager with two systems. `number` goes into their MACs.
pub(crate) async fn rsd(number: u16, behaviour: Rsd) -> Emulator {
    rsd_of(2, number, behaviour).await
}

/// The same with so many `systems`.
pub(crate) async fn rsd_of(systems: u16, number: u16, behaviour: Rsd) -> Emulator {
    let machines = (1..=systems).map(|n| Machine {
        id: n.to_string(),
        model: "AM-5",
        number: number + n,
        nics: 2,
    });
    let emulator = Emulator::of_machines(machines).rsd(behaviour);
    let account = emulator.account("root", PASSWORD, valence_tests::emulator::Way::Either);
    account.start().await
}

pub(super) fn server() -> ValenceBuilder {
    Valence::bare().configure(REDFISH)
}

/// Makes `emulator` known to `valence` as `pod`.
pub(crate) async fn known(valence: &Valence, emulator: &Emulator, driver: &str) {
    let pod_manager = json!({"name": "pod", "url": emulator.url(), "driver": driver,
        "authentication": [{"type": "basic", "auth_items": {"username": "root", "password": PASSWORD}}]});
    let made = valence.post("/v1/pod_managers", pod_manager).await;
    assert_eq!(made.status, 200, "{:#}", made.body);
}

pub(super) fn detail(reply: &Reply) -> &str {
    reply.body["detail"].as_str().expect("a detail")
}

/// The nodes that the pod manager has made.
pub(crate) fn made(emulator: &Emulator) -> Vec<String> {
    let all = match emulator.document(NODES) {
        Some(_) => emulator.members(NODES),
        None => emulator.members(SYSTEMS),
    };
    let composed = |path: &String| {
        path.starts_with(NODES)
            || emulator
                .document(path)
                .is_some_and(|of| of["SystemType"] == "Composed")
    };
    all.into_iter().filter(composed).collect()
}

/// Waits until nothing of a composition is left to be done.
pub(super) async fn settled(valence: &Valence) {
    let url = format!(
        "sqlite://{}",
        valence.directory().join("valence.db").display()
    );
    let store = Store::open(&url, None).await.expect("the store");
    let started = Instant::now();
    loop {
        let left = store.unfinished_compositions().await.expect("compositions");
        if left.is_empty() {
            return;
        }
        assert!(
            started.elapsed() < RECOVERY,
            "{left:#?} {}",
            valence.complaints()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub(crate) async fn names(valence: &Valence) -> Vec<String> {
    let nodes = valence.get("/v1/nodes").await.body;
    let nodes = nodes.as_array().expect("a list").iter();
    nodes
        .map(|node| node["name"].as_str().expect("a name").to_owned())
        .collect()
}

pub(crate) fn wanted(name: &str) -> Value {
    json!({"name": name, "podm_id": "pod", "description": "for tests",
        "properties": {"memory": {"capacity_mib": "65536"}, "processor": {"total_cores": "32"}}})
}

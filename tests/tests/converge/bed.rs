//! One Ironic for these tests, asked as OpenStack's clients ask it, and machines
//! that only these tests have.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU16, Ordering};

use serde_json::{Value, json};
use valence::store::{Moment, Store};
use valence_tests::{Bmc, Reply, Valence, ValenceBuilder, ask_ironic};

pub(super) use crate::ironic::open as ironic;

pub(super) const PASSWORD: &str = "canary-converge-1";

pub(super) fn serving() -> ValenceBuilder {
    Valence::with_ironic(&ironic().endpoint())
}

/// A machine with four NICs, behind a BMC of its own.
pub(super) struct Machine {
    pub(super) number: u16,
    pub(super) name: String,
    pub(super) bmc: Bmc,
}

impl Machine {
    pub(super) async fn new(name: &str) -> Self {
        static NUMBER: AtomicU16 = AtomicU16::new(0xc000);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self {
            number,
            name: format!("{name}-{number:x}"),
            bmc: Bmc::start(number).await,
        }
    }

    pub(super) fn mac(&self, n: u8) -> String {
        Bmc::mac(self.number, n)
    }

    /// A MAC that no machine has.
    pub(super) fn foreign_mac(&self) -> String {
        Bmc::mac(self.number, 0xee)
    }

    pub(super) async fn managed_by(&self, valence: &Valence) {
        let pod_manager = format!("podm-{}", self.name);
        let url = self.bmc.url();
        valence
            .manage(&pod_manager, &url, Bmc::SYSTEM, &self.name)
            .await;
    }

    pub(super) fn path(&self) -> String {
        format!("/v1/nodes/{}/register", self.name)
    }

    pub(super) async fn register(&self, valence: &Valence, body: Value) -> String {
        uuid(&valence.post(&self.path(), body).await)
    }

    pub(super) async fn update(&self, valence: &Valence, body: Value) -> Reply {
        let path = format!("{}?on_conflict=update", self.path());
        valence.post(&path, body).await
    }

    pub(super) async fn adopt(&self, valence: &Valence, body: Value) -> Reply {
        let path = format!("{}?on_conflict=adopt", self.path());
        valence.post(&path, body).await
    }

    pub(super) async fn drift(&self, valence: &Valence) -> Value {
        let path = format!("/v1/nodes/{}/drift", self.name);
        let reply = valence.get(&path).await;
        assert_eq!(reply.status, 200, "{:#}", reply.body);
        reply.body
    }
}

/// The node's uuid in Ironic, of a registration that succeeded.
pub(super) fn uuid(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{:#}", reply.body);
    assert_eq!(reply.body["managed_by"], "ironic");
    let uuid = reply.body["ironic"]["node_uuid"].as_str();
    uuid.expect("a uuid").to_owned()
}

pub(super) fn detail(reply: &Reply) -> &str {
    reply.body["detail"].as_str().expect("a detail")
}

/// `(pointer, kind)` of what `list` tells.
pub(super) fn told(list: &Value) -> Vec<(&str, &str)> {
    let text = |of: &'_ Value| -> &'static str {
        Box::leak(of.as_str().expect("text").to_owned().into_boxed_str())
    };
    list.as_array()
        .expect("a list")
        .iter()
        .map(|one| (text(&one["pointer"]), text(&one["kind"])))
        .collect()
}

/// Asks Ironic, as anybody may.
pub(super) async fn ask(method: &str, path: &str, body: Option<Value>) -> Value {
    let (status, answer) = ask_ironic(&ironic().endpoint(), method, path, body.as_ref()).await;
    assert!(status.is_success(), "{path}: {status} {answer}");
    answer
}

pub(super) async fn node(uuid: &str) -> Value {
    ask("GET", &format!("nodes/{uuid}"), None).await
}

pub(super) async fn patch(uuid: &str, operations: Value) {
    ask("PATCH", &format!("nodes/{uuid}"), Some(operations)).await;
}

/// The ports of a node, sorted by MAC.
pub(super) async fn ports(uuid: &str) -> Vec<Value> {
    let listed = ask("GET", &format!("ports?node={uuid}&detail=true"), None).await;
    let mut ports = listed["ports"].as_array().expect("a list").clone();
    ports.sort_by_key(|port| port["address"].to_string());
    ports
}

pub(super) async fn port_at(uuid: &str, mac: &str) -> Option<Value> {
    ports(uuid)
        .await
        .into_iter()
        .find(|port| port["address"] == mac)
}

pub(super) fn set(list: &Value) -> BTreeSet<&str> {
    let items = list.as_array().expect("a list");
    items
        .iter()
        .map(|item| item.as_str().expect("text"))
        .collect()
}

/// A node made by hand.
pub(super) async fn by_hand(node: Value, macs: &[String]) -> String {
    let made = ask("POST", "nodes", Some(node)).await;
    let uuid = made["uuid"].as_str().expect("a uuid").to_owned();
    for mac in macs {
        let port = json!({"node_uuid": uuid, "address": mac});
        ask("POST", "ports", Some(port)).await;
    }
    uuid
}

/// The journal of a registration: each step that was begun, with how it ended.
pub(super) async fn journal(valence: &Valence, registration: &Value) -> Vec<(String, String)> {
    let database = valence.directory().join("valence.db");
    let url = format!("sqlite://{}", database.display());
    let store = Store::open(&url, None).await.expect("the store");
    let id = registration
        .as_str()
        .expect("an id")
        .parse()
        .expect("a uuid");
    let mut steps: Vec<(String, String)> = Vec::new();
    for entry in store.steps(id).await.expect("the journal") {
        match entry.moment {
            Moment::Before => steps.push((entry.step, String::new())),
            Moment::After => {
                let open = steps
                    .iter_mut()
                    .find(|(step, ended)| *step == entry.step && ended.is_empty());
                open.expect("it was begun").1 = entry.detail;
            }
        }
    }
    steps
}

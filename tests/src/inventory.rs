//! The whole of what Ironic holds, compared with the whole of what Valence says
//! that it holds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use valence::evaluate::Evaluation;
use valence::ironic::{node_uuid, port_uuid, portgroup_uuid};
use valence::store::{Registration, RegistrationState, Store};

/// Everything in one Ironic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// By uuid.
    pub nodes: BTreeMap<String, Node>,
    /// Ports and port groups without a node.
    pub loose: BTreeSet<String>,
}

/// A node with what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// The registration of its mark, and the digest there.
    pub mark: Option<(String, String)>,
    /// Its Redfish address and system, which tell machines apart.
    pub machine: String,
    /// The uuids of its ports with their MACs.
    pub ports: BTreeMap<String, String>,
    /// The uuids of its port groups.
    pub portgroups: BTreeSet<String>,
    /// Its traits.
    pub traits: BTreeSet<String>,
}

/// How Ironic and the store differ: a sentence each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// What the store says is registered, and is not in Ironic, or not all of it.
    pub lost: Vec<String>,
    /// Machines that are in Ironic more than once.
    pub duplicated: Vec<String>,
    /// What is in Ironic, and no registration that is in force put it there.
    pub orphaned: Vec<String>,
    /// Registrations that are neither in force nor over.
    pub stuck: Vec<String>,
}

impl Differences {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Inventory {
    /// All that the Ironic at `endpoint` holds now.
    pub async fn of(http: &reqwest::Client, endpoint: &str) -> Self {
        let list = async |what: &str, query: &str| -> Vec<Value> {
            let mut all = Vec::new();
            let mut next = format!("{endpoint}/v1/{what}?{query}");
            loop {
                let page = page(http, &next).await;
                all.extend(page[what].as_array().unwrap().iter().cloned());
                match page.get("next").and_then(Value::as_str) {
                    Some(more) => next = more.to_owned(),
                    None => return all,
                }
            }
        };
        let mut inventory = Self::default();
        let fields = "fields=uuid,extra,traits,driver_info&include_children=true";
        for node in list("nodes", fields).await {
            let mark = &node["extra"]["valence"];
            let mark = mark
                .is_object()
                .then(|| (text(&mark["registration"]), text(&mark["digest"])));
            let info = &node["driver_info"];
            let machine = format!(
                "{}{}",
                text(&info["redfish_address"]),
                text(&info["redfish_system_id"])
            );
            let traits = node["traits"].as_array().unwrap();
            let found = Node {
                mark,
                machine,
                traits: traits.iter().map(text).collect(),
                ..Node::default()
            };
            inventory.nodes.insert(text(&node["uuid"]), found);
        }
        for port in list("ports", "fields=uuid,address,node_uuid").await {
            let uuid = text(&port["uuid"]);
            match inventory.nodes.get_mut(&text(&port["node_uuid"])) {
                Some(node) => drop(node.ports.insert(uuid, text(&port["address"]))),
                None => drop(inventory.loose.insert(format!("port {uuid}"))),
            }
        }
        for group in list("portgroups", "fields=uuid,node_uuid").await {
            let uuid = text(&group["uuid"]);
            match inventory.nodes.get_mut(&text(&group["node_uuid"])) {
                Some(node) => drop(node.portgroups.insert(uuid)),
                None => drop(inventory.loose.insert(format!("port group {uuid}"))),
            }
        }
        inventory
    }

    /// What differs between it and `store`, apart from the nodes that `others`
    /// had before Valence came.
    pub async fn differences(&self, store: &Store, others: &Self) -> Differences {
        let mut found = Differences::default();
        let registrations = store.registrations().await.unwrap();
        let mut accounted = BTreeSet::new();
        for registration in &registrations {
            let uuid = registration.ironic_uuid.to_string();
            match registration.state {
                RegistrationState::Complete => {
                    let standing = self.nodes.get(&uuid);
                    let expected = expected(registration, standing);
                    if standing != Some(&expected) {
                        found.lost.push(format!(
                            "node {uuid} is to be {expected:?} and is {standing:?}"
                        ));
                    }
                    accounted.insert(uuid);
                }
                RegistrationState::Undone | RegistrationState::Removed => {}
                state => found.stuck.push(format!(
                    "registration {} is {}: {:?}",
                    registration.id,
                    state.name(),
                    registration.detail
                )),
            }
        }
        for node in store.nodes().await.unwrap() {
            let complete = registrations
                .iter()
                .any(|r| r.node == node.uuid && r.state == RegistrationState::Complete);
            if complete != node.managed_by.is_some() {
                found.lost.push(format!(
                    "node {} is managed by {:?}, and it is {complete} that a registration is in force",
                    node.name, node.managed_by
                ));
            }
        }
        let mut machines = BTreeSet::new();
        for (uuid, node) in &self.nodes {
            if !node.machine.is_empty() && !machines.insert(&node.machine) {
                found.duplicated.push(format!("node {uuid}: {node:?}"));
            }
            if others.nodes.get(uuid) != Some(node) && !accounted.contains(uuid) {
                found.orphaned.push(format!("node {uuid}: {node:?}"));
            }
        }
        let lost_by_others = others
            .nodes
            .keys()
            .filter(|uuid| !self.nodes.contains_key(*uuid));
        let gone = lost_by_others.map(|uuid| format!("node {uuid}, which is not ours"));
        found.lost.extend(gone);
        found.orphaned.extend(self.loose.iter().cloned());
        found
    }
}

/// What is to stand in Ironic; where it stands is taken as it is.
fn expected(registration: &Registration, standing: Option<&Node>) -> Node {
    let evaluation: Evaluation = serde_json::from_str(&registration.evaluation).unwrap();
    let node = registration.ironic_uuid;
    let enrollment = evaluation.enrollment;
    let macs = enrollment.ports.iter().map(|port| text(&port["address"]));
    let groups = enrollment
        .portgroups
        .iter()
        .map(|group| text(&group["name"]));
    // A node that was there before has ports under uuids of its own.
    let is_adopted = node != node_uuid(registration.node, registration.epoch);
    let kept = |mac: &str| {
        let ports = &standing.filter(|_| is_adopted)?.ports;
        let (uuid, _) = ports.iter().find(|(_, address)| *address == mac)?;
        Some(uuid.clone())
    };
    Node {
        mark: Some((
            registration.id.to_string(),
            registration.enrollment_digest.clone(),
        )),
        machine: standing
            .map(|node| node.machine.clone())
            .unwrap_or_default(),
        ports: macs
            .map(|mac| {
                let mac = mac.to_lowercase();
                let uuid = kept(&mac).unwrap_or_else(|| port_uuid(node, &mac).to_string());
                (uuid, mac)
            })
            .collect(),
        portgroups: groups
            .map(|name| portgroup_uuid(node, &name).to_string())
            .collect(),
        traits: enrollment.traits.into_iter().collect(),
    }
}

/// SQLite's database is locked now and then, for us too.
async fn page(http: &reqwest::Client, url: &str) -> Value {
    for _ in 0..50 {
        let asked = http
            .get(url)
            .header("X-OpenStack-Ironic-API-Version", "1.83")
            .send()
            .await;
        if let Ok(answer) = asked
            && answer.status().is_success()
        {
            return answer.json().await.unwrap();
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("ironic does not answer {url}");
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

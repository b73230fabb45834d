//! Nodes of an Intel RSD pod manager: allocated from free systems, assembled, and
//! given back.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::answer::{Answer, Asked};
use super::documents::{Documents, link, links};

const NODES: &str = "/redfish/v1/Nodes";
const ALLOCATE: &str = "/redfish/v1/Nodes/Actions/Allocate";

/// How the pod manager behaves.
#[derive(Clone, Debug, Default)]
pub struct Rsd {
    /// Ids are numbers, as of Intel's own.
    pub integer_ids: bool,
    /// `Links.ComputerSystem` stays an empty object, as of Intel's simulator.
    pub no_system_link: bool,
    /// How often a node is read before it has got to the next state.
    pub reads: usize,
    /// Assembling ends in `Failed`.
    pub fails_to_assemble: bool,
    /// Descriptions are not kept.
    pub forgets_descriptions: bool,
}

/// Its nodes.
#[derive(Debug)]
pub(super) struct Nodes {
    behaviour: Rsd,
    made: usize,
    /// Which state each comes to, after how many reads.
    coming: BTreeMap<String, (usize, &'static str)>,
}

impl Nodes {
    pub(super) fn new(behaviour: Rsd) -> Self {
        Self {
            behaviour,
            made: 0,
            coming: BTreeMap::new(),
        }
    }

    /// Adds the collection of nodes, unless `documents` have one.
    pub(super) fn furnish(&self, documents: &mut Documents) {
        if let Some(root) = documents.get_mut("/redfish/v1") {
            root["Nodes"] = link(NODES);
        }
        if documents.get(NODES).is_none() {
            let nodes = json!({
                "@odata.type": "#ComposedNodeCollection.ComposedNodeCollection",
                "Name": "Composed Nodes Collection", "Members@odata.count": 0, "Members": [],
                "Actions": {"#ComposedNodeCollection.Allocate": {"target": ALLOCATE}},
            });
            documents.put(NODES, nodes);
        }
    }

    /// What becomes of a request that is about nodes; none where it is not.
    pub(super) fn answer(&mut self, asked: &Asked, documents: &mut Documents) -> Option<Answer> {
        if asked.method == Method::POST && asked.path == ALLOCATE {
            return Some(self.allocate(asked, documents));
        }
        let path = asked.path.strip_prefix(NODES)?;
        if asked.method == Method::GET {
            self.advance(&asked.path, documents);
            return None;
        }
        if asked.method == Method::POST {
            let node = path.strip_suffix("/Actions/ComposedNode.Assemble")?;
            return Some(self.assemble(&format!("{NODES}{node}"), documents));
        }
        if asked.method == Method::DELETE {
            if documents.get(&asked.path).is_none() {
                return Some(Answer::missing(&asked.path));
            }
            self.coming.remove(&asked.path);
            documents.remove_member(NODES, &asked.path);
            return Some(Answer::done());
        }
        None
    }

    fn allocate(&mut self, asked: &Asked, documents: &mut Documents) -> Answer {
        let taken: Vec<_> = documents
            .members(NODES)
            .iter()
            .filter_map(|node| {
                let node = documents.get(node)?;
                let system = node.pointer("/Oem/Emulator/System")?.as_str()?;
                Some(system.to_owned())
            })
            .collect();
        let free = documents
            .members("/redfish/v1/Systems")
            .into_iter()
            .filter(|system| !taken.contains(system))
            .find(|system| {
                documents
                    .get(system)
                    .is_some_and(|of| fits(of, &asked.body))
            });
        let Some(system) = free else {
            let message = "there are no resources left that fit";
            return Answer::error(StatusCode::CONFLICT, message);
        };
        self.made += 1;
        let path = format!("{NODES}/{}", self.made);
        let node = self.node(&path, &system, &asked.body, documents);
        documents.put_member(NODES, &path, node);
        self.comes_to(&path, "Allocating", "Allocated", documents);
        let made = documents.get(&path).cloned().unwrap_or(Value::Null);
        Answer::created(&path, made)
    }

    fn node(&self, path: &str, system: &str, asked: &Value, documents: &Documents) -> Value {
        let of = documents.get(system).cloned().unwrap_or(Value::Null);
        let text = |key: &str| asked.get(key).and_then(Value::as_str);
        let id = match self.behaviour.integer_ids {
            true => json!(self.made),
            false => json!(self.made.to_string()),
        };
        let interfaces = format!("{system}/EthernetInterfaces");
        let description = text("Description").filter(|_| !self.behaviour.forgets_descriptions);
        json!({
            "@odata.type": "#ComposedNode.v1_1_0.ComposedNode", "Id": id,
            "Name": text("Name").unwrap_or("Composed Node"), "Description": description,
            "PowerState": of.get("PowerState"), "Boot": of.get("Boot"), "UUID": of.get("UUID"),
            "Status": {"State": "Enabled", "Health": "OK"},
            "Processors": of.get("ProcessorSummary"), "Memory": of.get("MemorySummary"),
            "Links": {
                "ComputerSystem": match self.behaviour.no_system_link {
                    true => json!({}),
                    false => link(system),
                },
                "EthernetInterfaces": links(&documents.members(&interfaces)),
            },
            "Actions": {
                "#ComposedNode.Reset": {
                    "target": format!("{path}/Actions/ComposedNode.Reset"),
                    "ResetType@Redfish.AllowableValues": ["On", "ForceOff", "GracefulShutdown", "ForceRestart", "GracefulRestart", "ForceOn"],
                },
                "#ComposedNode.Assemble": {"target": format!("{path}/Actions/ComposedNode.Assemble")},
            },
            "Oem": {"Emulator": {"System": system}},
        })
    }

    fn assemble(&mut self, path: &str, documents: &mut Documents) -> Answer {
        let Some(node) = documents.get(path) else {
            return Answer::missing(path);
        };
        if node.get("ComposedNodeState") != Some(&json!("Allocated")) {
            return Answer::error(StatusCode::CONFLICT, "the node is not `Allocated`");
        }
        let end = match self.behaviour.fails_to_assemble {
            true => "Failed",
            false => "Assembled",
        };
        self.comes_to(path, "Assembling", end, documents);
        Answer::done()
    }

    fn comes_to(
        &mut self,
        path: &str,
        now: &'static str,
        then: &'static str,
        documents: &mut Documents,
    ) {
        let reads = self.behaviour.reads;
        let state = if reads == 0 { then } else { now };
        if reads > 0 {
            self.coming.insert(path.to_owned(), (reads, then));
        }
        set_state(path, state, documents);
    }

    fn advance(&mut self, path: &str, documents: &mut Documents) {
        let Some((left, then)) = self.coming.get_mut(path) else {
            return;
        };
        *left -= 1;
        if *left == 0 {
            set_state(path, then, documents);
            self.coming.remove(path);
        }
    }
}

fn set_state(path: &str, state: &str, documents: &mut Documents) {
    if let Some(node) = documents.get_mut(path) {
        node["ComposedNodeState"] = json!(state);
    }
}

/// Whether `system` has what `asked` wants of memory and processors.
fn fits(system: &Value, asked: &Value) -> bool {
    let sum = |list: &str, key: &str| -> f64 {
        let items = asked.get(list).and_then(Value::as_array);
        let amounts = items.into_iter().flatten().filter_map(|item| item.get(key));
        amounts.filter_map(Value::as_f64).sum()
    };
    let has = |pointer: &str| system.pointer(pointer).and_then(Value::as_f64);
    let memory = has("/MemorySummary/TotalSystemMemoryGiB").unwrap_or_default() * 1024.0;
    let cores = has("/ProcessorSummary/CoreCount").unwrap_or_default();
    let model = system.pointer("/ProcessorSummary/Model");
    let processors = asked.get("Processors").and_then(Value::as_array);
    let models = processors.into_iter().flatten();
    memory >= sum("Memory", "CapacityMiB")
        && cores >= sum("Processors", "TotalCores")
        && models
            .filter_map(|one| one.get("Model"))
            .all(|wanted| Some(wanted) == model)
}

//! The machine that is mapped: a recorded one where there are some, else the
//! repository's own mockup.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;
use valence::inventory::Subject;
use valence::node::{PodManagerDriver, VerifyCa};
use valence::redfish::{ReadError, ReadLimits, ResourcePath, Snapshot, Source};

/// As large as the system for which the goals were set.
const WANTED: usize = 14 << 10;

/// A recorded machine and one of its systems.
#[derive(Clone)]
pub struct Machine {
    /// Where it comes from, to be shown.
    pub name: String,
    /// All of its documents.
    pub documents: HashMap<String, Value>,
    /// The system's path.
    pub system: String,
}

impl Machine {
    /// The recorded system that is nearest in size to the one for which the goals
    /// were set, from `corpus` if it is there.
    pub fn find(corpus: &Path, own: &Path) -> Result<Self> {
        let mut best: Option<Self> = None;
        for file in recordings(corpus) {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            for machine in Self::read(&file, &format!("recorded, {name}"))? {
                let distance = |one: &Self| one.expanded().to_string().len().abs_diff(WANTED);
                if best
                    .as_ref()
                    .is_none_or(|best| distance(&machine) < distance(best))
                {
                    best = Some(machine);
                }
            }
        }
        if let Some(best) = best {
            return Ok(best);
        }
        let mut own = Self::read(own, "the project's own mockup")?;
        own.pop().context("the mockup has no system")
    }

    /// Every recorded system of `corpus`, else of the project's `own` mockups.
    pub fn all(corpus: &Path, own: &Path) -> Result<Vec<Self>> {
        for directory in [corpus, own] {
            let mut found = Vec::new();
            for file in recordings(directory) {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                found.extend(Self::read(&file, &name)?);
            }
            if !found.is_empty() {
                return Ok(found);
            }
        }
        anyhow::bail!("no recorded system was found")
    }

    fn read(file: &Path, name: &str) -> Result<Vec<Self>> {
        let text =
            std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let documents: HashMap<String, Value> = serde_json::from_slice(&text)?;
        let systems = documents.keys().filter(|path| {
            let id = path.strip_prefix("/redfish/v1/Systems/");
            id.is_some_and(|id| !id.is_empty() && !id.contains('/'))
        });
        Ok(systems
            .filter(|path| documents[*path].get("EthernetInterfaces").is_some())
            .map(|system| Self {
                name: name.to_owned(),
                system: system.clone(),
                documents: documents.clone(),
            })
            .collect())
    }

    /// The system with its network interfaces in it, as a service that knows
    /// `$expand` would send it: what contenders without a host of ours are given.
    pub fn expanded(&self) -> Value {
        let mut system = self.documents[&self.system].clone();
        let link = |value: &Value| value["@odata.id"].as_str().map(str::to_owned);
        let get = |path: String| self.documents.get(path.trim_end_matches('/')).cloned();
        let Some(mut interfaces) = link(&system["EthernetInterfaces"]).and_then(get) else {
            return system;
        };
        if let Some(members) = interfaces["Members"].as_array_mut() {
            let expanded = members.iter().filter_map(link).filter_map(get);
            *members = expanded.collect();
        }
        system["EthernetInterfaces"] = interfaces;
        system
    }

    /// The same machine with a system of `size` bytes: what vendors add under
    /// `Oem`, again and again.
    pub fn grown(&self, size: usize) -> Self {
        let mut grown = self.clone();
        let original = self.documents[&self.system].clone();
        let filling = match original.get("Oem") {
            Some(oem @ Value::Object(_)) => oem.clone(),
            _ => original,
        };
        let mut more = Map::new();
        while grown.expanded().to_string().len() < size {
            more.insert(format!("Part{}", more.len()), filling.clone());
            let system = grown.documents.get_mut(&self.system).expect("it was there");
            system["Oem"] = json!({"Grown": more});
        }
        grown
    }

    /// The node that the machine is to become.
    pub fn subject(&self) -> Result<Subject> {
        let system: ResourcePath = self.system.parse()?;
        Ok(Subject {
            node_uuid: uuid::Uuid::nil(),
            node_name: "rack-a-1".into(),
            pod_manager: "rack-a".into(),
            driver: PodManagerDriver::Redfish,
            address: "https://bmc.invalid".into(),
            verify_ca: VerifyCa::default(),
            node: system.clone(),
            system,
            parameters: Map::new(),
            composition: None,
        })
    }

    /// Its documents, to be read. Whoever asks for the service root waits until
    /// `gate` has a permit.
    pub fn snapshot(&self, gate: Arc<Semaphore>) -> Arc<Snapshot> {
        let documents = self.documents.clone();
        let tree = Tree { documents, gate };
        Arc::new(Snapshot::new(Arc::new(tree), ReadLimits::default()))
    }
}

struct Tree {
    documents: HashMap<String, Value>,
    gate: Arc<Semaphore>,
}

#[async_trait]
impl Source for Tree {
    async fn fetch(&self, path: &ResourcePath) -> Result<Value, ReadError> {
        if *path == ResourcePath::root() {
            // Closed at the end: then it is open to all.
            let _ = self.gate.acquire().await;
        }
        let absent = || ReadError::Absent { path: path.clone() };
        self.documents
            .get(path.as_str())
            .cloned()
            .ok_or_else(absent)
    }
}

fn recordings(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    files
}

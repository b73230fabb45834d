//! Systems and racks, as their pod managers describe them now.

use futures::{StreamExt as _, stream};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::enrollment::Object;
use crate::failure::{Cause, Failure};
use crate::node::PodManager;
use crate::redfish::{Document, ResourcePath, present, systems};

use super::{PodManagers, redfish_failure};

/// What stands behind pod managers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hardware {
    /// Every member of `Systems`.
    Systems,
    /// Every member of `Chassis` that is a rack.
    Racks,
}

impl Hardware {
    /// What one of them is called.
    fn one(self) -> &'static str {
        match self {
            Self::Systems => "system",
            Self::Racks => "rack",
        }
    }
}

/// What was found of one kind.
#[derive(Debug, Default)]
pub struct HardwareFound {
    /// Each, by the names of their pod managers.
    pub all: Vec<Object>,
    /// The pod managers that could not be read.
    pub unread: Vec<Unread>,
}

/// A pod manager that could not be read.
#[derive(Debug)]
pub struct Unread {
    /// Its uuid.
    pub podm_id: Uuid,
    /// Why not.
    pub failure: Failure,
}

/// How many pod managers are read at a time.
const AT_ONCE: usize = 8;

impl PodManagers {
    /// All of one kind, behind the pod manager with this uuid or name, or behind all.
    /// One that is away is no reason not to say what the others have; that none of
    /// them answers is.
    pub async fn hardware(
        &self,
        kind: Hardware,
        podm_id: Option<&str>,
    ) -> Result<HardwareFound, Failure> {
        let pod_managers = match podm_id {
            Some(id) => vec![self.get(id).await?],
            None => self.list().await?,
        };
        let asked = pod_managers.len();
        let reads = stream::iter(pod_managers).map(|one| self.read_behind(kind, one));
        let reads: Vec<_> = reads.buffered(AT_ONCE).collect().await;
        let mut found = HardwareFound::default();
        for read in reads {
            match read {
                Ok(some) => found.all.extend(some),
                Err(unread) => found.unread.push(unread),
            }
        }
        match found.unread.pop() {
            Some(last) if found.unread.len() + 1 == asked => Err(last.failure),
            last => {
                found.unread.extend(last);
                Ok(found)
            }
        }
    }

    /// The one with this Redfish id, path, uuid or name.
    pub async fn one_of_hardware(
        &self,
        kind: Hardware,
        podm_id: Option<&str>,
        id: &str,
    ) -> Result<Object, Failure> {
        let HardwareFound { all, unread } = self.hardware(kind, podm_id).await?;
        let has = |of: &&Object, keys: &[&str]| {
            keys.iter()
                .any(|key| of.get(*key).and_then(Value::as_str) == Some(id))
        };
        for keys in [&["id", "uuid", "resource_uri"][..], &["name"]] {
            let mut found = all.iter().filter(|of| has(of, keys));
            match (found.next(), found.next()) {
                (Some(only), None) => return Ok(only.clone()),
                (Some(_), Some(_)) => {
                    return Err(Failure::new(
                        Cause::Conflict,
                        format!(
                            "`{}` could be any of several: name its pod manager with `podm_id`, or its path",
                            crate::text::tame(id, 100)
                        ),
                    ));
                }
                _ => {}
            }
        }
        let id = crate::text::tame(id, 100);
        match unread.into_iter().next() {
            // It may be there.
            Some(Unread { mut failure, .. }) => {
                let there = format!("`{id}` is behind none of those that answer; ");
                failure.detail.insert_str(0, &there);
                Err(failure)
            }
            None => Err(Failure::new(
                Cause::NotFound,
                format!(
                    "no pod manager has a {} `{id}`: a list shows which there are",
                    kind.one()
                ),
            )),
        }
    }

    async fn read_behind(
        &self,
        kind: Hardware,
        pod_manager: PodManager,
    ) -> Result<Vec<Object>, Unread> {
        let read = self.behind(kind, &pod_manager).await;
        read.map_err(|failure| Unread {
            podm_id: pod_manager.uuid,
            failure,
        })
    }

    async fn behind(
        &self,
        kind: Hardware,
        pod_manager: &PodManager,
    ) -> Result<Vec<Object>, Failure> {
        let failed = |error| redfish_failure(&pod_manager.name, error);
        let snapshot = self.wide_snapshot(pod_manager).await?;
        let paths = match kind {
            Hardware::Systems => systems(&snapshot).await.map_err(failed)?,
            Hardware::Racks => {
                let root = snapshot.read(&ResourcePath::root()).await.map_err(failed)?;
                match root.link("/Chassis") {
                    Some(Ok(path)) => snapshot
                        .members(&path)
                        .await
                        .map_err(failed)?
                        .unwrap_or_default(),
                    _ => Vec::new(),
                }
            }
        };
        snapshot.prefetch(paths.clone()).await;
        let mut found = Vec::new();
        for path in &paths {
            let Some(document) = present(snapshot.read(path).await).map_err(failed)? else {
                continue;
            };
            let is_rack = document.text("/ChassisType") == Some("Rack");
            if kind == Hardware::Systems || is_rack {
                found.push(record(kind, pod_manager, &document));
            }
        }
        Ok(found)
    }
}

fn record(kind: Hardware, pod_manager: &PodManager, document: &Document) -> Object {
    let at = |pointer: &str| document.get(pointer).cloned().unwrap_or(Value::Null);
    let id = match at("/Id") {
        Value::Number(id) => json!(id.to_string()),
        Value::Null => json!(document.path().last_segment()),
        id => id,
    };
    let mut record = json!({
        "id": id,
        "name": at("/Name"),
        "uuid": at("/UUID"),
        "podm_id": pod_manager.uuid,
        "resource_uri": document.path().as_str(),
        "description": at("/Description"),
        "manufacturer": at("/Manufacturer"),
        "model": at("/Model"),
        "serial_number": at("/SerialNumber"),
        "health": at("/Status/Health"),
    });
    let more = match kind {
        Hardware::Systems => json!({
            "system_type": at("/SystemType"),
            "power_state": at("/PowerState"),
            "memory_gib": at("/MemorySummary/TotalSystemMemoryGiB"),
            "processors": at("/ProcessorSummary/Count"),
        }),
        Hardware::Racks => json!({"location": at("/Location")}),
    };
    match (&mut record, more) {
        (Value::Object(record), Value::Object(more)) => {
            record.extend(more);
            std::mem::take(record)
        }
        _ => Object::new(),
    }
}

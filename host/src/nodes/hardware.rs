//! Systems and racks, as their pod managers describe them now.

use serde_json::{Value, json};

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

impl PodManagers {
    /// All of one kind, behind the pod manager with this uuid or name, or behind all.
    pub async fn hardware(
        &self,
        kind: Hardware,
        podm_id: Option<&str>,
    ) -> Result<Vec<Object>, Failure> {
        let pod_managers = match podm_id {
            Some(id) => vec![self.get(id).await?],
            None => self.list().await?,
        };
        let mut all = Vec::new();
        for pod_manager in &pod_managers {
            all.extend(self.behind(kind, pod_manager).await?);
        }
        Ok(all)
    }

    /// The one with this Redfish id, path, uuid or name.
    pub async fn one_of_hardware(
        &self,
        kind: Hardware,
        podm_id: Option<&str>,
        id: &str,
    ) -> Result<Object, Failure> {
        let all = self.hardware(kind, podm_id).await?;
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
        Err(Failure::new(
            Cause::NotFound,
            format!(
                "there is no such thing behind a pod manager: `{}`",
                crate::text::tame(id, 100)
            ),
        ))
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

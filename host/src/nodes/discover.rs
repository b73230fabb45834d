//! What could be managed behind a pod manager.

use std::sync::Arc;

use crate::failure::Failure;
use crate::inventory::{clean, no_host};
use crate::node::{Node, PodManager};
use crate::redfish::{Document, FindError, Found, ResourcePath, Snapshot, found_at, nodes};

use super::managed::{Nodes, find_failure};

/// A node behind a pod manager, managed or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Discovered {
    /// Its path.
    pub resource_uri: ResourcePath,
    /// The path of its `ComputerSystem`, where that could be found.
    pub system_uri: Option<ResourcePath>,
    /// Its Redfish `Id`, else the end of its path.
    pub id: String,
    /// Its Redfish `Name`.
    pub name: Option<String>,
    /// The system's `UUID`, as it is written.
    pub uuid: Option<String>,
    /// The system's `Manufacturer`.
    pub manufacturer: Option<String>,
    /// The system's `Model`.
    pub model: Option<String>,
    /// The system's `SystemType`.
    pub system_type: Option<String>,
    /// The node's name, where it is managed already.
    pub managed_as: Option<String>,
    /// Why it is left out where all are meant. None: it is not.
    pub left_out: Option<String>,
}

impl Nodes {
    /// All that stands behind a pod manager, in its order.
    pub async fn discover(&self, pod_manager: &str) -> Result<Vec<Discovered>, Failure> {
        let pod_manager = self.pod_managers.get(pod_manager).await?;
        let snapshot = self.pod_managers.wide_snapshot(&pod_manager).await?;
        let paths = nodes(&snapshot, pod_manager.driver)
            .await
            .map_err(|error| find_failure(&pod_manager, error))?;
        snapshot.prefetch(paths.iter().cloned()).await;
        let managed = self.store.nodes_of(pod_manager.uuid).await?;
        let mut discovered = Vec::with_capacity(paths.len());
        for path in paths {
            discovered.push(one(&snapshot, &pod_manager, path, &managed).await);
        }
        Ok(discovered)
    }
}

async fn one(
    snapshot: &Snapshot,
    pod_manager: &PodManager,
    path: ResourcePath,
    managed: &[Node],
) -> Discovered {
    match look(snapshot, pod_manager, &path).await {
        Ok((found, system)) => {
            let text = |pointer| system.text(pointer).and_then(clean);
            let same = |node: &&Node| node.system_uri == found.system.as_str();
            let managed_as = managed.iter().find(same).map(|node| node.name.clone());
            let left_out = match &managed_as {
                Some(name) => Some(format!("it is managed already, as `{name}`")),
                None => no_host(&system),
            };
            Discovered {
                resource_uri: path,
                id: found.id,
                name: found.name,
                uuid: text("/UUID"),
                manufacturer: text("/Manufacturer"),
                model: text("/Model"),
                system_type: text("/SystemType"),
                managed_as,
                left_out,
                system_uri: Some(found.system),
            }
        }
        Err(error) => Discovered {
            id: path.last_segment().to_owned(),
            resource_uri: path,
            system_uri: None,
            name: None,
            uuid: None,
            manufacturer: None,
            model: None,
            system_type: None,
            managed_as: None,
            left_out: Some(error.to_string()),
        },
    }
}

async fn look(
    snapshot: &Snapshot,
    pod_manager: &PodManager,
    path: &ResourcePath,
) -> Result<(Found, Arc<Document>), FindError> {
    let found = found_at(snapshot, pod_manager.driver, path).await?;
    let system = snapshot.read(&found.system).await?;
    Ok((found, system))
}

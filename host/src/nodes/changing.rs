//! What nodes are told, and what is noted of them.

use jiff::Timestamp;

use crate::failure::Failure;
use crate::node::Node;
use crate::redfish::{Command, command};

use super::Nodes;
use super::managed::checked_name;

/// `PATCH /v1/nodes/{ID}`: what is none stays as it is.
#[derive(Clone, Debug, Default)]
pub struct NodePatch {
    /// A new name.
    pub name: Option<String>,
    /// What it is for; none inside: it is not said any more.
    pub description: Option<Option<String>>,
}

impl Nodes {
    /// Changes what is noted of a node.
    pub async fn change(&self, id: &str, patch: NodePatch) -> Result<Node, Failure> {
        let _naming = self.naming.lock().await;
        let mut node = self.get(id).await?;
        if let Some(name) = patch.name.filter(|name| *name != node.name) {
            let known = self.store.nodes().await?;
            let others = known.iter().filter(|other| other.uuid != node.uuid);
            let taken: Vec<_> = others.map(|other| other.name.to_lowercase()).collect();
            node.name = checked_name(name, &taken)?;
        }
        if let Some(description) = patch.description {
            node.description = description;
        }
        node.updated_at = Timestamp::now();
        self.store.update_node(&node).await?;
        tracing::info!(uuid = %node.uuid, node = node.name, "node changed");
        Ok(node)
    }

    /// Changes the node's power or boot source. One that Ironic manages is refused
    /// unless `force`.
    pub async fn act(&self, id: &str, told: &Command, force: bool) -> Result<(), Failure> {
        let node = self.get(id).await?;
        self.leave_to_ironic(&node, force).await?;
        self.refuse_leaving(&node).await?;
        let pod_manager = self.pod_managers.get(&node.podm_id.to_string()).await?;
        let service = self.pod_managers.service(&pod_manager).await?;
        let snapshot = self.pod_managers.snapshot(&pod_manager).await?;
        let resource = node.resource_uri.parse().map_err(Failure::internal)?;
        let system = node.system_uri.parse().map_err(Failure::internal)?;
        tracing::info!(node = node.name, told = ?told, force, "telling the node");
        command(&service, &snapshot, [&resource, &system], told)
            .await
            .map_err(|error| error.into_failure(&pod_manager.name))
    }
}

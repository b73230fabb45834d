//! Nodes that are managed.

use serde_json::Value;

use crate::failure::Failure;
use crate::node::Node;

use super::{ManageRequest, NodeFilter};

/// A node, and what its pod manager says of it now.
#[derive(Clone, Debug)]
pub struct ObservedNode {
    /// Our record.
    pub node: Node,
    /// Valence's fields of `GET /v1/nodes/{ID}` that come from the pod manager:
    /// `node_power_state`, `boot_source`, `health_status`, `description`,
    /// `computer_system`, `metadata {processor, memory, network}`, …
    pub observed: serde_json::Map<String, Value>,
}

/// The nodes that Valence manages.
pub struct Nodes {}

impl Nodes {
    /// Takes a node of a pod manager under management.
    pub async fn manage(&self, request: ManageRequest) -> Result<Node, Failure> {
        let _ = request;
        Err(Failure::internal("unwired"))
    }

    /// Those that `filter` lets through, by name.
    pub async fn list(&self, filter: &NodeFilter) -> Result<Vec<Node>, Failure> {
        let _ = filter;
        Err(Failure::internal("unwired"))
    }

    /// The one with this uuid or name.
    pub async fn get(&self, id: &str) -> Result<Node, Failure> {
        let _ = id;
        Err(Failure::internal("unwired"))
    }

    /// The one with this uuid or name, with what its pod manager says of it.
    pub async fn observe(&self, id: &str) -> Result<ObservedNode, Failure> {
        let _ = id;
        Err(Failure::internal("unwired"))
    }

    /// Gives a node up. One that Ironic manages is refused unless `force`.
    pub async fn delete(&self, id: &str, force: bool) -> Result<(), Failure> {
        let _ = (id, force);
        Err(Failure::internal("unwired"))
    }
}

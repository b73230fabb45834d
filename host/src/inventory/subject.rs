//! The node that an evaluation is about.

use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use super::Inventory;
use crate::enrollment::Object;
use crate::node::{PodManagerDriver, VerifyCa};
use crate::redfish::{ResourcePath, Snapshot};

/// The node that an evaluation is about, and what was asked for it. Together
/// with the snapshot and the hooks, all that an evaluation depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// The node's uuid in Valence.
    pub node_uuid: Uuid,
    /// The node's name in Valence.
    pub node_name: String,
    /// The pod manager's name.
    pub pod_manager: String,
    /// How the pod manager's nodes are found.
    pub driver: PodManagerDriver,
    /// The service's root as Ironic is given it.
    pub address: String,
    /// How Ironic is told to check the service's certificate.
    pub verify_ca: VerifyCa,
    /// The node, as its pod manager describes it.
    pub node: ResourcePath,
    /// The node's `ComputerSystem`.
    pub system: ResourcePath,
    /// The body of the register request, without its credentials.
    pub parameters: Object,
    /// The request that composed the node, where Valence composed it.
    pub composition: Option<Value>,
}

impl Subject {
    /// The inventory of the node, from what is in `snapshot`. Nothing is read yet.
    pub fn inventory(&self, snapshot: &Arc<Snapshot>) -> Inventory {
        Inventory::new(Arc::clone(snapshot), self.system.clone()).of_node(&self.node)
    }
}

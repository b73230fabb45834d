//! What a registration comes to.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::enrollment::Object;
use crate::evaluate::{Effect, Evaluation, HookRun};
use crate::hook::ChainIdentity;
use crate::ironic::{self, Created, Plan};
use crate::node::Node;

/// What stands in Ironic after a registration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IronicNode {
    /// The node's uuid in Ironic.
    pub node_uuid: Uuid,
    /// Ironic's `provision_state`.
    pub provision_state: String,
    /// The ports' uuids.
    pub ports: Vec<Uuid>,
    /// The port groups' uuids.
    pub portgroups: Vec<Uuid>,
    /// The node's traits.
    pub traits: Vec<String>,
    /// The API version that was used, like `1.115`.
    pub microversion: String,
}

/// A registration that is complete.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The node, as Valence now has it.
    pub node: Node,
    /// The registration's id.
    pub registration: Uuid,
    /// What stands in Ironic.
    pub ironic: IronicNode,
    /// The hooks that ran.
    pub hooks: Vec<HookRun>,
    /// The chain that they ran in.
    pub chain: Arc<ChainIdentity>,
    /// What the caller should know.
    pub warnings: Vec<String>,
    /// Whether everything was so already, and nothing was written.
    pub unchanged: bool,
}

impl IronicNode {
    /// What stands in Ironic under `plan`, whose node is `found`.
    pub(super) fn standing(plan: &Plan, found: &serde_json::Value, microversion: &str) -> Self {
        let keys = |objects: &[Object], key: &str| -> Vec<String> {
            objects
                .iter()
                .filter_map(|object| object.get(key)?.as_str().map(str::to_owned))
                .collect()
        };
        let macs = keys(&plan.enrollment.ports, "address");
        let groups = keys(&plan.enrollment.portgroups, "name");
        Self {
            node_uuid: plan.node_uuid,
            provision_state: found
                .get("provision_state")
                .and_then(serde_json::Value::as_str)
                .unwrap_or("unknown")
                .to_owned(),
            ports: macs
                .iter()
                .map(|mac| ironic::port_uuid(plan.node_uuid, mac))
                .collect(),
            portgroups: groups
                .iter()
                .map(|name| ironic::portgroup_uuid(plan.node_uuid, name))
                .collect(),
            traits: plan.enrollment.traits.iter().cloned().collect(),
            microversion: microversion.to_owned(),
        }
    }
}

impl From<Created> for IronicNode {
    fn from(created: Created) -> Self {
        Self {
            node_uuid: created.node_uuid,
            provision_state: created.provision_state,
            ports: created.ports,
            portgroups: created.portgroups,
            traits: created.traits,
            microversion: created.microversion.to_string(),
        }
    }
}

pub(super) fn registered(
    node: Node,
    registration: Uuid,
    ironic: IronicNode,
    evaluation: Evaluation,
    unchanged: bool,
) -> Registered {
    let warnings = evaluation
        .findings
        .into_iter()
        .filter(|finding| finding.effect == Effect::Warn)
        .map(|finding| {
            let by = finding.hook.map(|hook| format!("hook `{hook}`: "));
            let at = finding.pointer.map(|pointer| format!("`{pointer}`: "));
            let (by, at) = (by.unwrap_or_default(), at.unwrap_or_default());
            format!("{by}{at}{}", finding.message)
        })
        .collect();
    Registered {
        node,
        registration,
        ironic,
        hooks: evaluation.hooks,
        chain: evaluation.chain,
        warnings,
        unchanged,
    }
}

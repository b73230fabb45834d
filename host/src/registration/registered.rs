//! What a registration comes to.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::enrollment::Body;
use crate::evaluate::{Effect, Evaluation, HookRun};
use crate::hook::ChainIdentity;
use crate::ironic::{self, Created, Evidence, Plan, Side, Whole};
use crate::node::Node;
use crate::store::Transition;

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
    /// What an update or an adoption wrote; none of a registration that did
    /// neither.
    pub changed: Option<Vec<Written>>,
    /// By what the node that was there already showed that it is the same
    /// machine; none of one that was not adopted.
    pub adopted: Option<Evidence>,
    /// Where it is to be taken in Ironic, and how far that is; none where it is to
    /// stay where it is.
    pub transition: Option<Transition>,
}

/// A value that an update wrote to Ironic, or would.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Written {
    /// Where, in the canonical view of an enrollment.
    pub pointer: String,
    /// As Ironic had it.
    pub from: Option<Value>,
    /// As it is now; none where it is gone.
    pub to: Option<Value>,
    /// On which side it had changed since it was registered.
    pub kind: Side,
    /// Who says so.
    pub by: Option<String>,
}

impl Registered {
    /// The same with more that the caller should know.
    pub(super) fn warning(mut self, more: Vec<String>) -> Self {
        self.warnings.extend(more);
        self
    }
}

impl IronicNode {
    /// What stands in Ironic of `plan`, where `found` was found.
    pub(super) fn standing(plan: &Plan, found: &Whole, microversion: &str) -> Self {
        let uuids = |section: &str, objects: &[Body], key: &str, ours: fn(Uuid, &str) -> Uuid| {
            let there: BTreeMap<_, _> = found.uuids(section).into_iter().collect();
            objects
                .iter()
                .filter_map(|object| object.get(key)?.as_str())
                .map(|name| {
                    let name = match section {
                        "ports" => name.to_lowercase(),
                        _ => name.to_owned(),
                    };
                    let known = there.get(&name).copied();
                    known.unwrap_or_else(|| ours(found.uuid, &name))
                })
                .collect()
        };
        let enrollment = &plan.enrollment;
        Self {
            node_uuid: found.uuid,
            provision_state: found
                .text("provision_state")
                .unwrap_or("unknown")
                .to_owned(),
            ports: uuids("ports", &enrollment.ports, "address", ironic::port_uuid),
            portgroups: uuids(
                "portgroups",
                &enrollment.portgroups,
                "name",
                ironic::portgroup_uuid,
            ),
            traits: enrollment.traits.iter().cloned().collect(),
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
        changed: None,
        adopted: None,
        transition: None,
    }
}

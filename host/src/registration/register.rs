//! Register, deregister, dry run.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::enrollment::Object;
use crate::evaluate::{Evaluation, HookRun};
use crate::failure::Failure;
use crate::hook::Chain;
use crate::node::Node;

/// Registers nodes in Ironic.
pub struct Registrar {}

/// How to register.
#[derive(Clone, Copy, Debug, Default)]
pub struct RegisterOptions {
    /// Whether the caller may set what is protected.
    pub may_administer: bool,
}

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
    /// What the caller should know.
    pub warnings: Vec<String>,
    /// Whether everything was so already, and nothing was written.
    pub unchanged: bool,
}

/// A node that is no longer in Ironic.
#[derive(Clone, Debug)]
pub struct Deregistered {
    /// The node, as Valence now has it.
    pub node: Node,
    /// Whether Ironic had lost it already.
    pub was_gone: bool,
}

impl Registrar {
    /// Registers the node with this uuid or name. `parameters` is the body of
    /// the request: fields of Ironic's node.
    pub async fn register(
        &self,
        id: &str,
        parameters: Object,
        options: RegisterOptions,
    ) -> Result<Registered, Failure> {
        let _ = (id, parameters, options);
        Err(Failure::internal("unwired"))
    }

    /// What would be registered. Ironic is asked nothing but its version.
    pub async fn dry_run(
        &self,
        id: &str,
        parameters: Object,
        options: RegisterOptions,
    ) -> Result<Evaluation, Failure> {
        let _ = (id, parameters, options);
        Err(Failure::internal("unwired"))
    }

    /// Removes the node from Ironic and gives it back to Valence.
    pub async fn deregister(&self, id: &str) -> Result<Deregistered, Failure> {
        let _ = id;
        Err(Failure::internal("unwired"))
    }

    /// The hooks that serve now.
    pub fn chain(&self) -> Arc<Chain> {
        Arc::new(Chain::empty())
    }
}

//! The steps of the saga, and how each ends. Neither holds what was sent.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::provision::Verb;

/// One write to Ironic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum Step {
    /// `POST /v1/nodes`.
    CreateNode {
        /// The node's uuid.
        uuid: Uuid,
    },
    /// `PATCH /v1/nodes/{uuid}`: what Ironic does not take on creation, or what
    /// an earlier attempt left otherwise.
    AmendNode {
        /// The node's uuid.
        uuid: Uuid,
    },
    /// `POST /v1/portgroups`.
    CreatePortgroup {
        /// The port group's uuid.
        uuid: Uuid,
        /// Its name.
        name: String,
    },
    /// `POST /v1/ports`.
    CreatePort {
        /// The port's uuid.
        uuid: Uuid,
        /// Its MAC.
        address: String,
    },
    /// `PUT /v1/nodes/{uuid}/traits`.
    SetTraits {
        /// The node's uuid.
        uuid: Uuid,
    },
    /// `PATCH /v1/portgroups/{uuid}`.
    AmendPortgroup {
        /// The port group's uuid.
        uuid: Uuid,
        /// Its name.
        name: String,
    },
    /// `DELETE /v1/portgroups/{uuid}`.
    DeletePortgroup {
        /// The port group's uuid.
        uuid: Uuid,
        /// Its name.
        name: String,
    },
    /// `PATCH /v1/ports/{uuid}`.
    AmendPort {
        /// The port's uuid.
        uuid: Uuid,
        /// Its MAC.
        address: String,
    },
    /// `DELETE /v1/ports/{uuid}`.
    DeletePort {
        /// The port's uuid.
        uuid: Uuid,
        /// Its MAC.
        address: String,
    },
    /// `PUT /v1/nodes/{uuid}/traits/{name}`: this one, and no other.
    AddTrait {
        /// The node's uuid.
        uuid: Uuid,
        /// The trait.
        name: String,
    },
    /// `DELETE /v1/nodes/{uuid}/traits/{name}`.
    RemoveTrait {
        /// The node's uuid.
        uuid: Uuid,
        /// The trait.
        name: String,
    },
    /// `DELETE /v1/nodes/{uuid}`, which takes ports, port groups and traits with
    /// it.
    DeleteNode {
        /// The node's uuid.
        uuid: Uuid,
    },
    /// `PUT /v1/nodes/{uuid}/states/provision`.
    Begin {
        /// The node's uuid.
        uuid: Uuid,
        /// What is begun.
        verb: Verb,
    },
}

impl Step {
    /// Which of them, in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CreateNode { .. } => "create-node",
            Self::AmendNode { .. } => "amend-node",
            Self::CreatePortgroup { .. } => "create-portgroup",
            Self::CreatePort { .. } => "create-port",
            Self::AmendPortgroup { .. } => "amend-portgroup",
            Self::DeletePortgroup { .. } => "delete-portgroup",
            Self::AmendPort { .. } => "amend-port",
            Self::DeletePort { .. } => "delete-port",
            Self::AddTrait { .. } => "add-trait",
            Self::RemoveTrait { .. } => "remove-trait",
            Self::SetTraits { .. } => "set-traits",
            Self::DeleteNode { .. } => "delete-node",
            Self::Begin { verb, .. } => verb.name(),
        }
    }

    /// Where in the canonical view of the enrollment stands what it sends.
    pub(super) fn pointer(&self) -> String {
        match self {
            Self::CreateNode { .. }
            | Self::AmendNode { .. }
            | Self::DeleteNode { .. }
            | Self::Begin { .. } => "/node".into(),
            Self::CreatePortgroup { name, .. }
            | Self::AmendPortgroup { name, .. }
            | Self::DeletePortgroup { name, .. } => crate::enrollment::child("/portgroups", name),
            Self::CreatePort { address, .. }
            | Self::AmendPort { address, .. }
            | Self::DeletePort { address, .. } => {
                crate::enrollment::child("/ports", &address.to_lowercase())
            }
            Self::AddTrait { name, .. } | Self::RemoveTrait { name, .. } => {
                crate::enrollment::child("/traits", name)
            }
            Self::SetTraits { .. } => "/traits".into(),
        }
    }

    /// What it is about, for a sentence.
    pub(super) fn object(&self) -> String {
        match self {
            Self::CreateNode { .. } | Self::AmendNode { .. } | Self::DeleteNode { .. } => {
                "the node".into()
            }
            Self::CreatePortgroup { name, .. }
            | Self::AmendPortgroup { name, .. }
            | Self::DeletePortgroup { name, .. } => format!("port group `{name}`"),
            Self::CreatePort { address, .. }
            | Self::AmendPort { address, .. }
            | Self::DeletePort { address, .. } => format!("port `{address}`"),
            Self::AddTrait { name, .. } | Self::RemoveTrait { name, .. } => {
                format!("trait `{name}`")
            }
            Self::SetTraits { .. } => "the traits".into(),
            Self::Begin { verb, .. } => format!("to `{verb}` the node"),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateNode { uuid } => write!(f, "create node {uuid}"),
            Self::AmendNode { uuid } => write!(f, "amend node {uuid}"),
            Self::CreatePortgroup { uuid, name } => write!(f, "create port group {uuid} {name}"),
            Self::CreatePort { uuid, address } => write!(f, "create port {uuid} {address}"),
            Self::AmendPortgroup { uuid, name } => write!(f, "amend port group {uuid} {name}"),
            Self::DeletePortgroup { uuid, name } => write!(f, "delete port group {uuid} {name}"),
            Self::AmendPort { uuid, address } => write!(f, "amend port {uuid} {address}"),
            Self::DeletePort { uuid, address } => write!(f, "delete port {uuid} {address}"),
            Self::AddTrait { uuid, name } => write!(f, "add trait {name} to node {uuid}"),
            Self::RemoveTrait { uuid, name } => write!(f, "remove trait {name} from node {uuid}"),
            Self::SetTraits { uuid } => write!(f, "set traits of node {uuid}"),
            Self::DeleteNode { uuid } => write!(f, "delete node {uuid}"),
            Self::Begin { uuid, verb } => write!(f, "{verb} node {uuid}"),
        }
    }
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// Ironic did it.
    Done,
    /// It was so already: an earlier request had arrived.
    WasDone,
    /// Ironic definitely did not do it.
    Refused {
        /// Its status, where it answered.
        status: Option<u16>,
        /// Its words, escaped and cut.
        reason: String,
    },
    /// Nobody knows yet: no answer, or none that says.
    Unknown {
        /// The status, where there was one.
        status: Option<u16>,
        /// What happened, escaped and cut.
        reason: String,
    },
}

//! What becomes of one node, as it is kept and told.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::failure::{Cause, Failure, IronicAnswer};
use crate::store::{self, ItemState};

use super::super::Registered;

/// One node of a bulk registration.
#[derive(Clone, Debug)]
pub struct BulkItem {
    /// What it is called, or was asked for by.
    pub name: String,
    /// Its uuid; none where there is no such node.
    pub node: Option<Uuid>,
    /// How far it is.
    pub state: ItemState,
    /// What has become of it, once it has ended.
    pub result: Option<BulkResult>,
    /// Which it was to end, from 1.
    pub ended: Option<i64>,
}

/// What has become of one node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkResult {
    /// It is registered.
    Registered {
        /// The registration's id.
        registration: Uuid,
        /// The node's uuid in Ironic.
        ironic_uuid: Uuid,
        /// Whether it was so already.
        unchanged: bool,
        /// What the caller should know.
        warnings: Vec<String>,
    },
    /// It is not.
    Failed(Told),
}

/// The outside of a failure, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Whose fault.
    pub cause: Cause,
    /// What, where, and what to do.
    pub detail: String,
    /// The hook concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<String>,
    /// The JSON Pointer of the field concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What Ironic said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ironic: Option<IronicAnswer>,
    /// After how many seconds to ask again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl BulkItem {
    pub(super) fn read(item: store::BulkItem) -> Result<Self, Failure> {
        let result = item.result.as_deref().map(serde_json::from_str);
        Ok(Self {
            name: item.name,
            node: item.node,
            state: item.state,
            result: result.transpose().map_err(Failure::internal)?,
            ended: item.ended,
        })
    }
}

impl BulkResult {
    /// How far a node is with this.
    pub(super) fn state(&self) -> ItemState {
        match self {
            Self::Registered { .. } => ItemState::Done,
            Self::Failed(_) => ItemState::Failed,
        }
    }
}

impl From<Registered> for BulkResult {
    fn from(registered: Registered) -> Self {
        Self::Registered {
            registration: registered.registration,
            ironic_uuid: registered.ironic.node_uuid,
            unchanged: registered.unchanged,
            warnings: registered.warnings,
        }
    }
}

impl From<Failure> for Told {
    fn from(failure: Failure) -> Self {
        Self {
            cause: failure.cause,
            detail: failure.detail,
            hook: failure.hook,
            field: failure.field,
            ironic: failure.ironic,
            retry_after: failure.retry_after,
        }
    }
}

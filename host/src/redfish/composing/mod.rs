//! Having a pod manager make a node, in the two ways that there are: Intel RSD's
//! nodes, and DMTF's composition service (DSP2050).

mod blocks;
mod choose;
mod dmtf;
mod rsd;

use serde_json::{Value, json};

use super::{ReadError, ResourcePath, Service, Snapshot, WriteError};
use crate::failure::{Cause, Failure};
use crate::node::{CompositionRequest, PodManagerDriver};

pub use blocks::{Block, resource_blocks};

/// What is to be sent to have something made.
#[derive(Clone, Debug)]
pub struct Order {
    /// Where to.
    pub path: ResourcePath,
    /// What.
    pub body: Value,
    /// The collection in which it will be.
    pub collection: ResourcePath,
}

/// Why there is no node.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The service could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The service did not do what it was told, or it is not known.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// What is asked for is not to be had, or makes no sense.
    #[error("{0}")]
    Unfit(String),
    /// What is asked for is in use.
    #[error("{0}")]
    Taken(String),
    /// The node did not get where it was to be.
    #[error("{0}")]
    Stuck(String),
}

impl ComposeError {
    /// What the caller is told.
    pub fn into_failure(self, pod_manager: &str) -> Failure {
        let cause = match &self {
            Self::Read(ReadError::TimedOut { .. })
            | Self::Write(WriteError::Unknown { slow: true, .. }) => Cause::RedfishTimeout,
            Self::Read(_) | Self::Write(_) | Self::Stuck(_) => Cause::RedfishFailed,
            Self::Unfit(_) => Cause::BadRequest,
            Self::Taken(_) => Cause::Conflict,
        };
        Failure::new(cause, format!("pod manager `{pod_manager}`: {self}"))
    }
}

impl From<super::PathError> for ComposeError {
    fn from(error: super::PathError) -> Self {
        Self::Read(error.into())
    }
}

/// What is to be sent to have a node made as `request` says. `mark` gets into its
/// description.
pub async fn order(
    snapshot: &Snapshot,
    driver: PodManagerDriver,
    request: &CompositionRequest,
    mark: &str,
) -> Result<Order, ComposeError> {
    match driver {
        PodManagerDriver::Redfish => Err(ComposeError::Unfit(
            "with the driver `redfish` every system is a node already: nothing is composed; \
             POST to `/v1/nodes/manage` takes one, and the drivers `redfishv1` and \
             `redfish-composition` compose"
                .into(),
        )),
        PodManagerDriver::RedfishV1 => rsd::order(snapshot, request, mark).await,
        PodManagerDriver::RedfishComposition => dmtf::order(snapshot, request, mark).await,
    }
}

/// Has what was made at `path` become a node that can be used, by what is sent only
/// while it `is_ours`.
pub async fn complete(
    service: &Service,
    driver: PodManagerDriver,
    path: &ResourcePath,
    is_ours: &(dyn Fn() -> bool + Send + Sync),
) -> Result<(), ComposeError> {
    match driver {
        PodManagerDriver::RedfishV1 => rsd::complete(service, path, is_ours).await,
        // What is there is whole.
        PodManagerDriver::Redfish | PodManagerDriver::RedfishComposition => Ok(()),
    }
}

/// `Description` with our mark in it.
fn marked(request: &CompositionRequest, mark: &str) -> Value {
    match &request.description {
        Some(description) => json!(format!("{description} [valence {mark}]")),
        None => json!(format!("[valence {mark}]")),
    }
}

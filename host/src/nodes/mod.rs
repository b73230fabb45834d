//! Pod managers, and the nodes that are managed behind them.

mod connections;
mod discover;
mod keyring;
mod managed;
mod naming;
mod observe;
mod pod_managers;
mod requests;

pub use connections::RedfishOptions;
pub use discover::Discovered;
pub use keyring::Keyring;
pub use managed::{Nodes, ObservedNode};
pub use pod_managers::PodManagers;
pub use requests::{ManageRequest, NewPodManager, NodeFilter, PodManagerPatch};

use crate::failure::{Cause, Failure};
use crate::redfish::ReadError;

/// A read of `pod_manager` that failed, told to the caller.
pub(crate) fn redfish_failure(pod_manager: &str, error: ReadError) -> Failure {
    let cause = match error {
        ReadError::TimedOut { .. } => Cause::RedfishTimeout,
        _ => Cause::RedfishFailed,
    };
    Failure::new(cause, format!("pod manager `{pod_manager}`: {error}"))
}

//! Pod managers, and the nodes that are managed behind them.

mod changing;
mod composing;
mod connections;
mod discover;
mod flavors;
mod hardware;
mod keyring;
mod managed;
mod naming;
mod observe;
mod pod_managers;
mod requests;

pub use changing::NodePatch;
pub use composing::{ComposeRequest, Wanted};
pub use connections::RedfishOptions;
pub use discover::Discovered;
pub use flavors::Flavors;
pub use hardware::{Hardware, HardwareFound, Unread};
pub use keyring::Keyring;
pub use managed::{Nodes, ObservedNode};
pub use pod_managers::PodManagers;
pub use requests::{Login, LoginPatch, ManageRequest, NewPodManager, NodeFilter, PodManagerPatch};

use crate::failure::{Cause, Failure};
pub use crate::redfish::Command as NodeCommand;
use crate::redfish::ReadError;

/// A read of `pod_manager` that failed, told to the caller.
pub(crate) fn redfish_failure(pod_manager: &str, error: ReadError) -> Failure {
    let cause = match error {
        ReadError::TimedOut { .. } => Cause::RedfishTimeout,
        _ => Cause::RedfishFailed,
    };
    Failure::new(cause, format!("pod manager `{pod_manager}`: {error}"))
}

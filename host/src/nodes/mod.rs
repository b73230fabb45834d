//! Pod managers, and the nodes that are managed behind them.

mod nodes;
mod pod_managers;
mod requests;

pub use nodes::{Nodes, ObservedNode};
pub use pod_managers::PodManagers;
pub use requests::{ManageRequest, NewPodManager, NodeFilter, PodManagerPatch};

//! The use cases, in the order of the spine: read, evaluate, apply.

mod offline;
mod register;

pub use offline::{OfflineOptions, OfflineSubject, evaluate_offline};
pub use register::{Deregistered, IronicNode, RegisterOptions, Registered, Registrar};

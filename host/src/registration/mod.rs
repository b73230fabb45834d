//! The use cases, in the order of the spine: read, evaluate, apply.

mod again;
mod credentials;
mod deregister;
mod journal;
mod offline;
mod register;
mod resume;
mod turns;

pub use deregister::Deregistered;
pub use offline::{OfflineOptions, OfflineSubject, evaluate_offline};
pub use register::{IronicNode, RegisterOptions, Registered, Registrar, RegistrarParts};

//! The use cases, in the order of the spine: read, evaluate, apply.

mod again;
mod attempt;
mod credentials;
mod deregister;
mod journal;
mod offline;
mod recorded;
mod register;
mod registered;
mod resume;
mod turns;

pub use deregister::Deregistered;
pub use offline::{OfflineOptions, OfflineSubject, evaluate_offline};
pub use recorded::Recorded;
pub use register::{RegisterOptions, Registrar, RegistrarParts};
pub use registered::{IronicNode, Registered};

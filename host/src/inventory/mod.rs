//! What Valence understands of a node's standard Redfish data: the typed
//! inventory of the hook contract. Quirks of services are mended here, once, for
//! the seed and for every hook.

mod read;
mod subject;
mod types;

pub use read::Inventory;
pub use subject::Subject;
pub use types::{Drive, Identity, Location, Manager, Nic, PcieFunction, Processor};

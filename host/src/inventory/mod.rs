//! What Valence understands of a node's standard Redfish data: the typed
//! inventory of the hook contract. Quirks of services are mended here, once, for
//! the seed and for every hook.
//!
//! A value is right or it is absent. What a service does not have (404, an empty
//! link, a placeholder) is none; what could not be read is an error, so that a
//! machine that was half read is never registered as if it were whole.

mod adapters;
mod bmc;
mod chassis;
mod composed;
mod drives;
mod fields;
mod found;
mod hosts;
mod identity;
mod location;
mod mac;
mod manager;
mod memory;
mod neighbours;
mod nics;
mod oem_adapters;
mod parts;
mod pcie;
mod processors;
mod quirks;
mod read;
mod subject;
mod types;

pub(crate) use hosts::no_host;
pub(crate) use mac::parse as parse_mac;
pub use parts::{Inventory, InventoryPart};
pub(crate) use quirks::is_placeholder_uuid;
pub(crate) use read::clean;
pub use subject::Subject;
pub use types::{
    AttachedDevice, Chassis, Drive, Identity, LeftOut, Location, Manager, Nic, PcieFunction,
    Processor, ResourceBlock, ResourceZone,
};

//! What Valence understood of the node's standard Redfish data, with the quirks
//! of services mended: plain records, which a test can make for itself. What is
//! absent is none, never zero and never empty.

pub use crate::contract::imports::hooks::inventory::{
    AttachedDevice, Chassis, Drive, Identity, Location, Manager, Nic, PcieFunction, Processor,
    ResourceBlock, ResourceZone,
};

//! Valence registers composed and bare-metal nodes in OpenStack Ironic.
//!
//! ```text
//!  pod manager ──read──▶ Snapshot ──evaluate──▶ Enrollment ──apply──▶ Ironic
//! ```
//!
//! The rooms that do this, in that order: [`redfish`] reads a snapshot,
//! [`evaluate`] turns it into an enrollment with the site's hooks, `registration`
//! runs the whole of it, and `ironic` applies the enrollment. docs/architecture.md
//! walks through one registration.

pub mod access;
pub mod api;
pub mod cli;
pub mod config;
pub mod crash;
pub mod enrollment;
pub mod evaluate;
pub mod failure;
#[cfg(test)]
#[path = "fuzz/tests.rs"]
mod fuzz;
pub mod hook;
pub mod inventory;
pub mod ironic;
pub mod listen;
pub mod node;
pub mod nodes;
pub mod openstack;
pub mod policy;
pub mod redfish;
pub mod registration;
pub mod rules;
pub mod secret;
pub mod store;
pub mod telemetry;
pub mod template;
pub mod text;
pub mod tls;

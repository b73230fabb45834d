//! `valence.toml`: text to checked types, one file a section.
//!
//! A file is read into a tree that knows where each value stands, environment
//! variables are laid over it, and every section takes its keys out of it. So an
//! error names file, line, column and key, a key that nobody takes is an error,
//! and `show` can tell where each value comes from. No other room reads the
//! environment.

mod api;
mod bulk;
mod client;
mod clouds;
#[cfg(debug_assertions)]
mod crash;
mod credentials;
mod environment;
mod error;
mod hook;
mod ironic;
mod load;
mod origin;
mod pod_manager;
mod records;
mod redfish;
mod register;
mod reread;
mod schema;
mod section;
mod server;
mod setting;
mod show;
mod store;
#[cfg(test)]
mod tests;
mod tree;
mod units;

pub use api::{ApiAuth, ApiSection};
pub use bulk::BulkSection;
pub use client::{ServerAddress, ServerLogin};
#[cfg(debug_assertions)]
pub use crash::crash_point;
pub use credentials::{CredentialsEntry, PasswordSource};
pub use environment::{commands_cache, corpus, no_color, own_program};
pub use error::{ConfigError, Problem};
pub use hook::HooksSection;
pub use ironic::{IronicAccess, IronicAuth, IronicSection};
pub use load::{Config, Loaded};
pub use origin::Origin;
pub use pod_manager::PodManagerSection;
pub use records::RecordsSection;
pub use redfish::RedfishSection;
pub use register::RegisterSection;
pub use reread::Started;
pub use schema::schema;
pub use server::{LogFormat, ServerLimits, ServerSection, ServerTls};
pub use show::{Shown, sample};
pub use store::StoreSection;

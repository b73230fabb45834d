//! Reading Redfish (DSP0266): services over HTTP, recorded trees, and the
//! snapshot that all of a registration reads from.

mod composing;
mod control;
mod document;
mod error;
mod find;
mod forbidden;
mod members;
mod mockup;
mod parse;
mod path;
mod redact;
mod redacted;
mod service;
mod snapshot;
mod source;

pub use composing::{Block, ComposeError, Order, complete, order, resource_blocks};
pub use control::{Command, command};
pub use document::Document;
pub(crate) use document::value_at;
pub use error::ReadError;
pub(crate) use error::present;
pub use find::{Choice, FindError, Found, find_node, found_at, nodes, prove_login, systems};
pub use forbidden::forbidden_to_hooks;
pub use mockup::{Mockup, MockupError};
pub(crate) use parse::weight;
pub use path::{PathError, ResourcePath};
pub use redact::redact;
pub use redacted::Redacted;
pub use service::{
    Cache as ServiceCache, Service, ServiceError, ServiceSettings, Write, WriteError, Written,
};
pub use snapshot::{ReadLimits, Recorded, Snapshot};
pub use source::Source;

//! Reading Redfish (DSP0266): services over HTTP, recorded trees, and the
//! snapshot that all of a registration reads from.

mod document;
mod error;
mod path;
mod snapshot;
mod source;

pub use document::Document;
pub use error::ReadError;
pub use path::{PathError, ResourcePath};
pub use snapshot::{ReadLimits, Recorded, Snapshot};
pub use source::Source;

//! Where documents come from.

use async_trait::async_trait;
use serde_json::Value;

use super::{ReadError, ResourcePath};

/// A Redfish service, or a recording of one.
#[async_trait]
pub trait Source: Send + Sync {
    /// The resource at `path`, as the service sends it: a JSON object.
    async fn fetch(&self, path: &ResourcePath) -> Result<Value, ReadError>;
}

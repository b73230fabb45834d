//! Where documents come from.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::{Document, ReadError, ResourcePath};

/// A Redfish service, or a recording of one.
#[async_trait]
pub trait Source: Send + Sync {
    /// The resource at `path`, as the service sends it: a JSON object.
    async fn fetch(&self, path: &ResourcePath) -> Result<Value, ReadError>;

    /// The same, where it is wanted by somebody who may have to wait: those who read
    /// what every registration needs are not held up by him.
    async fn fetch_extra(&self, path: &ResourcePath) -> Result<Value, ReadError> {
        self.fetch(path).await
    }

    /// The collection at `path`, with the members themselves in place of the links
    /// to them; none where that cannot be had, or not rightly, and in doubt.
    async fn fetch_expanded(&self, _path: &ResourcePath) -> Option<Value> {
        None
    }

    /// How reading the resource at `path` ended before, where that is known: then
    /// nobody asks for it again, and it counts for no limit.
    fn known(&self, _path: &ResourcePath) -> Option<Result<Arc<Document>, ReadError>> {
        None
    }
}

//! One Redfish resource, as read.

use serde_json::Value;

use super::{PathError, ResourcePath};

/// One Redfish resource, as read: a JSON object, parsed once.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    path: ResourcePath,
    body: Value,
}

impl Document {
    /// The resource at `path`.
    pub fn new(path: ResourcePath, body: Value) -> Self {
        Self { path, body }
    }

    /// Where it was read.
    pub fn path(&self) -> &ResourcePath {
        &self.path
    }

    /// All of it.
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// The value at a JSON Pointer; none where there is none.
    pub fn get(&self, pointer: &str) -> Option<&Value> {
        self.body.pointer(pointer)
    }

    /// The text at a JSON Pointer.
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.get(pointer).and_then(Value::as_str)
    }

    /// The path in the reference (an object with an `@odata.id`) at a JSON
    /// Pointer; none where there is no such object.
    pub fn link(&self, pointer: &str) -> Option<Result<ResourcePath, PathError>> {
        self.get(pointer)?
            .get("@odata.id")?
            .as_str()
            .map(str::parse)
    }
}

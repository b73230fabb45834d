//! One Redfish resource, as read.

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::{PathError, Redacted, ResourcePath};

/// One Redfish resource, as read: a JSON object, parsed once.
#[derive(Debug)]
pub struct Document {
    path: ResourcePath,
    body: Value,
    redacted: OnceLock<Arc<Redacted>>,
}

impl Document {
    /// The resource at `path`.
    pub fn new(path: ResourcePath, body: Value) -> Self {
        Self {
            path,
            body,
            redacted: OnceLock::new(),
        }
    }

    /// The document without its secrets, copied and blanked when it is first asked
    /// for: once for all that is evaluated from it.
    pub fn redacted(&self) -> Arc<Redacted> {
        let redacted = self.redacted.get_or_init(|| Arc::new(Redacted::of(self)));
        Arc::clone(redacted)
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

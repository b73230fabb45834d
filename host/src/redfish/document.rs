//! One Redfish resource, as read.

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::{PathError, Redacted, ResourcePath, redact};

/// One Redfish resource, as read: a JSON object, parsed once.
#[derive(Debug)]
pub struct Document {
    path: ResourcePath,
    body: Arc<Value>,
    /// Whether there is no secret left in it.
    is_redacted: bool,
    redacted: OnceLock<Arc<Redacted>>,
}

impl Document {
    /// The resource at `path`.
    pub fn new(path: ResourcePath, body: Value) -> Self {
        Self {
            path,
            body: Arc::new(body),
            is_redacted: false,
            redacted: OnceLock::new(),
        }
    }

    /// The resource at `path` as it was put on record: without its secrets, so that
    /// none need be looked for again.
    pub fn from_record(path: ResourcePath, body: Value) -> Self {
        Self {
            is_redacted: true,
            ..Self::new(path, body)
        }
    }

    /// The same without its secrets.
    pub(super) fn without_secrets(&self) -> Self {
        let body = if self.is_redacted {
            Arc::clone(&self.body)
        } else {
            let mut body = Value::clone(&self.body);
            redact(&mut body);
            Arc::new(body)
        };
        Self {
            path: self.path.clone(),
            body,
            is_redacted: true,
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
        value_at(&self.body, pointer)
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

/// The value of `value` at a JSON Pointer; none where there is none. A pointer
/// without escapes, as nearly all are, takes no memory.
pub(crate) fn value_at<'a>(value: &'a Value, pointer: &str) -> Option<&'a Value> {
    if pointer.contains('~') {
        return value.pointer(pointer);
    }
    let Some(below) = pointer.strip_prefix('/') else {
        return pointer.is_empty().then_some(value);
    };
    below
        .split('/')
        .try_fold(value, |value, segment| match value {
            Value::Object(object) => object.get(segment),
            Value::Array(items) => index(segment).and_then(|index| items.get(index)),
            _ => None,
        })
}

/// An index as RFC 6901 writes it.
fn index(segment: &str) -> Option<usize> {
    let is_one = segment == "0" || !segment.starts_with(['+', '0']);
    segment.parse().ok().filter(|_| is_one)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn values_are_found_where_rfc_6901_says(
            pointer in "(/?(a|b|0|1|01|\\+1|~0|~1|a~1b||-)){0,4}",
        ) {
            let value = json!({
                "a": [{"b": 1}, {"a": [2, 3]}],
                "b": {"": {"0": 4}, "~": 5, "/": {"a": 6}},
                "": [[7], 8],
                "a/b": {"01": 9, "-": 10},
                "0": [11],
            });
            prop_assert_eq!(value_at(&value, &pointer), value.pointer(&pointer));
        }
    }
}

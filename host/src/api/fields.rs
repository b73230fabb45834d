//! Reading the fields of a request's body, with a sentence for each way in
//! which they can be wrong.

use serde_json::Value;

use crate::enrollment::Object;
use crate::failure::{Cause, Failure};
use crate::text::{nearest, tame};

use super::problem::Refusal;

/// The fields of one JSON object of a body.
pub(super) struct Fields {
    object: Object,
    /// The JSON Pointer of the object.
    at: String,
}

impl Fields {
    /// The body itself, which may have the fields `known` and no others.
    pub(super) fn of_body(object: Object, known: &[&str]) -> Result<Self, Refusal> {
        Self::new(object, String::new(), known)
    }

    /// `value`, which stands at `at`.
    pub(super) fn of(value: Value, at: String, known: &[&str]) -> Result<Self, Refusal> {
        match value {
            Value::Object(object) => Self::new(object, at, known),
            other => Err(wrong(&at, "an object", &other)),
        }
    }

    fn new(object: Object, at: String, known: &[&str]) -> Result<Self, Refusal> {
        for key in object.keys() {
            if !known.contains(&key.as_str()) {
                return Err(unknown(&at, key, known));
            }
        }
        Ok(Self { object, at })
    }

    /// The pointer of `key`.
    pub(super) fn pointer(&self, key: &str) -> String {
        format!("{}/{key}", self.at)
    }

    /// `key` as it is; `null` is as good as absent.
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.object.remove(key).filter(|value| !value.is_null())
    }

    /// `key`, which has to be there.
    pub(super) fn require(&mut self, key: &str) -> Result<Value, Refusal> {
        self.take(key).ok_or_else(|| {
            at(
                self.pointer(key),
                format!("`{}` is missing", shown(&self.pointer(key))),
            )
        })
    }

    /// The text `key`, which has to be there and may not be empty.
    pub(super) fn text(&mut self, key: &str) -> Result<String, Refusal> {
        let value = self.require(key)?;
        text(value, &self.pointer(key))
    }

    /// The text `key`, if it is there.
    pub(super) fn optional_text(&mut self, key: &str) -> Result<Option<String>, Refusal> {
        self.take(key)
            .map(|value| text(value, &self.pointer(key)))
            .transpose()
    }
}

/// A bad request that names the field.
pub(super) fn at(pointer: String, detail: String) -> Refusal {
    Failure::new(Cause::BadRequest, detail).at(pointer).into()
}

/// The value at `pointer` is not what it is to be.
pub(super) fn wrong(pointer: &str, wanted: &str, found: &Value) -> Refusal {
    at(
        pointer.to_owned(),
        format!(
            "`{}` is to be {wanted}, not {}",
            shown(pointer),
            kind(found)
        ),
    )
}

/// What `value` is, in words.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(text) if text.is_empty() => "empty",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn text(value: Value, pointer: &str) -> Result<String, Refusal> {
    match value {
        Value::String(text) if !text.is_empty() => Ok(text),
        other => Err(wrong(pointer, "text", &other)),
    }
}

fn unknown(parent: &str, key: &str, known: &[&str]) -> Refusal {
    let pointer = format!("{parent}/{}", tame(key, 100));
    let advice = match nearest(key, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", list(known)),
    };
    let detail = format!("unknown field `{}`: {advice}", shown(&pointer));
    at(pointer, detail)
}

/// Names in backticks, one after another.
pub(super) fn list(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A pointer as people write a field: without the slash at its beginning.
fn shown(pointer: &str) -> &str {
    pointer.strip_prefix('/').unwrap_or(pointer)
}

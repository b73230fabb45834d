//! The Redfish resources of the node, as its service describes them.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::contract::imports::hooks::redfish;

/// One Redfish resource, or collection of resources.
///
/// It is fetched when it is first read, and then kept until the registration
/// ends: all hooks see the same data. A pointer is a JSON Pointer (RFC 6901),
/// such as `/Status/Health`; segments count from 0 in arrays.
#[derive(Debug)]
pub struct Document(pub(crate) redfish::Document);

impl Document {
    /// Its path, `@odata.id`.
    pub fn uri(&self) -> String {
        self.0.uri()
    }

    /// The text at `pointer` without the spaces around it. None where there is
    /// no text, or a blank one, as some services write for what they do not know.
    pub fn text(&self, pointer: &str) -> Result<Option<String>, ReadError> {
        Ok(self.value(pointer)?.as_ref().and_then(as_text))
    }

    /// The number at `pointer`, also where a service writes it as text. None
    /// where there is none.
    pub fn number(&self, pointer: &str) -> Result<Option<f64>, ReadError> {
        Ok(self.value(pointer)?.as_ref().and_then(as_number))
    }

    /// The truth value at `pointer`. None where there is none.
    pub fn flag(&self, pointer: &str) -> Result<Option<bool>, ReadError> {
        Ok(self.value(pointer)?.as_ref().and_then(Value::as_bool))
    }

    /// The value at `pointer` as a type of your own. None where there is no
    /// value, or null; an error where it does not fit the type.
    ///
    /// Take only what you need of a document: values of more than 64 KiB are
    /// refused, and all that crosses into the hook costs time.
    pub fn get<T: DeserializeOwned>(&self, pointer: &str) -> Result<Option<T>, ReadError> {
        let Some(json) = self.json(pointer)? else {
            return Ok(None);
        };
        serde_json::from_str::<Option<T>>(&json)
            .map_err(|error| self.malformed(format!("`{pointer}` is not as expected: {error}")))
    }

    /// The values at several pointers, in one call of the host. Null counts as
    /// no value.
    pub fn get_many<const N: usize>(
        &self,
        pointers: [&str; N],
    ) -> Result<[Option<Value>; N], ReadError> {
        let pointers = pointers.map(str::to_owned);
        let found = self
            .0
            .get_many(&pointers)
            .map_err(|error| self.unreadable(error))?;
        let mut values = [const { None }; N];
        for (value, json) in values.iter_mut().zip(found) {
            *value = self.parse(json)?;
        }
        Ok(values)
    }

    /// The document that the reference at `pointer`, an object with an
    /// `@odata.id`, leads to. None where there is no reference. What it leads
    /// to is read later, when something of it is asked for.
    pub fn follow(&self, pointer: &str) -> Result<Option<Document>, ReadError> {
        let found = self
            .0
            .follow(pointer)
            .map_err(|error| self.unreadable(error))?;
        Ok(found.map(Document))
    }

    /// The members of this collection, on all of its pages. None where this is
    /// no collection.
    pub fn members(&self) -> Result<Option<Vec<Document>>, ReadError> {
        let found = self.0.members().map_err(|error| self.unreadable(error))?;
        Ok(found.map(|members| members.into_iter().map(Document).collect()))
    }

    /// Whether the service has this resource.
    pub fn exists(&self) -> Result<bool, ReadError> {
        match self.json("/@odata.id") {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn json(&self, pointer: &str) -> Result<Option<String>, ReadError> {
        self.0.get(pointer).map_err(|error| self.unreadable(error))
    }

    fn value(&self, pointer: &str) -> Result<Option<Value>, ReadError> {
        let json = self.json(pointer)?;
        self.parse(json)
    }

    fn parse(&self, json: Option<String>) -> Result<Option<Value>, ReadError> {
        json.map_or(Ok(None), |json| serde_json::from_str(&json))
            .map_err(|error| self.malformed(error.to_string()))
    }

    fn unreadable(&self, error: redfish::Error) -> ReadError {
        ReadError::new(self.uri(), error)
    }

    fn malformed(&self, message: String) -> ReadError {
        ReadError {
            what: self.uri(),
            why: Unreadable::Malformed(message),
        }
    }
}

fn as_text(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => text
            .trim()
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite()),
        other => other.as_f64(),
    }
}

/// A part of the node's Redfish data that could not be read. With `?` it makes
/// the hook fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The document, by its path, or the part of the inventory.
    pub what: String,
    /// Why.
    pub why: Unreadable,
}

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The service has no such resource.
    NotFound,
    /// Valence does not let hooks read this resource.
    Forbidden,
    /// The service refused, failed or did not answer.
    Unavailable(String),
    /// What the service sent is not what Redfish, or the hook, expects.
    Malformed(String),
    /// The value is larger than a hook may take.
    TooLarge,
    /// Anything else.
    Other(String),
}

impl ReadError {
    pub(crate) fn new(what: impl Into<String>, error: redfish::Error) -> Self {
        let why = match error {
            redfish::Error::NotFound => Unreadable::NotFound,
            redfish::Error::Forbidden => Unreadable::Forbidden,
            redfish::Error::Unavailable(message) => Unreadable::Unavailable(message),
            redfish::Error::Malformed(message) => Unreadable::Malformed(message),
            redfish::Error::TooLarge => Unreadable::TooLarge,
            redfish::Error::Other(message) => Unreadable::Other(message),
        };
        let what = what.into();
        Self { what, why }
    }

    /// Whether the service has no such resource: often a reason to do without
    /// rather than to fail.
    pub fn is_not_found(&self) -> bool {
        self.why == Unreadable::NotFound
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "cannot read {}: ", self.what)?;
        match &self.why {
            Unreadable::NotFound => out.write_str("the service has no such resource"),
            Unreadable::Forbidden => out.write_str("hooks may not read it"),
            Unreadable::TooLarge => out.write_str("the value is larger than a hook may take"),
            Unreadable::Unavailable(message)
            | Unreadable::Malformed(message)
            | Unreadable::Other(message) => out.write_str(message),
        }
    }
}

impl std::error::Error for ReadError {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn blank_text_is_no_text() {
        assert_eq!(as_text(&json!(" R12 ")).as_deref(), Some("R12"));
        for none in [json!(""), json!("  "), json!(7), json!(null), json!([])] {
            assert_eq!(as_text(&none), None, "{none}");
        }
    }

    #[test]
    fn a_number_may_be_written_as_text() {
        assert_eq!(as_number(&json!(31.5)), Some(31.5));
        assert_eq!(as_number(&json!(" 42")), Some(42.0));
        for none in [json!("many"), json!("NaN"), json!(null), json!(true)] {
            assert_eq!(as_number(&none), None, "{none}");
        }
    }

    #[test]
    fn an_error_says_what_and_why() {
        let error = ReadError::new("/redfish/v1/Chassis/1", redfish::Error::NotFound);
        assert!(error.is_not_found());
        assert_eq!(
            error.to_string(),
            "cannot read /redfish/v1/Chassis/1: the service has no such resource"
        );
    }
}

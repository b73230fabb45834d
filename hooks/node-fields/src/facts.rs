//! Places of the site's own: single values of Redfish documents.

use schemars::JsonSchema;
use serde::Deserialize;
use valence_hook::text::matches;
use valence_hook::{Document, ReadError, Registration, Value};

/// A value of a Redfish document, and the way to it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fact {
    /// Where the way begins.
    #[serde(default)]
    from: Start,
    /// The references to follow, as pointers, one after the other: `/SecureBoot`.
    #[serde(default)]
    follow: Vec<String>,
    /// Of a collection, the first member that has this.
    member: Option<Member>,
    /// The value, as a pointer: `/SecureBootCurrentBoot`.
    at: String,
}

/// Which member of a collection.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Member {
    /// A value of the member, as a pointer: `/Name`.
    at: String,
    /// A glob for it.
    is: String,
}

/// Where the way begins.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Start {
    /// The system.
    #[default]
    System,
    /// The node, as its pod manager describes it.
    Node,
    /// The nearest chassis.
    Chassis,
    /// The BMC.
    Manager,
    /// The root of the service.
    Service,
}

impl Fact {
    pub(crate) fn check(&self) -> Result<(), String> {
        let member = self.member.iter().map(|member| &member.at);
        let mut pointers = self.follow.iter().chain([&self.at]).chain(member);
        match pointers.find(|pointer| !pointer.starts_with('/')) {
            Some(other) => Err(format!("`{other}` is no pointer: it is to begin with `/`")),
            None => Ok(()),
        }
    }

    /// The value as text; none where the service has no such document or value.
    pub(crate) fn read(&self, registration: &Registration) -> Result<Option<String>, ReadError> {
        match self.value(registration) {
            Err(error) if error.is_not_found() => Ok(None),
            other => other,
        }
    }

    fn value(&self, registration: &Registration) -> Result<Option<String>, ReadError> {
        let mut document = self.from.document(registration)?;
        for pointer in &self.follow {
            document = match document {
                Some(document) => document.follow(pointer)?,
                None => None,
            };
        }
        if let Some(member) = &self.member {
            document = match document {
                Some(collection) => member.find(&collection)?,
                None => None,
            };
        }
        let value = match document {
            Some(document) => document.get::<Value>(&self.at)?,
            None => None,
        };
        Ok(value.as_ref().and_then(plain))
    }
}

impl Start {
    fn document(self, registration: &Registration) -> Result<Option<Document>, ReadError> {
        let uri = match self {
            Self::System => return Ok(Some(registration.system())),
            Self::Node => return Ok(Some(registration.node())),
            Self::Service => return Ok(Some(registration.service_root())),
            Self::Chassis => registration
                .chassis()?
                .into_iter()
                .next()
                .map(|one| one.uri),
            Self::Manager => registration.manager()?.map(|one| one.uri),
        };
        Ok(uri.and_then(|uri| registration.document(&uri)))
    }
}

impl Member {
    fn find(&self, collection: &Document) -> Result<Option<Document>, ReadError> {
        for member in collection.members()?.unwrap_or_default() {
            match member.text(&self.at) {
                Ok(Some(text)) if matches(&self.is, &text) => return Ok(Some(member)),
                Ok(_) => {}
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

/// A single value as text; of a list, how many it has. Blank texts say nothing.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Array(all) => Some(all.len().to_string()),
        Value::Null | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use valence_hook::json;

    use super::*;

    #[test]
    fn single_values_are_text_and_lists_are_counted() {
        for (value, expected) in [
            (json!(" Enabled "), Some("Enabled")),
            (json!(true), Some("true")),
            (json!(1.5), Some("1.5")),
            (json!([1, 2]), Some("2")),
            (json!(" "), None),
            (json!(null), None),
            (json!({"a": 1}), None),
        ] {
            assert_eq!(plain(&value).as_deref(), expected, "{value}");
        }
    }
}

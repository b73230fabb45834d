//! The first pass: what is to be replaced.

use std::collections::BTreeSet;

use serde_json::Value;

use super::identity::{Identity, Kind};
use super::keys;
use super::shapes::shapes;
use super::vocabulary::Vocabulary;
use crate::redfish::ResourcePath;

/// Finds the values that are to be replaced.
#[derive(Default)]
pub(super) struct Finder {
    identities: BTreeSet<Identity>,
    vocabulary: Vocabulary,
}

impl Finder {
    /// Looks at a document's path.
    pub(super) fn path(&mut self, path: &ResourcePath) {
        self.text(None, path.as_str());
    }

    /// Looks at `value`, that of the property `key`.
    pub(super) fn value(&mut self, key: Option<&str>, value: &Value) {
        match value {
            Value::Object(object) => {
                for (inner, value) in object {
                    self.vocabulary.learn(inner, value);
                    self.text(None, inner);
                    self.value(Some(keys::name_of(object, inner)), value);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.value(key, item)),
            Value::String(text) => self.text(key, text),
            Value::Number(number) => {
                if let Some(identity) = of_property(key, &number.to_string()) {
                    self.identities.insert(identity);
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// What was found.
    pub(super) fn found(self) -> (BTreeSet<Identity>, Vocabulary) {
        (self.identities, self.vocabulary)
    }

    fn text(&mut self, key: Option<&str>, text: &str) {
        self.identities.extend(of_property(key, text));
        let is_version = key.is_some_and(keys::is_version);
        let shaped = shapes(text).into_iter().map(|(_, identity)| identity);
        self.identities
            .extend(shaped.filter(|identity| !(is_version && identity.kind == Kind::Ipv4)));
    }
}

/// The identity that `text` is as the value of `key`. What holds one that is known
/// by its shape, such as `urn:uuid:…`, is none itself.
pub(super) fn of_property(key: Option<&str>, text: &str) -> Option<Identity> {
    let identity = Identity::of_property(keys::kind_of(key?, text)?, text)?;
    let is_text = matches!(identity.kind, Kind::Host | Kind::Serial);
    (!is_text || shapes(text).is_empty()).then_some(identity)
}

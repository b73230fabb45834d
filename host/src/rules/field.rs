//! Fields of Ironic's objects as tables, and what holds for every field.

use serde_json::Value;

use super::check::Violation;
use super::microversion::Microversion;
use super::name::is_uuid_like;
use crate::enrollment::{Object, child};
use crate::text::{nearest, tame};

/// What a field may hold. `null` is as good as absent, except for maps: with
/// `properties: null` Ironic answers 500.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Text of at most so many characters.
    Text(usize),
    /// As [`Kind::Text`], and not empty.
    Word(usize),
    /// A boolean, or one of the words that Ironic takes for one.
    Flag,
    /// A boolean and nothing else.
    Boolean,
    /// An object.
    Map,
    /// A uuid as text.
    Uuid,
}

pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) since: Microversion,
}

/// The fields that an object may have, and those it may not have with a reason.
pub(super) struct Schema {
    /// `node`, `port`, `port group`.
    pub(super) of: &'static str,
    pub(super) fields: &'static [Field],
    pub(super) refused: &'static [(&'static str, &'static str)],
}

/// A line of a [`Schema`].
pub(super) const fn field(name: &'static str, kind: Kind, since: Microversion) -> Field {
    Field { name, kind, since }
}

/// The length of a column for which Ironic's schema names none.
pub(super) const COLUMN: usize = 255;

impl Schema {
    /// Checks names, types and lengths of the fields of `object`, which stands at
    /// `at`.
    pub(super) fn check(&self, at: &str, object: &Object, found: &mut Vec<Violation>) {
        for (name, value) in object {
            let pointer = || child(at, name);
            let Some(field) = self.fields.iter().find(|field| field.name == name) else {
                found.push(Violation::at(pointer(), self.unknown(name)));
                continue;
            };
            if let Some(message) = field.kind.problem(value) {
                found.push(Violation::at(pointer(), message));
            }
        }
    }

    /// The fields of `object` that came after `api`.
    pub(super) fn newer(
        &self,
        object: &Object,
        api: Microversion,
    ) -> impl Iterator<Item = &'static Field> {
        self.fields
            .iter()
            .filter(move |field| field.since > api && object.get(field.name).is_some_and(is_given))
    }

    /// The oldest version that knows all fields of `object`.
    pub(super) fn minimum(&self, object: &Object) -> Microversion {
        self.fields
            .iter()
            .filter(|field| object.get(field.name).is_some_and(is_given))
            .map(|field| field.since)
            .max()
            .unwrap_or(Microversion::INITIAL)
    }

    fn unknown(&self, name: &str) -> String {
        let of = self.of;
        if let Some((_, reason)) = self.refused.iter().find(|(known, _)| *known == name) {
            return (*reason).to_owned();
        }
        let quoted = tame(name, 60);
        match nearest(&quoted, self.fields.iter().map(|field| field.name)) {
            Some(near) => format!("a {of} has no `{quoted}`; did you mean `{near}`?"),
            None => format!("a {of} has no `{quoted}`"),
        }
    }
}

/// Ironic takes no notice of the version of a field that is null.
fn is_given(value: &Value) -> bool {
    !value.is_null()
}

impl Kind {
    fn problem(self, value: &Value) -> Option<String> {
        match (self, value) {
            (Self::Map, Value::Object(_)) => None,
            (Self::Map, Value::Null) => {
                Some("is to be an object: leave it out instead of `null`".into())
            }
            (Self::Map, _) => Some("is to be an object".into()),
            (Self::Boolean, Value::Bool(_)) => None,
            (Self::Boolean, _) => Some("is to be `true` or `false`".into()),
            (_, Value::Null) => None,
            (Self::Text(most) | Self::Word(most), Value::String(text)) => {
                if matches!(self, Self::Word(_)) && text.is_empty() {
                    Some("is not to be empty: leave it out instead".into())
                } else if text.chars().count() > most {
                    Some(format!("has at most {most} characters"))
                } else {
                    None
                }
            }
            (Self::Text(_) | Self::Word(_), _) => Some("is to be text".into()),
            (Self::Flag, Value::Bool(_)) => None,
            (Self::Flag, Value::String(text)) if is_flag(text) => None,
            (Self::Flag, _) => Some("is to be `true` or `false`".into()),
            (Self::Uuid, Value::String(text)) if is_uuid_like(text) => None,
            (Self::Uuid, _) => Some("is to be a uuid".into()),
        }
    }
}

/// The words of oslo's `bool_from_string`.
fn is_flag(text: &str) -> bool {
    let words = [
        "true", "t", "yes", "y", "on", "1", "false", "f", "no", "n", "off", "0",
    ];
    words.contains(&text.trim().to_lowercase().as_str())
}

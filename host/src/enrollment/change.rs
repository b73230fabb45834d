//! Who set what, over what, and why.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Who made a change.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Author {
    /// The built-in mapping from standard Redfish.
    Seed,
    /// `[register.defaults]` of the configuration.
    Defaults,
    /// The body of the register request.
    Request,
    /// A hook, by its name in the configuration.
    Hook(Arc<str>),
    /// The API version of the Ironic at hand, for which a field is too new.
    ApiVersion,
}

impl Author {
    /// Names that no hook may have, because they stand for others here.
    pub const RESERVED: [&'static str; 4] = ["seed", "defaults", "request", "api-version"];

    /// The name that replies and reports use.
    pub fn name(&self) -> &str {
        match self {
            Self::Seed => "seed",
            Self::Defaults => "defaults",
            Self::Request => "request",
            Self::Hook(name) => name,
            Self::ApiVersion => "api-version",
        }
    }
}

impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Author {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Author {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match String::deserialize(deserializer)? {
            name if name == "seed" => Self::Seed,
            name if name == "defaults" => Self::Defaults,
            name if name == "request" => Self::Request,
            name if name == "api-version" => Self::ApiVersion,
            name => Self::Hook(name.into()),
        })
    }
}

/// One value of a Redfish document that a hook had read before it made a change.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reading {
    /// The document's `@odata.id`.
    pub document: Arc<str>,
    /// The JSON Pointer into it.
    pub pointer: Cow<'static, str>,
}

/// One value that came, went or became another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Where, in the canonical view of an enrollment.
    pub pointer: String,
    /// The value before; none where there was none.
    pub from: Option<Value>,
    /// The value after, which may be null; none, and left out where it is written,
    /// where it was removed.
    #[serde(
        default,
        deserialize_with = "null_is_a_value",
        skip_serializing_if = "Option::is_none"
    )]
    pub to: Option<Value>,
    /// Who.
    pub by: Author,
    /// Why, in the words of the hook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// What the hook had read by then.
    #[serde(default, skip_serializing_if = "<[Reading]>::is_empty")]
    pub reads: Arc<[Reading]>,
    /// How much more it had read than is kept.
    #[serde(default, skip_serializing_if = "is_none")]
    pub reads_left_out: u64,
}

/// Of `changes`, the one that made the value at `pointer` what it is.
pub fn last_change<'a>(changes: &'a [Arc<Change>], pointer: &str) -> Option<&'a Change> {
    let around = |one: &&Arc<Change>| {
        let rest = pointer.strip_prefix(one.pointer.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    changes.iter().rev().find(around).map(AsRef::as_ref)
}

fn null_is_a_value<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

fn is_none(number: &u64) -> bool {
    *number == 0
}

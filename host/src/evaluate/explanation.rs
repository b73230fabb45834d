//! Why an enrollment is as it is, as data.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::outcome::Omission;
use crate::enrollment::Author;

/// For each value of an enrollment why it is what it is, and what is not in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// Each value of the enrollment, in the order of the canonical view.
    pub fields: Vec<Explained>,
    /// What is not in it though it might have been, by pointer.
    pub left_out: Vec<LeftOut>,
}

/// One value of an enrollment. Arrays are values, and so are empty objects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    /// Where it stands, in the canonical view.
    pub pointer: String,
    /// The value.
    pub value: Value,
    /// Who had the last word on it, and why.
    #[serde(flatten)]
    pub set: Set,
    /// What stood there before, the first first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<Replaced>,
}

/// Who set a value, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Set {
    /// Who.
    pub by: Author,
    /// `sha256:` and the digest of the hook's component; none for who is no hook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Why: in the hook's own words, or how the built-in mapping goes about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// What had been read by then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<Read>,
    /// How much more had been read than is kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reads_left_out: u64,
}

/// A value of a Redfish document that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Read {
    /// The document's `@odata.id`.
    pub document: Arc<str>,
    /// The JSON Pointer into it; empty for all of it.
    pub pointer: String,
    /// What stands there, if it is no object and no list, and the document is at
    /// hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// A value that stood where there is another now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replaced {
    /// The value.
    pub value: Value,
    /// Who had set it.
    pub by: Author,
    /// As [`Set::digest`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// As [`Set::because`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// A value that is not there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Where it would stand, or what it would be part of.
    pub pointer: String,
    /// Of what kind the reason is.
    pub kind: Omission,
    /// The value, if there was one before it was taken out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Who left it out.
    pub by: Author,
    /// As [`Set::digest`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

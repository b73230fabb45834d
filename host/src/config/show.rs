//! What the configuration comes to, and the annotated sample of one.

use std::fmt::Write as _;

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use sha2::{Digest as _, Sha256};

use super::{Loaded, Origin};
use crate::text::hexadecimal;

/// The annotated `valence.toml`: every key there is, what it means, and what
/// holds without it.
pub fn sample() -> &'static str {
    include_str!("../../../valence.toml")
}

/// One key, its value, and where that comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The path of its table: `hook[1].limits`.
    pub section: String,
    /// The heading of its table in the file: `[hook.limits]`.
    pub(super) heading: String,
    /// The key.
    pub key: &'static str,
    /// Its value in TOML, with secrets masked. None: nothing holds.
    pub value: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// Whether a text is the place of a file on this machine.
    pub(super) is_place: bool,
    /// The JSON Schema of its values.
    pub(super) schema: serde_json::Value,
    /// Whether it must be there where its table is.
    pub(super) required: bool,
}

/// As `{key, value, origin}`, the key with its path, for lists of them.
impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Shown", 3)?;
        out.serialize_field("key", &format!("{}.{}", self.section, self.key))?;
        out.serialize_field("value", &self.value)?;
        out.serialize_field("origin", &self.origin.to_string())?;
        out.end()
    }
}

impl Loaded {
    /// Every key that has a value, in the order of the sample.
    pub fn settings(&self) -> impl Iterator<Item = &Shown> {
        self.asked.iter().filter(|shown| shown.value.is_some())
    }

    /// Tells configurations apart, as far as they are to be the same on all servers
    /// that share a database: where each listens and keeps things is its own.
    pub fn digest(&self) -> String {
        let mut digest = Sha256::new();
        for shown in self.settings() {
            let Some(value) = &shown.value else { continue };
            let section = shown.section.split('.').next();
            let is_own = matches!(section, Some("server" | "store"))
                || shown.is_place && value.starts_with('"');
            if !is_own {
                digest.update(format!("{}.{} = {value}\n", shown.section, shown.key));
            }
        }
        hexadecimal(&digest.finalize())
    }

    /// The configuration as it holds, as a TOML file with secrets masked, in
    /// which each value has a comment that says where it comes from.
    pub fn show(&self) -> String {
        // A table stands in a file once, however its keys were asked for.
        let mut tables: Vec<(&str, Vec<&Shown>)> = Vec::new();
        for shown in self.settings() {
            let known = tables.iter_mut().find(|(name, _)| *name == shown.section);
            match known {
                Some((_, keys)) => keys.push(shown),
                None => tables.push((&shown.section, vec![shown])),
            }
        }
        let mut out = String::new();
        for (number, (_, keys)) in tables.iter().enumerate() {
            let gap = if number > 0 { "\n" } else { "" };
            if let Some(first) = keys.first() {
                let _ = writeln!(out, "{gap}{}", first.heading);
            }
            for shown in keys {
                if let Some(value) = &shown.value {
                    let _ = writeln!(out, "{} = {value}  # {}", shown.key, shown.origin);
                }
            }
        }
        out
    }
}

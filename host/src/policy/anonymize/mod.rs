//! Recordings without what tells one machine from another.
//!
//! In a first pass, the values to be replaced are found: by the names of their
//! properties, and by their shape. Each gets a replacement made from itself and a
//! seed, and in a second pass takes its place wherever it stands: in values, keys,
//! paths, and texts such as UEFI device paths, in every spelling.

mod find;
mod identity;
mod keys;
mod literals;
mod pseudonym;
mod rewrite;
mod shapes;
#[cfg(test)]
mod tests;
mod vocabulary;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::redfish::{PathError, ResourcePath};

use find::Finder;
use rewrite::Rewriter;

/// How values are replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anonymizer {
    /// What replacements are made from, beside the values. The same value and seed
    /// give the same replacement in every recording.
    pub seed: String,
    /// Whether MACs keep their first half, which names the manufacturer.
    pub keep_oui: bool,
}

/// Documents with replaced values.
#[derive(Clone, Debug, PartialEq)]
pub struct Anonymized {
    /// The documents, where they now are.
    pub documents: BTreeMap<ResourcePath, Value>,
    /// How many values were replaced, by their kind: `mac`, `uuid`, `serial`…
    pub replaced: BTreeMap<&'static str, usize>,
}

impl Anonymizer {
    /// Replaces in `documents` all serial numbers, asset tags, UUIDs, MACs, world
    /// wide names, host names and addresses. The same value is replaced by the
    /// same everywhere, two by two, and each by one of its own form.
    ///
    /// # Errors
    /// If a replaced path is none any more.
    pub fn anonymize(
        &self,
        documents: &BTreeMap<ResourcePath, Value>,
    ) -> Result<Anonymized, PathError> {
        let mut finder = Finder::default();
        for (path, body) in documents {
            finder.path(path);
            finder.value(None, body);
        }
        let (identities, vocabulary) = finder.found();
        let mut replaced = BTreeMap::new();
        for identity in &identities {
            *replaced.entry(identity.kind.name()).or_default() += 1;
        }
        let rewriter = Rewriter::new(pseudonym::assign(self, &identities), &vocabulary);
        let documents = documents
            .iter()
            .map(|(path, body)| {
                let path = rewriter.text(None, path.as_str()).parse()?;
                Ok((path, rewriter.value(None, body)))
            })
            .collect::<Result<_, PathError>>()?;
        Ok(Anonymized {
            documents,
            replaced,
        })
    }
}

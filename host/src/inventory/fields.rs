//! Fields of a record, taken from a document one by one, with where each was.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::found::Source;
use super::mac;
use super::read::{count, count32, text};
use crate::redfish::{Document, value_at};

/// A document, or an object within it, of which fields are taken.
pub(super) struct Fields<'a> {
    document: &'a Arc<Document>,
    within: &'a Value,
    /// Where that is; empty for the document.
    at: String,
    sources: &'a mut Vec<Source>,
}

impl<'a> Fields<'a> {
    /// Those of `document`. What is taken is noted in `sources`.
    pub(super) fn of(document: &'a Arc<Document>, sources: &'a mut Vec<Source>) -> Self {
        Self {
            document,
            within: document.body(),
            at: String::new(),
            sources,
        }
    }

    /// Those of what stands in `document` at `at`.
    pub(super) fn within(
        document: &'a Arc<Document>,
        at: String,
        within: &'a Value,
        sources: &'a mut Vec<Source>,
    ) -> Self {
        Self {
            document,
            within,
            at,
            sources,
        }
    }

    /// The text at `pointer`, as [`text`] has it.
    pub(super) fn text(&mut self, pointer: &'static str) -> Option<String> {
        self.by(pointer, text)
    }

    /// The number at `pointer`, as [`count`] has it.
    pub(super) fn count(&mut self, pointer: &'static str) -> Option<u64> {
        self.by(pointer, count)
    }

    /// The same of 32 bits.
    pub(super) fn count32(&mut self, pointer: &'static str) -> Option<u32> {
        self.by(pointer, count32)
    }

    /// The first of the values at `pointers` that is a MAC, or why none is.
    pub(super) fn mac(&mut self, pointers: &[&'static str]) -> Result<String, String> {
        let at = |pointer: &&'static str| mac::first([value_at(self.within, pointer)]);
        if let Some((pointer, mac)) = pointers.iter().find_map(|one| Some((one, at(one).ok()?))) {
            self.note(*pointer);
            return Ok(mac);
        }
        mac::first(
            pointers
                .iter()
                .map(|pointer| value_at(self.within, pointer)),
        )
    }

    /// What `read` makes of the value at `pointer`, if anything.
    pub(super) fn by<T>(
        &mut self,
        pointer: &'static str,
        read: impl FnOnce(&'a Value, &str) -> Option<T>,
    ) -> Option<T> {
        let value = read(self.within, pointer)?;
        self.note(pointer);
        Some(value)
    }

    /// Notes that what is at `pointer` was taken.
    pub(super) fn note(&mut self, pointer: impl Into<Cow<'static, str>>) {
        let mut pointer = pointer.into();
        if !self.at.is_empty() {
            pointer = Cow::Owned(format!("{}{pointer}", self.at));
        }
        let is_this =
            |(document, known): &Source| Arc::ptr_eq(document, self.document) && *known == pointer;
        // Only what the same record was made of can be there already.
        if !self.sources.iter().rev().take(16).any(is_this) {
            self.sources.push((Arc::clone(self.document), pointer));
        }
    }
}

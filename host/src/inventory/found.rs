//! A part of the inventory with the values that it was made from.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use crate::enrollment::Reading;
use crate::redfish::Document;

/// A value of a document, by its pointer.
pub(super) type Source = (Arc<Document>, Cow<'static, str>);

/// A part, and what it was made from.
pub(super) struct Found<T> {
    pub(super) value: T,
    sources: Vec<Source>,
    /// Made when a hook asks, once for all hooks.
    readings: OnceLock<Arc<[Reading]>>,
}

impl<T> Found<T> {
    pub(super) fn from(value: T, sources: Vec<Source>) -> Self {
        Self {
            value,
            sources,
            readings: OnceLock::new(),
        }
    }

    /// The values that it was made from.
    pub(super) fn readings(&self) -> Arc<[Reading]> {
        let readings = self.readings.get_or_init(|| {
            let mut last: Option<(&Arc<Document>, Arc<str>)> = None;
            let mut all = Vec::with_capacity(self.sources.len());
            for (document, pointer) in &self.sources {
                let uri = match &last {
                    Some((known, uri)) if Arc::ptr_eq(known, document) => Arc::clone(uri),
                    _ => Arc::from(document.path().as_str()),
                };
                last = Some((document, Arc::clone(&uri)));
                all.push(Reading {
                    document: uri,
                    pointer: pointer.clone(),
                });
            }
            all.into()
        });
        Arc::clone(readings)
    }
}

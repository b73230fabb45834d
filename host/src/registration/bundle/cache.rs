//! Documents that several decisions were of, parsed once.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::redfish::{Document, weight};

/// What kept documents may take in memory, all together.
const MOST: usize = 48 << 20;

/// An evaluation asks for dozens of documents: threads are not to wait for each other.
const SHARES: usize = 8;

/// Documents that were read more than once, by their numbers.
#[derive(Default)]
pub(super) struct Cache([Mutex<Kept>; SHARES]);

#[derive(Default)]
struct Kept {
    documents: HashMap<u32, Arc<Document>>,
    weight: usize,
    /// Those that were read once: most of a fleet never are again.
    seen: HashSet<u32>,
}

impl Cache {
    /// The document `number`, if it is kept.
    pub(super) fn get(&self, number: u32) -> Option<Arc<Document>> {
        self.with(number, |kept| kept.documents.get(&number).cloned())
    }

    /// Keeps `document`, if it was read before. Where there is no more room, it begins
    /// anew.
    pub(super) fn read(&self, number: u32, document: &Arc<Document>) {
        self.with(number, |kept| {
            if kept.seen.insert(number) {
                return;
            }
            let weight = weight(document.body());
            if kept.weight + weight > MOST / SHARES {
                kept.documents.clear();
                kept.weight = 0;
            }
            if weight <= MOST / SHARES
                && kept
                    .documents
                    .insert(number, Arc::clone(document))
                    .is_none()
            {
                kept.weight += weight;
            }
        });
    }

    fn with<T: Default>(&self, number: u32, done: impl FnOnce(&mut Kept) -> T) -> T {
        // There always is one: the place is within bounds.
        self.0
            .get(number as usize % SHARES)
            .map(|share| done(&mut share.lock().unwrap_or_else(PoisonError::into_inner)))
            .unwrap_or_default()
    }
}

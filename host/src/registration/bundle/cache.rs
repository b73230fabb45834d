//! Documents that several decisions were of, parsed once.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::redfish::{Document, weight};

/// What kept documents may take in memory, all together.
const MOST: usize = 48 << 20;

/// Documents that were read more than once, by their numbers.
#[derive(Default)]
pub(super) struct Cache(Mutex<Kept>);

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
        self.with(|kept| kept.documents.get(&number).cloned())
    }

    /// Keeps `document`, if it was read before. Where there is no more room, it begins
    /// anew.
    pub(super) fn read(&self, number: u32, document: &Arc<Document>) {
        self.with(|kept| {
            if kept.seen.insert(number) {
                return;
            }
            let weight = weight(document.body());
            if kept.weight + weight > MOST {
                kept.documents.clear();
                kept.weight = 0;
            }
            if weight <= MOST
                && kept
                    .documents
                    .insert(number, Arc::clone(document))
                    .is_none()
            {
                kept.weight += weight;
            }
        });
    }

    fn with<T>(&self, done: impl FnOnce(&mut Kept) -> T) -> T {
        done(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

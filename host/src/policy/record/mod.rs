//! Recordings: mockups made from what was read of a live service.

mod clean;
mod pages;
mod write;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::anonymize::Anonymizer;
use crate::redfish::{PathError, ReadError, Recorded, ResourcePath, redact};

pub use write::RecordingError;

/// Documents of a service, as a mockup has them.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Each by its path; none is a further page of a collection.
    pub documents: BTreeMap<ResourcePath, Value>,
    /// What could not be read, and is absent in the recording.
    pub unreadable: Vec<ReadError>,
}

impl Recording {
    /// A recording of `reads`: without secrets and entity tags, each collection with
    /// all of its pages. Of nodes and systems, those are members that were read.
    pub fn of(reads: BTreeMap<ResourcePath, Recorded>) -> Self {
        let mut documents = BTreeMap::new();
        let mut unreadable = Vec::new();
        for (path, recorded) in reads {
            match recorded {
                Recorded::Read { mut body } => {
                    redact(&mut body);
                    clean::drop_entity_tags(&mut body);
                    documents.insert(path, body);
                }
                Recorded::Not(error) if error.is_absent() => {}
                Recorded::Not(error) => unreadable.push(error),
            }
        }
        pages::merge(&mut documents);
        pages::keep_what_is_recorded(&mut documents);
        Self {
            documents,
            unreadable,
        }
    }

    /// Replaces what tells the machine from others, and says how many values of
    /// which kind.
    ///
    /// # Errors
    /// If a replaced path is none any more.
    pub fn anonymize(
        &mut self,
        anonymizer: &Anonymizer,
    ) -> Result<BTreeMap<&'static str, usize>, PathError> {
        let anonymized = anonymizer.anonymize(&self.documents)?;
        self.documents = anonymized.documents;
        Ok(anonymized.replaced)
    }

    /// Writes the recording into `directory`, in the layout of DMTF's mockups.
    ///
    /// # Errors
    /// If there is something already, or it cannot be written.
    pub fn write(&self, directory: &Path) -> Result<(), RecordingError> {
        write::write(&self.documents, directory)
    }
}

#[cfg(test)]
mod tests;

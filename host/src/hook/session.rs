//! What all hooks of one evaluation share.

use std::sync::Arc;

use serde_json::Value;

use super::privacy;
use crate::inventory::{Inventory, Subject};
use crate::redfish::{ReadError, Redacted, ResourcePath, Snapshot, redact};

/// One evaluation, as its hooks see it: the node that it is about, its documents
/// without their secrets, and the inventory. Cheap to clone.
#[derive(Clone)]
pub struct Session(Arc<Inner>);

struct Inner {
    subject: Subject,
    snapshot: Arc<Snapshot>,
    inventory: Arc<Inventory>,
    parameters: String,
    composition: Option<String>,
}

impl Session {
    /// An evaluation of `subject` from `snapshot`.
    pub fn new(subject: &Subject, snapshot: Arc<Snapshot>, inventory: Arc<Inventory>) -> Self {
        Self(Arc::new(Inner {
            parameters: Value::Object(subject.parameters.clone()).to_string(),
            composition: subject.composition.clone().map(|mut composition| {
                redact(&mut composition);
                composition.to_string()
            }),
            subject: subject.clone(),
            snapshot,
            inventory,
        }))
    }

    /// The same for a hook whose reads are nobody else's: with a snapshot and an
    /// inventory of its own, beside these.
    pub(crate) fn beside(&self) -> (Self, Arc<Snapshot>) {
        let snapshot = Arc::new(self.0.snapshot.beside());
        let inventory = Arc::new(self.0.subject.inventory(&snapshot));
        let session = Self::new(&self.0.subject, Arc::clone(&snapshot), inventory);
        (session, snapshot)
    }

    /// The node that the evaluation is about.
    pub fn subject(&self) -> &Subject {
        &self.0.subject
    }

    /// What is known of its hardware.
    pub fn inventory(&self) -> &Inventory {
        &self.0.inventory
    }

    pub(super) fn parameters(&self) -> &str {
        &self.0.parameters
    }

    pub(super) fn composition(&self) -> Option<&str> {
        self.0.composition.as_deref()
    }

    pub(super) fn snapshot(&self) -> &Snapshot {
        &self.0.snapshot
    }

    /// Whether hooks of this evaluation may read `path`: not what holds accounts
    /// and keys, and not what belongs to another node.
    pub(crate) fn may_read(&self, path: &ResourcePath) -> bool {
        let subject = self.subject();
        !privacy::forbidden_to_hooks(path)
            && !is_sibling(&subject.system, path)
            && !is_sibling(&subject.node, path)
    }

    /// The document at `path`, without its secrets, and without what a collection of
    /// nodes or systems holds of the others.
    pub(super) async fn document(&self, path: &ResourcePath) -> Result<Arc<Redacted>, ReadError> {
        let document = self.0.snapshot.read_extra(path).await?.redacted();
        let subject = self.subject();
        let has_others = [&subject.system, &subject.node]
            .into_iter()
            .any(|own| is_its_collection(path, own));
        Ok(match has_others {
            true => Arc::new(document.with_bare_members()),
            false => document,
        })
    }
}

fn is_its_collection(path: &ResourcePath, own: &ResourcePath) -> bool {
    let own = own.folded();
    let (collection, _) = own.rsplit_once('/').unwrap_or_default();
    path.folded() == collection
}

/// Whether `path` is, or is below, another member of the collection that `own`
/// is a member of. Escapes and case make no difference: services may not care.
fn is_sibling(own: &ResourcePath, path: &ResourcePath) -> bool {
    let (own, path) = (own.folded(), path.folded());
    let Some((collection, member)) = own.rsplit_once('/') else {
        return false;
    };
    path.strip_prefix(collection)
        .and_then(|below| below.strip_prefix('/'))
        .and_then(|below| below.split('/').next())
        .is_some_and(|other| other != member)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_collection_that_holds_the_others_is_known_however_it_is_spelt() {
        let path = |text: &str| text.parse::<ResourcePath>().unwrap();
        let own = path("/redfish/v1/Systems/1");
        for (other, holds_others) in [
            ("/redfish/v1/Systems", true),
            ("/redfish/v1/s%79stems", true),
            ("/redfish/v1/Systems/1/LogServices", false),
            ("/redfish/v1", false),
        ] {
            assert_eq!(
                is_its_collection(&path(other), &own),
                holds_others,
                "{other}"
            );
        }
    }

    #[test]
    fn only_other_members_of_its_own_collection_are_siblings() {
        let path = |text: &str| text.parse::<ResourcePath>().unwrap();
        let own = path("/redfish/v1/Systems/1");
        for (other, sibling) in [
            ("/redfish/v1/Systems", false),
            ("/redfish/v1/Systems/1", false),
            ("/redfish/v1/Systems/1/Bios", false),
            ("/redfish/v1/Systems/10", true),
            ("/redfish/v1/Systems/2/Bios", true),
            ("/redfish/v1/systems/2", true),
            ("/redfish/v1/S%79stems/2", true),
            ("/redfish/V1/Systems/%31", false),
            ("/redfish/v1/Chassis/2", false),
        ] {
            assert_eq!(is_sibling(&own, &path(other)), sibling, "{other}");
        }
    }
}

//! What all hooks of one evaluation share.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value;

use super::privacy;
use crate::inventory::{Inventory, Subject};
use crate::redfish::{Document, ReadError, ResourcePath, Snapshot};

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
    /// Each document is copied and blanked once, however many hooks read it.
    shown: Mutex<HashMap<ResourcePath, Arc<Shown>>>,
}

/// A document as hooks may see it.
pub(super) struct Shown {
    document: Document,
    links: OnceLock<HashSet<ResourcePath>>,
    weight: OnceLock<usize>,
}

impl Shown {
    pub(super) fn document(&self) -> &Document {
        &self.document
    }

    /// Roughly the bytes that it takes in memory.
    pub(super) fn weight(&self) -> usize {
        let body = self.document.body();
        *self.weight.get_or_init(|| crate::redfish::weight(body))
    }

    /// Whether the document has a reference to `path`.
    pub(super) fn names(&self, path: &ResourcePath) -> bool {
        self.links
            .get_or_init(|| {
                let mut links = HashSet::new();
                collect_links(self.document.body(), &mut links);
                links
            })
            .contains(path)
    }
}

fn collect_links(value: &Value, links: &mut HashSet<ResourcePath>) {
    match value {
        Value::Object(object) => {
            if let Some(Ok(path)) = object
                .get("@odata.id")
                .and_then(Value::as_str)
                .map(str::parse)
            {
                links.insert(path);
            }
            object
                .values()
                .for_each(|inner| collect_links(inner, links));
        }
        Value::Array(values) => values.iter().for_each(|inner| collect_links(inner, links)),
        _ => {}
    }
}

impl Session {
    /// An evaluation of `subject` from `snapshot`.
    pub fn new(subject: &Subject, snapshot: Arc<Snapshot>, inventory: Arc<Inventory>) -> Self {
        Self(Arc::new(Inner {
            parameters: Value::Object(subject.parameters.clone()).to_string(),
            composition: subject.composition.as_ref().map(Value::to_string),
            subject: subject.clone(),
            snapshot,
            inventory,
            shown: Mutex::default(),
        }))
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
    pub(super) fn may_read(&self, path: &ResourcePath) -> bool {
        let subject = self.subject();
        !privacy::forbidden_to_hooks(path)
            && !is_sibling(&subject.system, path)
            && !is_sibling(&subject.node, path)
    }

    /// The document at `path`, without its secrets.
    pub(super) async fn document(&self, path: &ResourcePath) -> Result<Arc<Shown>, ReadError> {
        if let Some(shown) = self.shown().get(path) {
            return Ok(Arc::clone(shown));
        }
        let read = self.0.snapshot.read(path).await?;
        let mut body = read.body().clone();
        privacy::redact(&mut body);
        let shown = Arc::new(Shown {
            document: Document::new(path.clone(), body),
            links: OnceLock::new(),
            weight: OnceLock::new(),
        });
        self.shown().insert(path.clone(), Arc::clone(&shown));
        Ok(shown)
    }

    fn shown(&self) -> std::sync::MutexGuard<'_, HashMap<ResourcePath, Arc<Shown>>> {
        self.0.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
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

    #[test]
    fn links_are_found_at_any_depth() {
        let shown = Shown {
            document: Document::new(
                ResourcePath::root(),
                serde_json::json!({"Links": {"Chassis": [{"@odata.id": "/redfish/v1/Chassis/1/"}]}}),
            ),
            links: OnceLock::new(),
            weight: OnceLock::new(),
        };
        assert!(shown.names(&"/redfish/v1/Chassis/1".parse().unwrap()));
        assert!(!shown.names(&"/redfish/v1/Chassis/2".parse().unwrap()));
    }
}

//! The chassis that a system stands in and the managers that manage it.

use std::sync::Arc;

use super::read::{linked, present, read_all, references};
use crate::redfish::{Document, ReadError, ResourcePath, Snapshot};

/// The managers of `system`.
pub(super) async fn managers(
    snapshot: &Snapshot,
    system: &Document,
) -> Result<Vec<Arc<Document>>, ReadError> {
    let way = Way {
        there: "/Links/ManagedBy",
        all: "/Managers",
        back: "/Links/ManagerForServers",
    };
    way.walk(snapshot, system).await
}

/// The chassis of `system`, without those that contain them.
pub(super) async fn chassis(
    snapshot: &Snapshot,
    system: &Document,
) -> Result<Vec<Arc<Document>>, ReadError> {
    let way = Way {
        there: "/Links/Chassis",
        all: "/Chassis",
        back: "/Links/ComputerSystems",
    };
    way.walk(snapshot, system).await
}

/// How many chassis contain one another at most: a node in a sled in an enclosure
/// in a rack in a row is five.
const DEEPEST: usize = 8;

/// The chassis of `system`, each followed by those that contain it, nearest first,
/// and each once.
pub(super) async fn chassis_around(
    snapshot: &Snapshot,
    system: &Document,
) -> Result<Vec<Arc<Document>>, ReadError> {
    let mut found: Vec<Arc<Document>> = Vec::new();
    for own in chassis(snapshot, system).await? {
        let mut next = Some(own);
        for _ in 0..DEEPEST {
            let Some(chassis) = next else { break };
            if found.iter().any(|known| known.path() == chassis.path()) {
                break;
            }
            next = match chassis.link("/Links/ContainedBy").transpose()? {
                Some(path) => present(snapshot.read(&path).await)?,
                None => None,
            };
            found.push(chassis);
        }
    }
    Ok(found)
}

/// A relation that Redfish writes down at both ends. Some services (Cray's) do
/// at the far end only.
struct Way {
    there: &'static str,
    all: &'static str,
    back: &'static str,
}

impl Way {
    async fn walk(
        &self,
        snapshot: &Snapshot,
        system: &Document,
    ) -> Result<Vec<Arc<Document>>, ReadError> {
        let named = references(system.body(), self.there)?;
        if !named.is_empty() {
            return read_all(snapshot, named).await;
        }
        let Some(root) = present(snapshot.read(&ResourcePath::root()).await)? else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for candidate in linked(snapshot, &root, self.all).await? {
            if references(candidate.body(), self.back)?.contains(system.path()) {
                found.push(candidate);
            }
        }
        Ok(found)
    }
}

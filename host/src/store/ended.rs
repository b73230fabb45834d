//! What has ended long ago, and goes.
//!
//! What stays, however old it is, since somebody may ask for it by its id: the mark on
//! a node in Ironic says of which registration it is.
//! - What is in force or unfinished, and the last registration of each node.
//! - Registrations that failed, for they may have left a node with their mark; until one
//!   after it, of the same node in Ironic, was taken out there.
//!   A request that comes late may leave the mark of one that was undone or taken out,
//!   which nobody knows once that is forgotten: then it is as another Valence's.
//! - Updates that failed, which what their node is compared with takes in, and the last
//!   transition of each registration.
//! - Bulk registrations that were stopped: they are resumed by their id.

use jiff::Timestamp;

use super::pool::arguments;
use super::{Store, StoreError};

/// How many rows go with one statement, but for what goes with them: nobody else is
/// to wait for long.
const AT_ONCE: i64 = 200;

/// Journal, updates and transitions go with their registrations.
const REGISTRATIONS: &str = "DELETE FROM registrations WHERE id IN (SELECT id \
     FROM registrations AS old WHERE old.updated_at < $1 \
     AND old.state IN ('undone', 'removed', 'failed') \
     AND (old.state <> 'failed' OR EXISTS (SELECT 1 FROM registrations AS later \
     WHERE later.ironic_uuid = old.ironic_uuid AND later.node = old.node \
     AND later.state = 'removed' AND later.created_at > old.created_at)) \
     AND (NOT EXISTS (SELECT 1 FROM nodes WHERE nodes.uuid = old.node) \
     OR EXISTS (SELECT 1 FROM registrations AS later WHERE later.node = old.node \
     AND (later.state IN ('intended', 'applying', 'complete', 'removing') \
     OR later.epoch > old.epoch \
     OR later.epoch = old.epoch AND later.created_at > old.created_at))) \
     ORDER BY old.updated_at, old.created_at LIMIT $2)";

const UPDATES: &str = "DELETE FROM updates WHERE id IN (SELECT id FROM updates \
     WHERE state IN ('done', 'undone') AND updated_at < $1 LIMIT $2)";

const TRANSITIONS: &str = "DELETE FROM transitions WHERE id IN (SELECT id \
     FROM transitions AS old WHERE old.state <> 'running' AND old.updated_at < $1 \
     AND EXISTS (SELECT 1 FROM transitions AS later \
     WHERE later.registration = old.registration \
     AND later.created_at > old.created_at) LIMIT $2)";

/// Their nodes go with them.
const BULKS: &str = "DELETE FROM bulks WHERE id IN (SELECT id FROM bulks \
     WHERE state = 'done' AND updated_at < $1 LIMIT $2)";

impl Store {
    /// Forgets what ended before `before`. Gives how many records that were.
    pub async fn forget_ended(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut gone = 0;
        for (sql, at_once) in [
            (REGISTRATIONS, AT_ONCE),
            (UPDATES, AT_ONCE),
            (TRANSITIONS, AT_ONCE),
            // Of thousands of nodes, some of them.
            (BULKS, 1),
        ] {
            loop {
                match self.pool.execute(sql, arguments![before, at_once]).await? {
                    0 => break,
                    some => gone += some,
                }
            }
        }
        Ok(gone)
    }
}

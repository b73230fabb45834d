//! What Valence remembers: pod managers, nodes, registrations and their journal,
//! in SQLite or PostgreSQL.
//!
//! Both get the same queries, in sqlx's unchecked form with `$n`, over columns of
//! text, 64-bit integers and bytes; `sqlite.rs` and `postgres.rs` hold what
//! differs. No secret is stored in clear: passwords are sealed with a key that is
//! kept in a file of its own, never in the database.

mod backlog;
mod bmcs;
mod bulk_items;
mod bulks;
mod compositions;
mod decisions;
mod ended;
mod entries;
mod error;
mod flavors;
mod journal;
mod key_file;
mod leases;
mod lent;
mod migrations;
mod nodes;
mod open;
mod over;
mod pod_managers;
mod pool;
mod postgres;
mod registrations;
mod replicas;
mod reseal;
mod row;
mod seal;
mod sqlite;
#[cfg(test)]
pub(crate) mod tests;
mod transitions;
mod updates;

pub use bulk_items::{BulkItem, ItemState};
pub use bulks::{Bulk, BulkState, Tally};
pub use decisions::{Decision, DecisionKind, Document};
pub use error::StoreError;
pub use journal::{Moment, Step};
pub use leases::{For, Hold, Lease, Leased, Work};
pub use open::Store;
pub use registrations::{Registration, RegistrationState};
pub use replicas::Replica;
pub use row::now;
pub use seal::Purpose;
pub use transitions::{Transition, TransitionState};
pub use updates::{Update, UpdateState};

/// `value` as JSON, for a column.
fn written<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt {
        column: "json",
        reason: error.to_string(),
    })
}

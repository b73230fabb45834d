//! Registrations of many nodes: what was asked for, and how far it is.

use std::collections::HashMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::pool::arguments;
use super::row::{Row, now};
use super::{BulkItem, ItemState, Store, StoreError, Work};

/// How far a bulk registration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BulkState {
    /// Under way, or to be gone on with at the next start.
    Running,
    /// Somebody has stopped it; it can be resumed.
    Stopped,
    /// Every node of it has been tried.
    Done,
}

impl BulkState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Running, Self::Stopped, Self::Done];

    /// The name in the database and in replies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Done => "done",
        }
    }
}

/// A request to register many nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulk {
    /// Its identity.
    pub id: Uuid,
    /// How far it is.
    pub state: BulkState,
    /// Which nodes were asked for, as JSON.
    pub selector: String,
    /// Fields of Ironic's node for each of them, as JSON. They hold no secret.
    pub parameters: String,
    /// How to register, as JSON.
    pub options: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When its state last changed.
    pub updated_at: Timestamp,
}

/// How many nodes of a bulk registration are how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Not begun.
    pub waiting: u64,
    /// Under way.
    pub running: u64,
    /// Registered.
    pub done: u64,
    /// Not registered.
    pub failed: u64,
}

pub(super) const RUNNING: &str =
    "SELECT * FROM bulks WHERE state = 'running' ORDER BY created_at, id";

impl Store {
    /// Puts a new one on record, with all of its nodes, of which none has been begun.
    pub async fn insert_bulk(&self, new: &Bulk, items: &[BulkItem]) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        transaction
            .execute(
                "INSERT INTO bulks (id, state, selector, parameters, options, created_at, \
                 updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                arguments![
                    new.id,
                    new.state.name(),
                    new.selector.as_str(),
                    new.parameters.as_str(),
                    new.options.as_str(),
                    new.created_at,
                    new.updated_at,
                ],
            )
            .await?;
        for item in items {
            transaction
                .execute(
                    "INSERT INTO bulk_items (bulk, place, name, node, pod_manager, state) \
                     VALUES ($1, $2, $3, $4, $5, $6)",
                    arguments![
                        new.id,
                        i64::from(item.place),
                        item.name.as_str(),
                        item.node,
                        item.pod_manager,
                        item.state.name(),
                    ],
                )
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// The one with this id.
    pub async fn bulk(&self, id: Uuid) -> Result<Bulk, StoreError> {
        let sql = "SELECT * FROM bulks WHERE id = $1";
        let rows = self.pool.rows(sql, arguments![id]).await?;
        rows.first().map(read).unwrap_or_else(|| {
            Err(StoreError::NotFound {
                what: "bulk registration",
                wanted: id.to_string(),
            })
        })
    }

    /// All of them, the newest first, with how far they are.
    pub async fn bulks(&self) -> Result<Vec<(Bulk, Tally)>, StoreError> {
        let sql = "SELECT * FROM bulks ORDER BY created_at DESC, id";
        let rows = self.pool.rows(sql, arguments![]).await?;
        let sql = "SELECT bulk, state, COUNT(*) AS number FROM bulk_items GROUP BY bulk, state";
        let counted = self.pool.rows(sql, arguments![]).await?;
        let mut tallies: HashMap<Uuid, Tally> = HashMap::new();
        for row in &counted {
            tallies.entry(row.uuid("bulk")?).or_default().add(row)?;
        }
        rows.iter()
            .map(|row| {
                let bulk = read(row)?;
                let tally = tallies.remove(&bulk.id).unwrap_or_default();
                Ok((bulk, tally))
            })
            .collect()
    }

    /// Those that are running, the oldest first.
    pub async fn running_bulks(&self) -> Result<Vec<Bulk>, StoreError> {
        let rows = self.pool.rows(RUNNING, arguments![]).await?;
        rows.iter().map(read).collect()
    }

    /// How many of its nodes are how far.
    pub async fn tally(&self, bulk: Uuid) -> Result<Tally, StoreError> {
        let sql = "SELECT state, COUNT(*) AS number FROM bulk_items WHERE bulk = $1 GROUP BY state";
        let mut tally = Tally::default();
        for row in &self.pool.rows(sql, arguments![bulk]).await? {
            tally.add(row)?;
        }
        Ok(tally)
    }

    /// It is stopped from now on, if it was running.
    pub async fn stop_bulk(&self, id: Uuid) -> Result<(), StoreError> {
        let sql = "UPDATE bulks SET state = 'stopped', updated_at = $2 \
                   WHERE id = $1 AND state = 'running'";
        self.pool.execute(sql, arguments![id, now()]).await?;
        Ok(())
    }

    /// It is `state` from now on.
    pub async fn set_bulk_state(&self, id: Uuid, state: BulkState) -> Result<(), StoreError> {
        let sql = "UPDATE bulks SET state = $2, updated_at = $3 WHERE id = $1";
        let arguments = arguments![id, state.name(), now()];
        let mut transaction = self.begin_under(Work::Bulk(id)).await?;
        transaction.execute(sql, arguments).await?;
        Ok(transaction.commit().await?)
    }
}

impl Tally {
    /// All nodes.
    pub fn total(self) -> u64 {
        self.waiting + self.running + self.done + self.failed
    }

    fn add(&mut self, row: &Row) -> Result<(), StoreError> {
        let number = u64::from(row.number("number")?);
        match row.parsed("state", ItemState::parse)? {
            ItemState::Waiting => self.waiting += number,
            ItemState::Running => self.running += number,
            ItemState::Done => self.done += number,
            ItemState::Failed => self.failed += number,
        }
        Ok(())
    }
}

fn read(row: &Row) -> Result<Bulk, StoreError> {
    Ok(Bulk {
        id: row.uuid("id")?,
        state: row.parsed("state", |text| {
            BulkState::ALL
                .into_iter()
                .find(|state| state.name() == text)
        })?,
        selector: row.text("selector")?,
        parameters: row.text("parameters")?,
        options: row.text("options")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

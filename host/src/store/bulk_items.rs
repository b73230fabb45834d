//! The nodes of bulk registrations, and what became of each.

use jiff::Timestamp;
use uuid::Uuid;

use super::pool::arguments;
use super::row::{Row, now};
use super::{BulkState, Store, StoreError, Work};

/// How far a node of a bulk registration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemState {
    /// Not begun.
    Waiting,
    /// Under way, or cut off.
    Running,
    /// Registered.
    Done,
    /// Not registered.
    Failed,
}

impl ItemState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Running, Self::Done, Self::Failed];

    /// The name in the database and in replies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == text)
    }
}

/// One node of a bulk registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkItem {
    /// Where it stands in the list, from 0.
    pub place: u32,
    /// What it is called, or what was asked for where there is no such node.
    pub name: String,
    /// The node's uuid; none where there is no such node.
    pub node: Option<Uuid>,
    /// What it is behind; none where there is no such node.
    pub pod_manager: Option<Uuid>,
    /// How far it is.
    pub state: ItemState,
    /// What became of it, as JSON.
    pub result: Option<String>,
    /// When it was begun last.
    pub begun: Option<Timestamp>,
    /// Which of the bulk's it was to end, from 1; none while it has not.
    pub ended: Option<i64>,
}

impl Store {
    /// The nodes of a bulk registration, in their order.
    pub async fn bulk_items(&self, bulk: Uuid) -> Result<Vec<BulkItem>, StoreError> {
        let sql = "SELECT * FROM bulk_items WHERE bulk = $1 ORDER BY place";
        let rows = self.pool.rows(sql, arguments![bulk]).await?;
        rows.iter().map(read).collect()
    }

    /// Those that ended after the one whose `ended` is `after`, as they did.
    pub async fn ended_after(&self, bulk: Uuid, after: i64) -> Result<Vec<BulkItem>, StoreError> {
        let sql = "SELECT * FROM bulk_items WHERE bulk = $1 AND ended > $2 ORDER BY ended";
        let rows = self.pool.rows(sql, arguments![bulk, after]).await?;
        rows.iter().map(read).collect()
    }

    /// This one is under way from now on, unless the bulk registration was stopped:
    /// gives whether it is.
    pub async fn begin_item(&self, bulk: Uuid, place: u32) -> Result<bool, StoreError> {
        let sql = "UPDATE bulk_items SET state = 'running', result = NULL, begun = $3, \
                   ended = NULL WHERE bulk = $1 AND place = $2 AND EXISTS \
                   (SELECT 1 FROM bulks WHERE id = $1 AND state = 'running')";
        let arguments = arguments![bulk, i64::from(place), now()];
        let mut transaction = self.begin_under(Work::Bulk(bulk)).await?;
        let touched = transaction.execute(sql, arguments).await?;
        transaction.commit().await?;
        Ok(touched > 0)
    }

    /// This one has ended so, after all that had ended before.
    pub async fn end_item(
        &self,
        bulk: Uuid,
        place: u32,
        state: ItemState,
        result: &str,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE bulk_items SET state = $3, result = $4, \
                   ended = (SELECT COALESCE(MAX(ended), 0) + 1 FROM bulk_items WHERE bulk = $1) \
                   WHERE bulk = $1 AND place = $2";
        let arguments = arguments![bulk, i64::from(place), state.name(), result];
        let mut transaction = self.begin_under(Work::Bulk(bulk)).await?;
        transaction.execute(sql, arguments).await?;
        Ok(transaction.commit().await?)
    }

    /// The bulk registration goes on: with what had not been begun, what was cut off,
    /// and what had failed.
    pub async fn resume_bulk(&self, bulk: Uuid) -> Result<(), StoreError> {
        let mut transaction = self.begin_under(Work::Bulk(bulk)).await?;
        transaction
            .execute(
                "UPDATE bulk_items SET state = 'waiting', result = NULL, ended = NULL \
                 WHERE bulk = $1 AND state = 'failed'",
                arguments![bulk],
            )
            .await?;
        transaction
            .execute(
                "UPDATE bulks SET state = $2, updated_at = $3 WHERE id = $1",
                arguments![bulk, BulkState::Running.name(), now()],
            )
            .await?;
        Ok(transaction.commit().await?)
    }
}

fn read(row: &Row) -> Result<BulkItem, StoreError> {
    Ok(BulkItem {
        place: row.number("place")?,
        name: row.text("name")?,
        node: row.optional_uuid("node")?,
        pod_manager: row.optional_uuid("pod_manager")?,
        state: row.parsed("state", ItemState::parse)?,
        result: row.get("result")?,
        begun: row
            .get::<Option<i64>>("begun")?
            .and_then(|at| Timestamp::from_microsecond(at).ok()),
        ended: row.get("ended")?,
    })
}

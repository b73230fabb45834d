//! The journal: what was about to be done in Ironic, and how it went.

use jiff::Timestamp;
use uuid::Uuid;

use super::entries::Entry;
use super::pool::arguments;
use super::row::Row;
use super::{Store, StoreError, Work};

/// On which side of a request to Ironic an entry was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It is about to be sent.
    Before,
    /// Its outcome is known.
    After,
}

impl Moment {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Before, Self::After];

    /// The name in the database and in replies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// One entry of a registration's journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which step, in the words of whoever took it.
    pub step: String,
    /// On which side of the request it was written.
    pub moment: Moment,
    /// What is to be known about it, as JSON.
    pub detail: String,
    /// When it was written, by the database's clock.
    pub at: Timestamp,
}

impl Store {
    /// Adds an entry to the journal of a registration of `node`. It is on the disk
    /// when this returns. Without the node's lease nothing is written.
    pub async fn record_step(
        &self,
        node: Uuid,
        registration: Uuid,
        step: &str,
        moment: Moment,
        detail: &str,
    ) -> Result<(), StoreError> {
        self.write_entry(Entry {
            fence: self.fence(Work::Node(node))?,
            registration,
            step: step.to_owned(),
            moment,
            detail: detail.to_owned(),
        })
        .await
    }

    /// A registration's journal, in the order in which it was written.
    pub async fn steps(&self, registration: Uuid) -> Result<Vec<Step>, StoreError> {
        let sql = "SELECT * FROM steps WHERE registration = $1 ORDER BY seq";
        let rows = self.pool.rows(sql, arguments![registration]).await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<Step, StoreError> {
    Ok(Step {
        step: row.text("step")?,
        moment: row.parsed("moment", |text| {
            [Moment::Before, Moment::After]
                .into_iter()
                .find(|moment| moment.name() == text)
        })?,
        detail: row.text("detail")?,
        at: row.time("at")?,
    })
}

//! Writing the journal: entries that want to be written at the same time are, with
//! one statement that is on the disk once for all of them.
//!
//! Whoever comes first writes for all who have come by then; those who come while
//! that goes on wait, and the first of them writes for the next ones.

use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::oneshot::{self, error::TryRecvError};
use uuid::Uuid;

use super::leases::Fence;
use super::pool::{Argument, Dialect, Pool, arguments};
use super::{Moment, Store, StoreError, postgres, sqlite};
use crate::telemetry;

/// As many as one statement writes.
const MOST: usize = 16;

/// The statement for so many entries, less one, on a database of this dialect. Each
/// entry is written only if its fence stands, which it does then until all of them are on
/// the disk. It is dated by the database's clock.
fn inserts(Dialect { lock, clock, .. }: &Dialect) -> Vec<String> {
    let row = |n: usize| {
        let columns = (1..=7).map(|column| format!("${}", n * 7 + column));
        format!("({})", columns.collect::<Vec<_>>().join(", "))
    };
    let rows = |number: usize| (0..number).map(row).collect::<Vec<_>>().join(", ");
    (1..=MOST)
        .map(|number| {
            format!(
                "INSERT INTO steps (registration, step, moment, detail, at) \
                 SELECT column1, column2, column3, column4, ({clock}) \
                 FROM (VALUES {}) AS entries WHERE EXISTS (SELECT 1 FROM leases \
                 WHERE work = column5 AND owner = column6 AND epoch = column7{lock})",
                rows(number)
            )
        })
        .collect()
}

/// Made once for each database.
static INSERTS: [LazyLock<Vec<String>>; 2] = [
    LazyLock::new(|| inserts(&sqlite::DIALECT)),
    LazyLock::new(|| inserts(&postgres::DIALECT)),
];

/// What is to be written.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) fence: Fence,
    pub(super) registration: Uuid,
    pub(super) step: String,
    pub(super) moment: Moment,
    pub(super) detail: String,
}

/// Entries that nobody has begun to write.
#[derive(Default)]
pub(super) struct Entries {
    waiting: Mutex<Vec<Waiting>>,
    /// Held by whoever writes.
    writing: tokio::sync::Mutex<()>,
}

struct Waiting {
    entry: Entry,
    written: oneshot::Sender<Result<(), StoreError>>,
}

impl Entries {
    fn add(&self, entry: Entry) -> oneshot::Receiver<Result<(), StoreError>> {
        let (written, told) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(Waiting { entry, written });
        told
    }

    /// The first of them, in the order in which they came.
    fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let some = waiting.len().min(MOST);
        waiting.drain(..some).collect()
    }
}

impl Store {
    /// Adds an entry, and returns when it is on the disk.
    pub(super) async fn write_entry(&self, entry: Entry) -> Result<(), StoreError> {
        let mut told = self.entries.add(entry.clone());
        // Steps that go out side by side want theirs written at this moment too.
        tokio::task::yield_now().await;
        // Whoever was at it may have been dropped half-way. Twice does no harm.
        let _turn = tokio::select! {
            biased;
            result = &mut told => match result {
                Ok(result) => return result,
                Err(_) => return self.insert(&[&entry]).await,
            },
            turn = self.entries.writing.lock() => turn,
        };
        loop {
            match told.try_recv() {
                Ok(result) => return result,
                Err(TryRecvError::Empty) => self.write_together(self.entries.take()).await,
                Err(TryRecvError::Closed) => return self.insert(&[&entry]).await,
            }
        }
    }

    async fn write_together(&self, all: Vec<Waiting>) {
        let entries: Vec<_> = all.iter().map(|waiting| &waiting.entry).collect();
        let together = self.insert(&entries).await;
        for Waiting { entry, written } in all {
            let result = match &together {
                Ok(()) => Ok(()),
                // One that cannot be written is no reason not to write the others.
                Err(_) => self.insert(&[&entry]).await,
            };
            // Nobody waits for that of a request that was dropped.
            let _ = written.send(result);
        }
    }

    async fn insert(&self, entries: &[&Entry]) -> Result<(), StoreError> {
        let [sqlite, postgres] = &INSERTS;
        let all: &'static [String] = match &self.pool {
            Pool::Sqlite(_) => sqlite,
            Pool::Postgres(_) => postgres,
        };
        let Some(sql) = entries.len().checked_sub(1).and_then(|n| all.get(n)) else {
            return Ok(());
        };
        let values = entries.iter().flat_map(|entry| -> Vec<Argument> {
            let mut values = arguments![
                entry.registration,
                entry.step.as_str(),
                entry.moment.name(),
                entry.detail.as_str(),
            ];
            values.extend(entry.fence.arguments());
            values
        });
        let began = Instant::now();
        let written = self.pool.execute(sql, values.collect()).await;
        let outcome = if written.is_ok() { "ok" } else { "failed" };
        telemetry::journal_written(entries.len(), outcome, began.elapsed());
        match (written, entries) {
            (Ok(written), all) if written == all.len() as u64 => Ok(()),
            // Which of several, shows when they are written one by one: twice does
            // no harm.
            (Ok(_), all @ [entry, ..]) => {
                let refused = StoreError::TakenOver {
                    work: entry.fence.work,
                };
                if all.len() == 1 {
                    self.learn_of(&refused, &entry.fence);
                }
                Err(refused)
            }
            (Ok(_), []) => Ok(()),
            (Err(sqlx::Error::Database(refusal)), [entry, ..])
                if refusal.is_foreign_key_violation() =>
            {
                Err(StoreError::NotFound {
                    what: "registration",
                    wanted: entry.registration.to_string(),
                })
            }
            (Err(error), _) => Err(error.into()),
        }
    }
}

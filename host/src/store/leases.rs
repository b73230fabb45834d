//! Who works on what. Servers that share a database do not work on the same thing
//! at a time, and what one of them was at when it died or was stopped another takes
//! over.
//!
//! A lease is a row with an owner and an epoch. It holds for a term and is renewed
//! while the work goes on; once the term is over anybody may take it, and the epoch
//! rises. Whatever is written for the work is written only as long as the row says
//! owner and epoch still: see [`Fence`].

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use uuid::Uuid;

use super::pool::{Argument, Pool, Transaction, arguments};
use super::row::now;
use super::{Store, StoreError};
use crate::telemetry;

/// How long a lease holds without being renewed.
const TERM: Duration = Duration::from_secs(10);

/// How long the row of a lease that was given back is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// What one server at a time works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Work {
    /// All that is written of the node with this uuid, here and in Ironic.
    Node(Uuid),
    /// Taking a node where this transition says.
    Transition(Uuid),
    /// This bulk registration.
    Bulk(Uuid),
    /// Composing this node and registering it then, in one operation.
    Composition(Uuid),
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(uuid) => write!(f, "node {uuid}"),
            Self::Transition(id) => write!(f, "transition {id}"),
            Self::Bulk(id) => write!(f, "bulk {id}"),
            Self::Composition(node) => write!(f, "composition {node}"),
        }
    }
}

/// Whether a lease could be had.
pub enum Leased {
    /// It is this one.
    Yes(Lease),
    /// This process works on it already, for this one.
    Here(For),
    /// Another server does.
    Elsewhere,
}

impl Leased {
    /// The lease, if it could be had.
    pub fn ok(self) -> Option<Lease> {
        match self {
            Self::Yes(lease) => Some(lease),
            Self::Here(_) | Self::Elsewhere => None,
        }
    }
}

/// For whom this process works on something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// Somebody who waits for it.
    Request,
    /// Nobody: it was left over, or is looked after, and is soon done.
    Background,
}

/// The leases of this process.
pub(super) struct Leases {
    owner: Uuid,
    /// Whether others may take over what is not renewed.
    is_shared: bool,
    held: Mutex<HashMap<Work, Held>>,
}

#[derive(Clone, Copy)]
struct Held {
    /// None: being asked for, or lost.
    epoch: Option<i64>,
    /// Until when nobody else can have it.
    until: Instant,
    whom: For,
}

/// The right to work on something, until it is dropped or lost.
pub struct Lease {
    /// None: it was given back.
    place: Option<Place>,
    work: Work,
    epoch: i64,
    pool: Pool,
    leases: Arc<Leases>,
}

/// The place among those of this process, until it is dropped.
struct Place {
    work: Work,
    leases: Arc<Leases>,
}

/// What the row of a lease must say for a write to happen.
#[derive(Clone)]
pub(super) struct Fence {
    pub(super) work: Work,
    pub(super) owner: Uuid,
    pub(super) epoch: i64,
}

impl Fence {
    pub(super) fn arguments(&self) -> Vec<Argument> {
        arguments![self.work.to_string(), self.owner, self.epoch]
    }
}

/// Tells whether a lease is held still.
#[derive(Clone)]
pub struct Hold {
    work: Work,
    epoch: Option<i64>,
    leases: Arc<Leases>,
}

macro_rules! take {
    ($now:literal) => {
        concat!(
            "INSERT INTO leases (work, owner, epoch, expires) VALUES ($1, $2, 1, ",
            $now,
            " + $3) ON CONFLICT (work) DO UPDATE SET owner = excluded.owner, \
             epoch = leases.epoch + 1, expires = excluded.expires \
             WHERE leases.owner IS NULL OR leases.owner = excluded.owner OR leases.expires < ",
            $now,
            " RETURNING epoch"
        )
    };
}

macro_rules! renew {
    ($now:literal) => {
        concat!(
            "UPDATE leases SET expires = ",
            $now,
            " + $4 WHERE work = $1 AND owner = $2 AND epoch = $3"
        )
    };
}

// It waits for nobody: whoever writes for several at once could wait for it.
macro_rules! renew_all {
    ($now:expr, $passing_over:literal) => {
        concat!(
            "UPDATE leases SET expires = ",
            $now,
            " + $2 WHERE work IN (SELECT work FROM leases WHERE owner = $1",
            $passing_over,
            ") RETURNING work, epoch"
        )
    };
}

// What this server has is never over, though where there is no other it is not renewed.
macro_rules! sweep {
    ($now:literal) => {
        concat!(
            "DELETE FROM leases WHERE expires < ",
            $now,
            " - $1 AND (owner IS NULL OR owner <> $2)"
        )
    };
}

macro_rules! clock {
    ($now:literal) => {
        concat!("SELECT ", $now, " AS clock")
    };
}

/// The clock is the database's: those of the servers may differ.
pub(super) use {clock, renew, renew_all, sweep, take};

const GIVE_BACK: &str =
    "UPDATE leases SET owner = NULL WHERE work = $1 AND owner = $2 AND epoch = $3";

impl Leases {
    pub(super) fn new(is_shared: bool) -> Self {
        Self {
            owner: Uuid::new_v4(),
            is_shared,
            held: Mutex::default(),
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Work, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It was renewed when `asked`, unless it was given back meanwhile.
    fn prolong(&self, work: Work, epoch: i64, asked: Instant) {
        if let Some(held) = self.held().get_mut(&work)
            && held.epoch == Some(epoch)
        {
            held.until = asked + TERM;
        }
    }

    /// The place for `work`, unless somebody of this process has it, for this one.
    fn place(self: &Arc<Self>, work: Work, new: Held) -> Result<Place, For> {
        let mut held = self.held();
        if let Some(held) = held.get(&work) {
            return Err(held.whom);
        }
        held.insert(work, new);
        telemetry::leases_held(held.len());
        Ok(Place {
            work,
            leases: Arc::clone(self),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.leases.held();
        held.remove(&self.work);
        telemetry::leases_held(held.len());
    }
}

impl Store {
    /// This process, among those that share the database.
    pub fn replica(&self) -> Uuid {
        self.leases.owner
    }

    /// Whether other servers may share the database.
    pub fn is_shared(&self) -> bool {
        self.leases.is_shared
    }

    /// The right to work on `work`, unless somebody has it.
    pub async fn lease(&self, work: Work) -> Result<Leased, StoreError> {
        self.lease_for(For::Request, work).await
    }

    /// The same, saying for whom that is.
    pub async fn lease_for(&self, whom: For, work: Work) -> Result<Leased, StoreError> {
        let asked = Instant::now();
        let mut held = Held {
            epoch: None,
            until: asked + TERM,
            whom,
        };
        let place = match self.leases.place(work, held) {
            Ok(place) => place,
            Err(whom) => return Ok(Leased::Here(whom)),
        };
        let term = microseconds(TERM);
        let arguments = arguments![work.to_string(), self.leases.owner, term];
        let rows = self.pool.written(self.pool.dialect().take, arguments);
        let rows = rows.await?;
        let Some(row) = rows.first() else {
            return Ok(Leased::Elsewhere);
        };
        let epoch = row.get("epoch")?;
        held.epoch = Some(epoch);
        self.leases.held().insert(work, held);
        Ok(Leased::Yes(Lease {
            place: Some(place),
            work,
            epoch,
            pool: self.pool.clone(),
            leases: Arc::clone(&self.leases),
        }))
    }

    /// Begins a transaction that happens only if `work` is this server's, which it is
    /// then until the end.
    pub(super) async fn begin_under(&self, work: Work) -> Result<Transaction, StoreError> {
        let fence = self.fence(work)?;
        let mut transaction = self.pool.begin().await?;
        match transaction.hold(&fence).await {
            Ok(()) => Ok(transaction),
            Err(error) => {
                self.learn_of(&error, &fence);
                Err(error)
            }
        }
    }

    /// Notes that a lease is lost, where a write was refused for that.
    pub(super) fn learn_of(&self, error: &StoreError, fence: &Fence) {
        let mut all = self.leases.held();
        let same = all.get_mut(&fence.work);
        let held = same.filter(|held| held.epoch == Some(fence.epoch));
        if let (StoreError::TakenOver { .. }, Some(held)) = (error, held) {
            lose(fence.work, held);
        }
    }

    /// Whether `work` is this server's, as far as it knows.
    pub fn still_has(&self, work: Work) -> Result<(), StoreError> {
        self.fence(work).map(drop)
    }

    /// The time by the database's clock, by which entries of the journal, transitions and
    /// what was sent to pod managers are dated: how old such a thing is, only it can tell
    /// where another server has written it.
    pub async fn clock(&self) -> Result<Timestamp, StoreError> {
        let rows = self.pool.rows(self.pool.dialect().clock, arguments![]);
        let rows = rows.await?;
        rows.first()
            .map_or_else(|| Ok(now()), |row| row.time("clock"))
    }

    /// Removes the rows of work that ended long ago.
    pub async fn sweep_leases(&self) -> Result<(), StoreError> {
        let arguments = arguments![microseconds(KEPT), self.leases.owner];
        self.pool
            .execute(self.pool.dialect().sweep, arguments)
            .await?;
        Ok(())
    }

    /// What tells whether the lease on `work` is held still.
    pub fn hold(&self, work: Work) -> Hold {
        let held = self.leases.held();
        Hold {
            work,
            epoch: held.get(&work).and_then(|held| held.epoch),
            leases: Arc::clone(&self.leases),
        }
    }

    /// Gives everything back, for the end of the server: others need not wait for
    /// the end of the terms. Whatever goes on here writes nothing any more.
    pub async fn retire(&self) -> Result<(), StoreError> {
        for held in self.leases.held().values_mut() {
            held.epoch = None;
        }
        let owner = self.leases.owner;
        let sql = "UPDATE leases SET owner = NULL WHERE owner = $1";
        self.pool.execute(sql, arguments![owner]).await?;
        let sql = "DELETE FROM replicas WHERE id = $1";
        self.pool.execute(sql, arguments![owner]).await?;
        Ok(())
    }

    /// What a write for `work` is bound to: it is refused if this process does not
    /// hold the lease.
    pub(super) fn fence(&self, work: Work) -> Result<Fence, StoreError> {
        let held = self.leases.held();
        let epoch = held.get(&work).and_then(|held| held.epoch);
        let owner = self.leases.owner;
        match epoch {
            Some(epoch) => Ok(Fence { work, owner, epoch }),
            None => Err(StoreError::TakenOver { work }),
        }
    }
}

impl Lease {
    /// Gives it back, so that others need not wait for the end of its term.
    pub async fn give_back(mut self) {
        if let Some(giving) = self.leave() {
            giving.await;
        }
    }

    /// Takes it out of those of this process, at once; what is to be done then.
    fn leave(&mut self) -> Option<impl Future<Output = ()> + Send + 'static> {
        drop(self.place.take()?);
        let (work, epoch) = (self.work, self.epoch);
        let (owner, pool) = (self.leases.owner, self.pool.clone());
        Some(async move {
            let arguments = arguments![work.to_string(), owner, epoch];
            if let Err(error) = pool.execute(GIVE_BACK, arguments).await {
                tracing::debug!(%work, %error, "a lease runs out by itself");
            }
        })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(giving) = self.leave()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(giving);
        }
    }
}

impl Hold {
    /// Whether nobody else can have taken the work over by now.
    pub fn is_certain(&self) -> bool {
        let held = self.leases.held();
        held.get(&self.work).is_some_and(|held| {
            self.epoch.is_some()
                && held.epoch == self.epoch
                && (!self.leases.is_shared || Instant::now() < held.until)
        })
    }
}

/// Nothing is written for `work` here any more.
fn lose(work: Work, held: &mut Held) {
    held.epoch = None;
    telemetry::lease_lost();
    tracing::warn!(%work, "another server has taken over what was too long under way here");
}

fn microseconds(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

mod renewing;
#[cfg(test)]
mod tests;

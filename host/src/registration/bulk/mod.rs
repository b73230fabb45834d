//! Registering many nodes: each as [`Registrar::register`] registers one, so many at
//! a time, and so many behind one pod manager. List and results are in the store, so
//! that a start goes on with what the last one left, and a caller can come back.
//!
//! How many requests go to Ironic at a time is the client's own business, which
//! finds out how many it likes.

mod cut_off;
mod follow;
mod request;
mod result;
mod run;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::failure::Failure;
use crate::nodes::{Nodes, PodManagers};
use crate::store::{self, BulkState, Store, Tally};

use super::Registrar;
use run::{Reserved, Run};

pub use follow::{BulkEvent, Follower};
pub(super) use request::refuse_secrets;
pub use request::{BulkRequest, Selection};
pub use result::{BulkItem, BulkResult, Told};

/// Between two looks for what nobody runs.
const OTHERS: Duration = Duration::from_secs(2);

/// How many registrations at a time: `[bulk]` of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BulkLimits {
    /// Of all bulk registrations together; at least one.
    pub concurrency: usize,
    /// Of those, behind one pod manager; at least one.
    pub per_pod_manager: usize,
}

/// A bulk registration, and how far it is.
#[derive(Clone, Debug)]
pub struct Bulk {
    /// As it is on record.
    pub record: store::Bulk,
    /// How many of its nodes are how far.
    pub tally: Tally,
}

/// The bulk registrations.
pub struct Bulks {
    registrar: Arc<Registrar>,
    store: Arc<Store>,
    nodes: Arc<Nodes>,
    pod_managers: Arc<PodManagers>,
    limits: BulkLimits,
    slots: Semaphore,
    services: Mutex<HashMap<Option<Uuid>, Arc<Semaphore>>>,
    running: Mutex<HashMap<Uuid, Arc<Run>>>,
    closing: AtomicBool,
}

impl Bulks {
    /// Those in the store of `registrar`, which registers their nodes.
    pub fn new(registrar: Arc<Registrar>, limits: BulkLimits) -> Self {
        Self {
            store: Arc::clone(&registrar.store),
            nodes: Arc::clone(&registrar.nodes),
            pod_managers: Arc::clone(&registrar.pod_managers),
            registrar,
            limits,
            slots: Semaphore::new(limits.concurrency.max(1)),
            services: Mutex::default(),
            running: Mutex::default(),
            closing: AtomicBool::new(false),
        }
    }

    /// Puts `request` on record and begins with it. Goes on whoever goes away. Gives
    /// it as it is before the first node.
    pub async fn begin(self: &Arc<Self>, request: BulkRequest) -> Result<Bulk, Failure> {
        let (record, items) = self.resolve(&request).await?;
        self.store.insert_bulk(&record, &items).await?;
        tracing::info!(bulk = %record.id, nodes = items.len(), "registering in bulk");
        let bulk = self.get(record.id).await?;
        if let Reserved::New(place) = self.reserve(&record).await? {
            self.start(place);
        }
        Ok(bulk)
    }

    /// Goes on with what of it has not been registered: what was not begun, what was
    /// cut off, and what had failed. One that is under way is let alone. Gives it as it
    /// is before the next node.
    pub async fn resume(self: &Arc<Self>, id: Uuid) -> Result<Bulk, Failure> {
        let record = self.store.bulk(id).await?;
        let place = loop {
            match self.reserve(&record).await? {
                Reserved::New(place) => break place,
                Reserved::Taken(run) if !run.is_ending() => return self.get(id).await,
                // It ends what it has begun.
                Reserved::Taken(run) => run.over().await,
                Reserved::Elsewhere => match self.store.bulk(id).await?.state {
                    BulkState::Running => return self.get(id).await,
                    _ => tokio::time::sleep(OTHERS).await,
                },
            }
        };
        self.store.resume_bulk(id).await?;
        let bulk = self.get(id).await?;
        tracing::info!(bulk = %id, "going on registering in bulk");
        self.start(place);
        Ok(bulk)
    }

    /// Begins with no further node of it. What is under way is ended. That is on record
    /// at once: whatever becomes of this server, the next does not go on.
    pub async fn stop(&self, id: Uuid) -> Result<Bulk, Failure> {
        if let Some(run) = self.run_of(id) {
            run.stop();
        }
        self.store.stop_bulk(id).await?;
        self.get(id).await
    }

    /// The one with this id.
    pub async fn get(&self, id: Uuid) -> Result<Bulk, Failure> {
        let record = self.store.bulk(id).await?;
        let tally = self.store.tally(id).await?;
        Ok(self.as_it_is(record, tally))
    }

    /// One that was stopped is `running` until what it has begun has ended.
    fn as_it_is(&self, mut record: store::Bulk, tally: Tally) -> Bulk {
        if record.state == BulkState::Stopped && self.run_of(record.id).is_some() {
            record.state = BulkState::Running;
        }
        Bulk { record, tally }
    }

    /// All of them, the newest first.
    pub async fn list(&self) -> Result<Vec<Bulk>, Failure> {
        let bulks = self.store.bulks().await?.into_iter();
        Ok(bulks
            .map(|(record, tally)| self.as_it_is(record, tally))
            .collect())
    }

    /// Its nodes, in their order, and what has become of each.
    pub async fn items(&self, id: Uuid) -> Result<Vec<BulkItem>, Failure> {
        let items = self.store.bulk_items(id).await?;
        items.into_iter().map(BulkItem::read).collect()
    }

    /// Goes on with those that the end of another server cuts off, or that came to a
    /// halt here because the store failed.
    pub async fn keep_going_on(self: &Arc<Self>) {
        while !self.is_closing() {
            tokio::time::sleep(OTHERS).await;
            if let Err(failure) = self.go_on().await {
                tracing::error!(error = %failure, "bulk registrations could not be looked for");
            }
        }
    }

    /// Whether somebody goes on with it, or will in a moment.
    pub(super) async fn goes_on(&self, id: Uuid) -> Result<bool, Failure> {
        Ok(self.store.bulk(id).await?.state == BulkState::Running && !self.is_closing())
    }

    /// Goes on with those that are running by the record, and nowhere else.
    pub async fn go_on(self: &Arc<Self>) -> Result<(), Failure> {
        for record in self.store.running_bulks().await? {
            if self.is_closing() {
                break;
            }
            match self.reserve(&record).await {
                Ok(Reserved::New(place)) => {
                    tracing::info!(bulk = %record.id, "going on registering in bulk");
                    self.start(place);
                }
                Ok(Reserved::Taken(_) | Reserved::Elsewhere) => {}
                // The others go on.
                Err(failure) => {
                    tracing::error!(bulk = %record.id, error = %failure, "a bulk registration cannot be gone on with");
                }
            }
        }
        Ok(())
    }

    /// Begins with no further node of any; the next start goes on. For the end of the
    /// server.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    /// Waits until everything that was begun has ended.
    pub async fn closed(&self) {
        self.close();
        let runs: Vec<_> = self.runs().values().map(Arc::clone).collect();
        for run in runs {
            run.over().await;
        }
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    fn runs(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Run>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run_of(&self, id: Uuid) -> Option<Arc<Run>> {
        self.runs().get(&id).map(Arc::clone)
    }

    /// What bounds the registrations behind one pod manager.
    fn service(&self, pod_manager: Option<Uuid>) -> Arc<Semaphore> {
        let mut services = self.services.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Semaphore::new(self.limits.per_pod_manager.max(1)));
        Arc::clone(services.entry(pod_manager).or_insert_with(new))
    }
}

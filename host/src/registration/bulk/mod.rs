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

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::failure::Failure;
use crate::nodes::{Nodes, PodManagers};
use crate::store::{self, BulkState, Store, Tally};

use super::Registrar;
use run::Run;

pub use follow::{BulkEvent, Follower};
pub use request::{BulkRequest, Selection};
pub use result::{BulkItem, BulkResult, Told};

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
        self.start(&record)?;
        Ok(bulk)
    }

    /// Goes on with what of it has not been registered: what was not begun, what was
    /// cut off, and what had failed. One that is under way is let alone. Gives it as it
    /// is before the next node.
    pub async fn resume(self: &Arc<Self>, id: Uuid) -> Result<Bulk, Failure> {
        let record = self.store.bulk(id).await?;
        while let Some(run) = self.run_of(id) {
            if !run.is_stopping() {
                return self.get(id).await;
            }
            // It ends what it has begun.
            run.over().await;
        }
        self.store.resume_bulk(id).await?;
        tracing::info!(bulk = %id, "going on registering in bulk");
        let bulk = self.get(id).await?;
        self.start(&record)?;
        Ok(bulk)
    }

    /// Begins with no further node of it. What is under way is ended.
    pub async fn stop(&self, id: Uuid) -> Result<Bulk, Failure> {
        let bulk = self.get(id).await?;
        match self.run_of(id) {
            Some(run) => run.stop(),
            // To be gone on with, but this server is about to end.
            None if bulk.record.state == BulkState::Running => {
                self.store.set_bulk_state(id, BulkState::Stopped).await?;
            }
            None => {}
        }
        self.get(id).await
    }

    /// The one with this id.
    pub async fn get(&self, id: Uuid) -> Result<Bulk, Failure> {
        Ok(Bulk {
            record: self.store.bulk(id).await?,
            tally: self.store.tally(id).await?,
        })
    }

    /// All of them, the newest first.
    pub async fn list(&self) -> Result<Vec<Bulk>, Failure> {
        let bulks = self.store.bulks().await?.into_iter();
        Ok(bulks
            .map(|(record, tally)| Bulk { record, tally })
            .collect())
    }

    /// Its nodes, in their order, and what has become of each.
    pub async fn items(&self, id: Uuid) -> Result<Vec<BulkItem>, Failure> {
        let items = self.store.bulk_items(id).await?;
        items.into_iter().map(BulkItem::read).collect()
    }

    /// Goes on with those that the last end of a server cut off.
    pub async fn go_on(self: &Arc<Self>) -> Result<(), Failure> {
        for (record, _) in self.store.bulks().await? {
            if record.state == BulkState::Running {
                tracing::info!(bulk = %record.id, "going on registering in bulk");
                self.start(&record)?;
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

//! One bulk registration under way: a lane for each pod manager, all of them side
//! by side.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::join_all;
use tokio::sync::watch;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::enrollment::Object;
use crate::failure::Failure;
use crate::store::{self, BulkItem, BulkState, ItemState, Lease, Leased, Work};

use super::super::RegisterOptions;
use super::{BulkResult, Bulks};

/// A bulk registration that is under way.
pub(super) struct Run {
    id: Uuid,
    parameters: Object,
    options: RegisterOptions,
    stopping: AtomicBool,
    /// What became of a node could not be put on record.
    halted: AtomicBool,
    /// Counts what has ended; closed when all has.
    ended: watch::Sender<u64>,
    /// One is put on record as ended at a time, for they are numbered.
    ending: tokio::sync::Mutex<()>,
    /// Given back when it is over.
    lease: Mutex<Option<Lease>>,
}

impl Run {
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Whether no further node of it is to be begun here.
    pub(super) fn is_ending(&self) -> bool {
        self.is_stopping() || self.halted.load(Ordering::Relaxed)
    }

    /// Changes whenever a node has ended, and is closed at the end.
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.ended.subscribe()
    }

    /// Waits until it is over.
    pub(super) async fn over(self: Arc<Self>) {
        let mut ended = self.watch();
        // Held, it would never be closed.
        drop(self);
        while ended.changed().await.is_ok() {}
    }
}

/// What came of asking for the place of a run.
pub(super) enum Reserved {
    /// It is this one, to be started.
    New(Place),
    /// This one has it.
    Taken(Arc<Run>),
    /// Another server runs it.
    Elsewhere,
}

/// The place of a run that has not begun. Whoever drops it, because a caller has gone,
/// gives it up: nobody else could begin or take over what nobody runs.
pub(super) struct Place {
    bulks: Arc<Bulks>,
    run: Option<Arc<Run>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(run) = self.run.take() {
            drop(self.bulks.take_out(&run));
        }
    }
}

/// Until the one who has just taken the place of a run has it in the list.
const SOON: Duration = Duration::from_millis(5);

impl Bulks {
    /// The place of the one that runs `record`, which is given to one at a time.
    pub(super) async fn reserve(
        self: &Arc<Self>,
        record: &store::Bulk,
    ) -> Result<Reserved, Failure> {
        let lease = loop {
            if let Some(run) = self.run_of(record.id) {
                return Ok(Reserved::Taken(run));
            }
            match self.store.lease(Work::Bulk(record.id)).await? {
                Leased::Yes(lease) => break lease,
                Leased::Here(_) => tokio::time::sleep(SOON).await,
                Leased::Elsewhere => return Ok(Reserved::Elsewhere),
            }
        };
        let run = Arc::new(Run {
            id: record.id,
            parameters: serde_json::from_str(&record.parameters).map_err(Failure::internal)?,
            options: serde_json::from_str(&record.options).map_err(Failure::internal)?,
            stopping: AtomicBool::new(false),
            halted: AtomicBool::new(false),
            ended: watch::Sender::new(0),
            ending: tokio::sync::Mutex::default(),
            lease: Mutex::new(Some(lease)),
        });
        self.runs().insert(record.id, Arc::clone(&run));
        Ok(Reserved::New(Place {
            bulks: Arc::clone(self),
            run: Some(run),
        }))
    }

    /// Gives up the place of `run`. What is left is its lease.
    fn take_out(&self, run: &Run) -> Option<Lease> {
        self.runs().remove(&run.id);
        let mut lease = run.lease.lock().unwrap_or_else(PoisonError::into_inner);
        lease.take()
    }

    /// Begins with the bulk registration that `place` was reserved for, or goes on with it.
    pub(super) fn start(self: &Arc<Self>, mut place: Place) {
        let Some(run) = place.run.take() else { return };
        let bulks = Arc::clone(self);
        let span = tracing::info_span!("bulk", id = %run.id);
        let work = async move {
            if let Err(failure) = bulks.run(&run).await {
                tracing::error!(error = %failure, source = failure.source.as_deref(), "a bulk registration came to a halt, and is gone on with in a moment");
            }
            if let Some(lease) = bulks.take_out(&run) {
                lease.give_back().await;
            }
        };
        tokio::spawn(work.instrument(span));
    }

    async fn run(self: &Arc<Self>, run: &Arc<Run>) -> Result<(), Failure> {
        let mut lanes: BTreeMap<Option<Uuid>, Vec<BulkItem>> = BTreeMap::new();
        for item in self.store.bulk_items(run.id).await? {
            if matches!(item.state, ItemState::Waiting | ItemState::Running) {
                lanes.entry(item.pod_manager).or_default().push(item);
            }
        }
        let lanes = lanes.into_values().map(|lane| async {
            let each = futures::stream::iter(lane).map(|item| self.when_free(run, item));
            let each = each.buffer_unordered(self.limits.per_pod_manager.max(1));
            // To the end: what is under way goes on, and is to be put on record.
            let failures = each.filter_map(|ended| async { ended.err() });
            failures.collect::<Vec<_>>().await
        });
        if let Some(failure) = join_all(lanes).await.into_iter().flatten().next() {
            return Err(failure);
        }
        let tally = self.store.tally(run.id).await?;
        // What was cut off and did not get its turn is `running` still.
        let state = match tally.waiting + tally.running {
            0 => BulkState::Done,
            // The next start goes on, unless somebody has stopped it.
            _ if self.is_closing() && !run.is_stopping() => return Ok(()),
            _ => BulkState::Stopped,
        };
        self.store.set_bulk_state(run.id, state).await?;
        let (done, failed) = (tally.done, tally.failed);
        let waiting = tally.waiting + tally.running;
        tracing::info!(
            state = state.name(),
            done,
            failed,
            waiting,
            "bulk registration ended"
        );
        Ok(())
    }

    /// Registers one node when its turn comes. Fails only if that cannot be put on
    /// record: then no further one is begun.
    async fn when_free(self: &Arc<Self>, run: &Arc<Run>, item: BulkItem) -> Result<(), Failure> {
        let ended = self.in_its_place(run, item).await;
        if ended.is_err() {
            run.halted.store(true, Ordering::Relaxed);
        }
        ended
    }

    async fn in_its_place(self: &Arc<Self>, run: &Arc<Run>, item: BulkItem) -> Result<(), Failure> {
        let service = self.service(item.pod_manager);
        // In this order: who waits for its pod manager is in nobody's way. Neither
        // is ever closed.
        let _service = service.acquire().await;
        let _slot = self.slots.acquire().await;
        if run.is_ending() || self.is_closing() {
            return Ok(());
        }
        if !self.store.begin_item(run.id, item.place).await? {
            // By way of another server.
            run.stop();
            return Ok(());
        }
        let (bulks, run, place) = (Arc::clone(self), Arc::clone(run), item.place);
        let task = {
            let (bulks, run) = (Arc::clone(&bulks), Arc::clone(&run));
            tokio::spawn(async move { bulks.one(&run, item).await }.in_current_span())
        };
        let result = match task.await.map_err(Failure::internal) {
            Ok(Ok(result)) => result,
            Ok(Err(failure)) | Err(failure) => {
                let source = failure.source.as_deref();
                tracing::warn!(place, error = %failure, source, "not registered");
                BulkResult::Failed(failure.into())
            }
        };
        let text = serde_json::to_string(&result).map_err(Failure::internal)?;
        let _one_at_a_time = run.ending.lock().await;
        let state = result.state();
        bulks.store.end_item(run.id, place, state, &text).await?;
        run.ended.send_modify(|ended| *ended += 1);
        Ok(())
    }

    async fn one(&self, run: &Run, item: BulkItem) -> Result<BulkResult, Failure> {
        if item.state == ItemState::Running
            && let Some(done) = self.after_cut_off(&item).await?
        {
            return Ok(done);
        }
        let id = item.node.map_or(item.name, |node| node.to_string());
        let (parameters, options) = (run.parameters.clone(), run.options);
        let registered = self.registrar.register(&id, parameters, options).await?;
        Ok(registered.into())
    }
}

//! The engines that hooks are compiled for and run on.

mod place;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::Semaphore;

use super::cache::{Cache, CacheLimits};
use super::compile::{Compiler, Facts, Workshop};
use super::contract::Contract;
use super::spec::Limits;

pub use place::Allocation;
use place::{LARGE, LARGE_CALLS, POOLED_MEMORY, SMALL, Slots, permits};
pub(super) use place::{Place, compiling, settings_digest};

/// What the engine is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineKind {
    /// A server: memory for so many calls at once is set aside at the start and
    /// used again and again. Further calls wait for their turn.
    Server {
        /// How many calls of small hooks may run at once. Of those that no pool,
        /// or only that for large ones, has room for: at most 8 of each.
        concurrency: u32,
    },
    /// A command that runs once: nothing is set aside, so the first answer comes
    /// soonest.
    Offline,
}

/// How components become code that runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compiling {
    /// Where they are compiled.
    pub compiler: Compiler,
    /// The directory in which compiled code is kept. None: it is not.
    pub cache: Option<PathBuf>,
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The settings of the engine do not work on this machine.
    #[error(
        "the engine for hooks cannot be set up on this machine: it sets memory aside, of which a limit (`ulimit -v`) or a smaller `concurrency` of `[hooks]` leaves enough"
    )]
    SetUp(#[source] anyhow::Error),
    /// Valence's own contract is broken.
    #[error("the hook contract that valence was built with cannot be read")]
    Contract(#[source] anyhow::Error),
}

/// What compiles and runs hooks. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    contract: Contract,
    workshop: Workshop,
    cache: Option<Cache>,
    /// How many calls may run at once; none for commands, which have no pools.
    concurrency: Option<u32>,
    small: OnceLock<Option<Arc<Place>>>,
    large: OnceLock<Option<Arc<Place>>>,
    /// By the size of the stack: wasmtime has it once for a whole engine.
    on_demand: Mutex<BTreeMap<usize, Arc<Place>>>,
    /// For the calls of all of these together; none for commands.
    on_demand_permits: Option<Arc<Semaphore>>,
}

impl Engine {
    /// An engine of the given kind that compiles in this process and keeps no
    /// compiled code: for tests and benchmarks.
    pub fn new(kind: EngineKind) -> Result<Self, EngineError> {
        Self::with(kind, Compiling::default())
    }

    /// An engine of the given kind.
    pub fn with(kind: EngineKind, compiling: Compiling) -> Result<Self, EngineError> {
        let contract = Contract::current().map_err(EngineError::Contract)?;
        let concurrency = match kind {
            EngineKind::Offline => None,
            EngineKind::Server { concurrency } => Some(concurrency.max(1)),
        };
        let stack = Limits::DEFAULT.stack;
        let permits = concurrency.map(|calls| permits(calls.min(LARGE_CALLS)));
        let place = Place::on_demand(stack, permits.clone()).map_err(EngineError::SetUp)?;
        let engine = Self(Arc::new(Inner {
            contract,
            workshop: Workshop::new(compiling.compiler),
            cache: compiling.cache.and_then(|path| cache(&path)),
            concurrency,
            small: OnceLock::new(),
            large: OnceLock::new(),
            on_demand: Mutex::new(BTreeMap::from([(stack, Arc::new(place))])),
            on_demand_permits: permits,
        }));
        // Now, and not while the first hook is waited for.
        engine.pool(Allocation::Small);
        Ok(engine)
    }

    pub(super) fn contract(&self) -> &Contract {
        &self.0.contract
    }

    pub(super) fn workshop(&self) -> &Workshop {
        &self.0.workshop
    }

    pub(super) fn cache(&self) -> Option<&Cache> {
        self.0.cache.as_ref()
    }

    /// The place of this kind, if there is one and a component of which `facts`
    /// are known may belong there.
    pub(super) fn place(
        &self,
        allocation: Allocation,
        limits: &Limits,
        facts: &Facts,
    ) -> Result<Option<Arc<Place>>, EngineError> {
        let slots = match allocation {
            Allocation::Small => &SMALL,
            Allocation::Large => &LARGE,
            Allocation::OnDemand => return self.on_demand(limits.stack).map(Some),
        };
        // What a pool has no room for would end a hook before its limit does, and
        // raising the limit would change nothing.
        let fits = limits.stack == Limits::DEFAULT.stack
            && limits.memory <= POOLED_MEMORY
            && limits.table_elements <= slots.table_elements
            && slots.have_room_for(facts);
        Ok(if fits { self.pool(allocation) } else { None })
    }

    /// The pool of this kind. That for large components is made when the first
    /// of them comes: most sites have none.
    fn pool(&self, allocation: Allocation) -> Option<Arc<Place>> {
        let concurrency = self.0.concurrency?;
        let (pool, slots) = match allocation {
            Allocation::Small => (
                &self.0.small,
                Slots {
                    calls: concurrency,
                    ..SMALL
                },
            ),
            Allocation::Large => (
                &self.0.large,
                Slots {
                    calls: concurrency.min(LARGE_CALLS),
                    ..LARGE
                },
            ),
            Allocation::OnDemand => return None,
        };
        let made = pool.get_or_init(|| match Place::pooled(allocation, &slots) {
            Ok(place) => Some(Arc::new(place)),
            Err(error) => {
                tracing::warn!(
                    pool = ?allocation,
                    error = format!("{error:#}"),
                    "no pool for hooks on this machine: each call allocates its own memory"
                );
                None
            }
        });
        made.clone()
    }

    /// Where everything else is run.
    fn on_demand(&self, stack: usize) -> Result<Arc<Place>, EngineError> {
        let mut places = self
            .0
            .on_demand
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = places.get(&stack) {
            return Ok(Arc::clone(place));
        }
        let permits = self.0.on_demand_permits.clone();
        let place = Place::on_demand(stack, permits).map_err(EngineError::SetUp)?;
        let place = Arc::new(place);
        places.insert(stack, Arc::clone(&place));
        Ok(place)
    }
}

/// The cache at `path`. A server without one is slow to start, and no more.
fn cache(path: &std::path::Path) -> Option<Cache> {
    match Cache::open(path, CacheLimits::default()) {
        Ok(cache) => Some(cache),
        Err(error) => {
            tracing::warn!(
                directory = %path.display(),
                %error,
                "the cache of compiled hooks is not used: each start compiles"
            );
            None
        }
    }
}

#[cfg(test)]
mod tests;

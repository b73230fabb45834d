//! The engines that hooks are compiled for and run on.

use std::collections::BTreeMap;
use std::hash::{Hash as _, Hasher};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use wasmtime::component::{HasSelf, Linker};
use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig, WasmBacktraceDetails,
};

use super::bindings;
use super::cache::{Cache, CacheLimits};
use super::compile::{Compiler, Facts, Workshop};
use super::contract::Contract;
use super::spec::Limits;
use super::state::State;
use crate::text::hexadecimal;

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
    #[error("the engine for hooks cannot be set up on this machine")]
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

/// One engine of wasmtime's with what hooks import.
pub(super) struct Place {
    pub(super) engine: wasmtime::Engine,
    pub(super) linker: Linker<State>,
    /// One permit for each call that may run at once; none where only one does.
    pub(super) permits: Option<Arc<Semaphore>>,
    /// The digest of all settings that compiled code depends on.
    pub(super) settings: String,
    pub(super) allocation: Allocation,
}

/// Where the memory of a call comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Allocation {
    /// A pool for hooks such as Rust's.
    Small,
    /// A pool for those with a whole interpreter in them.
    Large,
    /// The operating system, for each call.
    OnDemand,
}

impl Allocation {
    /// The best first.
    pub(super) const ALL: [Self; 3] = [Self::Small, Self::Large, Self::OnDemand];
}

/// The slots of a pool, and what a component may have to fit into one.
struct Slots {
    calls: u32,
    instances: u32,
    memories: u32,
    tables: u32,
    table_elements: usize,
    /// Bytes of the structures that wasmtime keeps of one component.
    bookkeeping: usize,
    /// What stays resident of a memory between calls, where the kernel can tell
    /// which pages were touched. Where it cannot, keeping them costs more than it
    /// saves.
    kept_resident: usize,
}

/// Rust hooks need four core instances, one memory and two tables.
const SMALL: Slots = Slots {
    calls: 0,
    instances: 8,
    memories: 2,
    tables: 6,
    // Address space, no memory: what a hook may have by default must fit.
    table_elements: Limits::DEFAULT.table_elements,
    bookkeeping: 1 << 20,
    kept_resident: 1 << 20,
};
/// A Python hook needs nearly 40 core instances and 13 MiB.
const LARGE: Slots = Slots {
    calls: 0,
    instances: 100,
    memories: 20,
    tables: 100,
    table_elements: Limits::DEFAULT.table_elements,
    bookkeeping: 4 << 20,
    kept_resident: 16 << 20,
};
/// An interpreter takes milliseconds for a call, and what fits into no pool takes
/// much memory: more at once than there are processors would only hold it.
const LARGE_CALLS: u32 = 8;
const POOLED_MEMORY: usize = 256 << 20;
/// Native stack for the host's own functions, above the guest's.
const HOST_STACK: usize = 1536 << 10;

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

impl Slots {
    fn have_room_for(&self, facts: &Facts) -> bool {
        facts.instances <= u64::from(self.instances)
            && facts.memories <= u64::from(self.memories)
            && facts.tables <= u64::from(self.tables)
            && facts.table_elements <= self.table_elements as u64
    }
}

impl Place {
    fn on_demand(stack: usize, permits: Option<Arc<Semaphore>>) -> anyhow::Result<Self> {
        let mut config = config(stack);
        config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
        Self::new(&config, Allocation::OnDemand, permits)
    }

    fn pooled(allocation: Allocation, slots: &Slots) -> anyhow::Result<Self> {
        let calls = slots.calls;
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(calls)
            .total_stacks(calls)
            .total_core_instances(calls.saturating_mul(slots.instances))
            .total_memories(calls.saturating_mul(slots.memories))
            .total_tables(calls.saturating_mul(slots.tables))
            .total_gc_heaps(0)
            .max_core_instances_per_component(slots.instances)
            .max_memories_per_component(slots.memories)
            .max_tables_per_component(slots.tables)
            .max_component_instance_size(slots.bookkeeping)
            .table_elements(slots.table_elements)
            .max_memory_size(POOLED_MEMORY);
        if PoolingAllocationConfig::is_pagemap_scan_available() {
            pool.pagemap_scan(Enabled::Yes)
                .linear_memory_keep_resident(slots.kept_resident)
                .table_keep_resident(slots.kept_resident);
        }
        let mut config = config(Limits::DEFAULT.stack);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        Self::new(&config, allocation, Some(permits(calls)))
    }

    fn new(
        config: &Config,
        allocation: Allocation,
        permits: Option<Arc<Semaphore>>,
    ) -> anyhow::Result<Self> {
        let engine = wasmtime::Engine::new(config)?;
        let mut linker = Linker::new(&engine);
        bindings::Hook::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
        Ok(Self {
            settings: settings_digest(&engine),
            engine,
            linker,
            permits,
            allocation,
        })
    }
}

fn permits(calls: u32) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(calls as usize))
}

/// An engine that compiles for all places, and has room for nothing to run.
pub(super) fn compiling() -> wasmtime::Result<wasmtime::Engine> {
    wasmtime::Engine::new(&config(Limits::DEFAULT.stack))
}

/// SHA-256 of everything that compiled code depends on besides the component:
/// version of wasmtime, machine, settings.
pub(super) fn settings_digest(engine: &wasmtime::Engine) -> String {
    struct Hashing(Sha256);
    impl Hasher for Hashing {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut hashing = Hashing(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hashing);
    hexadecimal(&hashing.0.finalize())
}

/// What all engines have in common: nothing in it lets a hook tell one machine
/// from another.
fn config(stack: usize) -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .max_wasm_stack(stack)
        .async_stack_size(stack.saturating_add(HOST_STACK))
        .memory_init_cow(true)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .concurrency_support(false)
        .wasm_threads(false)
        .wasm_shared_everything_threads(false)
        .wasm_exceptions(false)
        .wasm_gc(false)
        .wasm_function_references(false)
        .wasm_stack_switching(false)
        .wasm_memory64(false);
    config
}

#[cfg(test)]
mod tests;

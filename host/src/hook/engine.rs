//! The engines that hooks are compiled for and run on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use wasmtime::component::{HasSelf, Linker};
use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig, WasmBacktraceDetails,
};

use super::bindings;
use super::contract::Contract;
use super::spec::Limits;
use super::state::State;

/// What the engine is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineKind {
    /// A server: memory for so many calls at once is set aside at the start and
    /// used again and again. Further calls wait for their turn.
    Server {
        /// How many calls of hooks may run at once.
        concurrency: u32,
    },
    /// A command that runs once: nothing is set aside, so the first answer comes
    /// soonest.
    Offline,
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
    pool: Option<Arc<Place>>,
    /// By the size of the stack: wasmtime has it once for a whole engine.
    on_demand: Mutex<BTreeMap<usize, Arc<Place>>>,
}

/// One engine of wasmtime's with what hooks import.
pub(super) struct Place {
    pub(super) engine: wasmtime::Engine,
    pub(super) linker: Linker<State>,
    /// One permit for each call that the pool has room for.
    pub(super) permits: Option<Semaphore>,
}

/// What a hook may have to be run in the pool. Rust hooks need four core
/// instances, one memory and two tables; components with a whole interpreter in
/// them need many times that, and for them a pool saves little.
const POOLED_INSTANCES: u32 = 8;
const POOLED_MEMORIES: u32 = 2;
const POOLED_TABLES: u32 = 6;
const POOLED_TABLE_ELEMENTS: usize = 20_000;
const POOLED_MEMORY: usize = 256 << 20;
/// Larger components have an interpreter in them. Compiling one for the pool
/// only to learn that it does not fit would take tens of seconds.
const POOLED_COMPONENT: usize = 4 << 20;
/// What stays resident of a slot between calls, where the kernel can tell which
/// pages were touched. Where it cannot, keeping them costs more than it saves.
const KEPT_RESIDENT: usize = 1 << 20;
/// Native stack for the host's own functions, above the guest's.
const HOST_STACK: usize = 1536 << 10;

impl Engine {
    /// An engine of the given kind.
    pub fn new(kind: EngineKind) -> Result<Self, EngineError> {
        let contract = Contract::current().map_err(EngineError::Contract)?;
        let pool = match kind {
            EngineKind::Offline => None,
            EngineKind::Server { concurrency } => match Place::pooled(concurrency.max(1)) {
                Ok(place) => Some(Arc::new(place)),
                Err(error) => {
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "no pool for hooks on this machine: each call allocates its own memory"
                    );
                    None
                }
            },
        };
        let stack = Limits::default().stack;
        let place = Place::on_demand(stack).map_err(EngineError::SetUp)?;
        Ok(Self(Arc::new(Inner {
            contract,
            pool,
            on_demand: Mutex::new(BTreeMap::from([(stack, Arc::new(place))])),
        })))
    }

    pub(super) fn contract(&self) -> &Contract {
        &self.0.contract
    }

    /// The pool, if a component of `size` bytes with `limits` may belong there.
    pub(super) fn pool(&self, limits: &Limits, size: usize) -> Option<Arc<Place>> {
        let fits = limits.stack == Limits::default().stack
            && limits.memory <= POOLED_MEMORY
            && size <= POOLED_COMPONENT;
        self.0.pool.clone().filter(|_| fits)
    }

    /// Where everything else is run.
    pub(super) fn on_demand(&self, stack: usize) -> Result<Arc<Place>, EngineError> {
        let mut places = self
            .0
            .on_demand
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = places.get(&stack) {
            return Ok(Arc::clone(place));
        }
        let place = Arc::new(Place::on_demand(stack).map_err(EngineError::SetUp)?);
        places.insert(stack, Arc::clone(&place));
        Ok(place)
    }
}

impl Place {
    fn on_demand(stack: usize) -> anyhow::Result<Self> {
        let mut config = config(stack);
        config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
        Self::new(&config, None)
    }

    fn pooled(concurrency: u32) -> anyhow::Result<Self> {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(concurrency)
            .total_stacks(concurrency)
            .total_core_instances(concurrency.saturating_mul(POOLED_INSTANCES))
            .total_memories(concurrency.saturating_mul(POOLED_MEMORIES))
            .total_tables(concurrency.saturating_mul(POOLED_TABLES))
            .total_gc_heaps(0)
            .max_core_instances_per_component(POOLED_INSTANCES)
            .max_memories_per_component(POOLED_MEMORIES)
            .max_tables_per_component(POOLED_TABLES)
            .table_elements(POOLED_TABLE_ELEMENTS)
            .max_memory_size(POOLED_MEMORY);
        if PoolingAllocationConfig::is_pagemap_scan_available() {
            pool.pagemap_scan(Enabled::Yes)
                .linear_memory_keep_resident(KEPT_RESIDENT)
                .table_keep_resident(KEPT_RESIDENT);
        }
        let mut config = config(Limits::default().stack);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let permits = Semaphore::new(concurrency as usize);
        Self::new(&config, Some(permits))
    }

    fn new(config: &Config, permits: Option<Semaphore>) -> anyhow::Result<Self> {
        let engine = wasmtime::Engine::new(config)?;
        let mut linker = Linker::new(&engine);
        bindings::Hook::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
        Ok(Self {
            engine,
            linker,
            permits,
        })
    }
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

//! Where hooks run: an engine of wasmtime's, its pool, its settings.

use std::hash::{Hash as _, Hasher};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use wasmtime::component::{HasSelf, Linker};
use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig, WasmBacktraceDetails,
};

use super::super::bindings;
use super::super::compile::Facts;
use super::super::spec::Limits;
use super::super::state::State;
use crate::text::hexadecimal;

/// One engine of wasmtime's with what hooks import.
pub(in crate::hook) struct Place {
    pub(in crate::hook) engine: wasmtime::Engine,
    pub(in crate::hook) linker: Linker<State>,
    /// One permit for each call that may run at once; none where only one does.
    pub(in crate::hook) permits: Option<Arc<Semaphore>>,
    /// The digest of all settings that compiled code depends on.
    pub(in crate::hook) settings: String,
    pub(in crate::hook) allocation: Allocation,
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
    pub(in crate::hook) const ALL: [Self; 3] = [Self::Small, Self::Large, Self::OnDemand];
}

/// The slots of a pool, and what a component may have to fit into one.
pub(super) struct Slots {
    pub(super) calls: u32,
    pub(super) instances: u32,
    pub(super) memories: u32,
    pub(super) tables: u32,
    pub(super) table_elements: usize,
    /// Bytes of the structures that wasmtime keeps of one component.
    pub(super) bookkeeping: usize,
    /// What stays resident of a memory between calls, where the kernel can tell
    /// which pages were touched. Where it cannot, keeping them costs more than it
    /// saves.
    pub(super) kept_resident: usize,
}

/// Rust hooks need four core instances, one memory and two tables.
pub(super) const SMALL: Slots = Slots {
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
pub(super) const LARGE: Slots = Slots {
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
pub(super) const LARGE_CALLS: u32 = 8;
pub(super) const POOLED_MEMORY: usize = 256 << 20;
/// Native stack for the host's own functions, above the guest's.
const HOST_STACK: usize = 1536 << 10;

impl Slots {
    pub(super) fn have_room_for(&self, facts: &Facts) -> bool {
        facts.instances <= u64::from(self.instances)
            && facts.memories <= u64::from(self.memories)
            && facts.tables <= u64::from(self.tables)
            && facts.table_elements <= self.table_elements as u64
    }
}

impl Place {
    pub(super) fn on_demand(stack: usize, permits: Option<Arc<Semaphore>>) -> anyhow::Result<Self> {
        let mut config = config(stack);
        config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
        Self::new(&config, Allocation::OnDemand, permits)
    }

    pub(super) fn pooled(allocation: Allocation, slots: &Slots) -> anyhow::Result<Self> {
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

pub(super) fn permits(calls: u32) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(calls as usize))
}

/// An engine that compiles for all places, and has room for nothing to run.
pub(in crate::hook) fn compiling() -> wasmtime::Result<wasmtime::Engine> {
    wasmtime::Engine::new(&config(Limits::DEFAULT.stack))
}

/// SHA-256 of everything that compiled code depends on besides the component:
/// version of wasmtime, machine, settings.
pub(in crate::hook) fn settings_digest(engine: &wasmtime::Engine) -> String {
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

//! Running a site's hooks: the only room that knows wasmtime.
//!
//! A [`Hook`] is a component that was compiled, compared with the contract in
//! `wit/` and asked whether its settings are right. Each call gets a store of its
//! own with the limits of its [`HookSpec`], which is thrown away afterwards: a
//! hook keeps nothing from one call to the next. The files named as interfaces of
//! the contract (`redfish`, `inventory`, `registration`, `settings`, `provenance`,
//! `log`) answer what a hook asks, from the [`Session`] of the evaluation.
//!
//! What a hook's answer means for a registration is decided in `evaluate`.
//!
//! A [`Chain`] never changes. [`LiveChain`] holds the one that serves now and puts
//! another in its place when files or configuration have changed.

mod artefact;
mod bindings;
mod breach;
mod budget;
mod cache;
mod call;
mod carried;
mod chain;
mod clock;
mod compile;
mod componentize;
mod contract;
mod engine;
mod files;
mod inspect;
mod inventory;
mod limit_key;
mod live;
mod load;
mod log;
mod output;
mod prepare;
mod privacy;
mod provenance;
mod readings;
mod redfish;
mod registration;
mod reload;
mod schema;
mod schema_size;
mod session;
mod settings;
mod shadow_counts;
mod shelf;
mod spec;
mod state;
mod statistics;
#[cfg(test)]
pub(crate) mod testing;
mod variation;
mod watch;

pub use breach::Breach;
pub use call::{CallError, Called, Judgement};
pub use chain::{Chain, ChainIdentity, HookIdentity};
pub use compile::{CompileOrder, Compiler, compile_for_parent};
pub use componentize::{ComponentizeError, componentize};
pub use engine::{Allocation, Compiling, Engine, EngineError, EngineKind};
pub use inspect::{Inspection, inspect};
pub use limit_key::LimitKey;
pub use live::{HookSource, LiveChain, Serving};
pub use load::{Description, Hook, LoadError};
pub use prepare::Origin;
pub use reload::{Described, LastReload, Outcome, ReloadError, Reloaded, ReloadedHook, Trigger};
pub use session::Session;
pub use shadow_counts::{ShadowCounts, Shadowed};
pub use spec::{HookSpec, Limits, Mode, OnFailure, Selector};
pub use statistics::{Counts, Failures, LastError, Percentiles, Report, Statistics};
pub use variation::Variation;
pub use watch::follow;

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

mod bindings;
mod budget;
mod call;
mod chain;
mod clock;
mod contract;
mod engine;
mod inspect;
mod inventory;
mod load;
mod log;
mod output;
mod privacy;
mod provenance;
mod redfish;
mod registration;
mod schema;
mod session;
mod settings;
mod spec;
mod state;

pub use budget::Breach;
pub use call::{CallError, Called, Judgement};
pub use chain::Chain;
pub use engine::{Engine, EngineError, EngineKind};
pub use inspect::{Inspection, inspect};
pub use load::{Description, Hook, LoadError};
pub use session::Session;
pub use spec::{HookSpec, Limits, Mode, OnFailure, Selector};

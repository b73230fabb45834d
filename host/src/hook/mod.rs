//! Running a site's hooks: the only room that knows wasmtime.

mod chain_stub;
mod spec;

pub use chain_stub::{Chain, Hook};
pub use spec::{HookSpec, Limits, Mode, OnFailure, Selector};

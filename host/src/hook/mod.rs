//! Running a site's hooks: the only room that knows wasmtime.

mod spec;

pub use spec::{HookSpec, Limits, Mode, OnFailure, Selector};

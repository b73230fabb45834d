//! Hooks in the engine, from loading to what their output comes to.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod bench;
mod chain;
mod compatibility;
mod compiling;
mod empties;
mod fleet;
pub(crate) mod guest;
mod hostile;
mod limits;
mod live;
mod loading;
mod numbers;
mod old_contracts;
mod privacy;
mod python;
mod site;
mod swap;

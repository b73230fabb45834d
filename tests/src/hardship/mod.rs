//! Crashes and faults on purpose, and what is left of them: nothing lost, nothing
//! twice, no orphan, nothing stuck.
//!
//! The smoke subset is a test; the binary `crashtest` runs it all.

mod crash;
mod fault;
mod rig;
mod tally;

pub use crash::{Blow, Case, blow, points, random_blow};
pub use fault::{CALLS, Call, Cell, FAULTS, Lasts, cell, cells};
pub use rig::Rig;
pub use tally::Tally;

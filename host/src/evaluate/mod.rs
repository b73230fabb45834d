//! Snapshot in, enrollment out. A pure function of snapshot, subject, chain and
//! profile: no clock, no randomness, no network but the snapshot's own reads.

mod outcome;
pub mod seed;

pub use outcome::{Effect, Evaluation, Finding, HookRun, Rejection};

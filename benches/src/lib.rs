//! What an evaluation costs: the policy of [`policy`] done natively, and by hooks
//! in the very engine and evaluation of the server.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot go on ends"
)]

pub mod contenders;
pub mod machine;
pub mod measure;
pub mod memory;
pub mod policy;

//! The one integration-test binary.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may fail loudly, and says which machines it saw"
)]

mod architecture;
mod bulk;
mod compose;
mod converge;
mod corpus;
mod door;
mod emulator;
mod errors;
mod evil;
mod explain;
mod faults;
mod hooks;
mod hostile;
mod ironic;
mod keystone;
mod new_hook;
mod openapi;
mod operations;
mod policy;
mod purity;
mod readme;
mod redfish;
mod register;
mod replay;
mod replicas;
mod rules;
mod secrets;
mod shells;
mod transition;
mod tutorials;

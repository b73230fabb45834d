//! What the end-to-end tests are written with: a real `valence serve` beside the
//! real Ironic and Redfish emulator of `valence-testbed`.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod ask;
mod bmc;
mod command;
pub mod emulator;
mod evil;
mod fleet;
mod gate;
pub mod hardship;
mod inventory;
mod place;
mod proxy;
mod rack;
mod secrecy;
mod valence;

pub use ask::ask_ironic;
pub use bmc::Bmc;
pub use command::Running;
pub use evil::{Elsewhere, Evil, Harm, Place};
pub use fleet::{Outcomes, Shared, register_with_three, settled};
pub use gate::Gate;
pub use inventory::{Differences, Inventory};
pub use place::{binary, corpus, hook, mockups, root, target};
pub use proxy::{Fault, Proxy, When};
pub use rack::Rack;
pub use valence::{Outcome, Reply, Valence, ValenceBuilder};

//! Starts the real counterparts that tests and the demo run against: Ironic, a
//! Redfish emulator, and OpenStack's own clients as the outside judge.
//!
//! It comes from PyPI into a virtual environment, and from Debian's packages unpacked,
//! all under `target/testbed/`, listens on loopback on free ports, and ends with the
//! value that started it, even if the process that holds it is killed.
//!
//! ```no_run
//! use valence_testbed::{Ironic, RedfishEmulator};
//!
//! # fn main() -> anyhow::Result<()> {
//! let ironic = Ironic::builder().http_basic("admin", "secret").start()?;
//! let bmc = RedfishEmulator::with_system("8a0c1f0e-5a52-4b8b-8a37-0d1f6f3c2f10")
//!     .nic("52:54:00:00:00:01")
//!     .start()?;
//! println!("{} {}", ironic.endpoint(), bmc.url());
//! println!("{}", ironic.cli().baremetal(["node", "list"])?);
//! # Ok(())
//! # }
//! ```

mod apt;
mod authority;
mod certificate;
mod cli;
mod clouds;
mod emulator;
mod http;
mod ironic;
mod ironic_conf;
mod keystone;
mod old_ironic;
mod package;
mod place;
mod postgres;
mod process;
mod python;
mod run_directory;
mod schemas;

pub use apt::Apt;
pub use authority::Authority;
pub use certificate::certificate;
pub use cli::Cli;
pub use emulator::{EmulatorBuilder, RedfishEmulator};
pub use ironic::{Ironic, IronicBuilder, prepare};
pub use keystone::{Keystone, StrictKeystone};
pub use place::directory;
pub use postgres::Postgres;
pub use process::Detached;
pub use python::Python;
pub use schemas::redfish_schemas;

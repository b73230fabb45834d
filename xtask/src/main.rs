//! Everything that is more than `cargo build`.
#![expect(
    clippy::print_stderr,
    reason = "a developer's tool: progress on standard error is what it has to say"
)]

mod bench;
mod ci;
mod crashtest;
mod deb;
mod demo;
mod emulator;
mod fixtures;
mod hooks;
mod projects;
mod python;
mod test;
mod testbed;
mod toolchain;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use clap::Parser;

/// Everything that is more than `cargo build`.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Task {
    /// Find a compiler for WebAssembly, or get one, and say which
    Toolchain(toolchain::Arguments),
    /// Build the sample hooks to `target/hooks/*.wasm`
    Hooks(hooks::Arguments),
    /// Make the components that hold on to the contract anew, while it is in work
    Fixtures,
    /// Register a node of a Redfish emulator in real Ironic, and show it
    Demo(demo::Arguments),
    /// A Redfish service on loopback: recorded machines or made-up ones, RSD nodes, a
    /// composition service, logins, faults
    Emulator(emulator::Arguments),
    /// Real Ironic and a Redfish emulator, left running in the background
    #[command(subcommand)]
    Testbed(Testbed),
    /// Run everything that must hold: format, lints, unit and integration tests
    Test(test::Arguments),
    /// Kill a registering server at every step and fail Ironic at every call, and
    /// compare what is left
    Crashtest(crashtest::Arguments),
    /// Measure what evaluations and registrations cost, beside others
    #[command(subcommand)]
    Bench(Bench),
    /// Make a Debian package, with `dpkg-deb`, and try it in a directory
    Deb(deb::Arguments),
    /// Do what continuous integration does: the same, on a clone of what is committed
    Ci,
}

#[derive(clap::Subcommand)]
enum Testbed {
    /// Start both, unless they run
    Up,
    /// End both, and remove what they kept
    Down,
    /// Say whether they run, and where
    Status,
}

#[derive(clap::Subcommand)]
enum Bench {
    /// One hook and chains of them, on a recorded system
    Hooks(bench::Arguments),
    /// Registrations in a stub of Ironic and in a real one, beside plain requests
    /// and OpenStack's own clients
    Register(bench::register::Arguments),
    /// A replay of a fleet
    Replay(bench::replay::Arguments),
}

fn main() -> ExitCode {
    let result = match Task::parse() {
        Task::Toolchain(arguments) => toolchain::run(&arguments),
        Task::Hooks(arguments) => hooks::run(&arguments),
        Task::Fixtures => fixtures::run(),
        Task::Demo(arguments) => demo::run(&arguments),
        Task::Emulator(arguments) => emulator::run(&arguments),
        Task::Testbed(Testbed::Up) => testbed::up(|line| say(line)),
        Task::Testbed(Testbed::Down) => testbed::down(|line| say(line)),
        Task::Testbed(Testbed::Status) => testbed::status(|line| say(line)),
        Task::Test(arguments) => test::run(&arguments),
        Task::Crashtest(arguments) => crashtest::run(&arguments),
        Task::Bench(Bench::Hooks(arguments)) => bench::run(&arguments),
        Task::Bench(Bench::Register(arguments)) => bench::register::run(&arguments),
        Task::Deb(arguments) => deb::run(&arguments),
        Task::Bench(Bench::Replay(arguments)) => bench::replay::run(&arguments),
        Task::Ci => ci::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_owned()
}

/// Where builds go.
#[expect(
    clippy::disallowed_methods,
    reason = "cargo says it in the environment"
)]
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// One line of progress.
pub(crate) fn say(line: impl AsRef<str>) {
    eprintln!("{}", line.as_ref());
}

/// Runs `command` and gives what it prints; an error holds what it complained of.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("cannot start `{name}`"))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("`{name}` failed ({}): {}", output.status, complaint.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

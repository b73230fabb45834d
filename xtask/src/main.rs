//! Everything that is more than `cargo build`.
#![expect(
    clippy::print_stderr,
    reason = "a developer's tool: progress on standard error is what it has to say"
)]

mod hooks;
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
}

fn main() -> ExitCode {
    let result = match Task::parse() {
        Task::Toolchain(arguments) => toolchain::run(&arguments),
        Task::Hooks(arguments) => hooks::run(&arguments),
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

//! Everything that must hold before a change is taken.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::{deb, hooks, python, root, say, toolchain};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only the integration tests whose names contain this
    filter: Option<String>,
}

/// Seconds for each of the two targets that are fuzzed, side by side.
const FUZZING: &str = "60";

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let started = Instant::now();
    if arguments.filter.is_none() {
        step("formatting", cargo(["fmt", "--all", "--check"]))?;
        step(
            "formatting of the hooks",
            in_hooks(["fmt", "--all", "--check"]),
        )?;
        step(
            "lints",
            cargo([
                "clippy",
                "--workspace",
                "--all-targets",
                "--locked",
                "--",
                "-D",
                "warnings",
            ]),
        )?;
        step(
            "lints of the hooks",
            in_hooks([
                "clippy",
                "--all-targets",
                "--locked",
                "--",
                "-D",
                "warnings",
            ]),
        )?;
    }
    toolchain::find()?;
    hooks::build(&[])?;
    say("test: real Ironic and Redfish emulator");
    valence_testbed::Python::ready_telling(|line| say(line))?;
    python::build()?;
    step(
        "building",
        cargo(["build", "--workspace", "--all-targets", "--locked"]),
    )?;
    let mut tests = cargo(["test", "--workspace", "--locked"]);
    if let Some(filter) = &arguments.filter {
        tests = cargo([
            "test",
            "--package",
            "valence-tests",
            "--locked",
            "--",
            filter,
        ]);
    }
    tests.env("VALENCE_FUZZ_SECONDS", FUZZING);
    step("tests", tests)?;
    if arguments.filter.is_none() {
        say("test: the Debian package");
        deb::tried()?;
        step("unit tests of the hooks", in_hooks(["test", "--locked"]))?;
    }
    say(format!(
        "test: all passed in {} s",
        started.elapsed().as_secs()
    ));
    Ok(())
}

fn cargo<const N: usize>(arguments: [&str; N]) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root()).args(arguments);
    cargo
}

/// The hooks are linted for the machine at hand: Debian's compiler for wasm
/// comes without clippy.
fn in_hooks<const N: usize>(arguments: [&str; N]) -> Command {
    let mut cargo = cargo(arguments);
    cargo
        .current_dir(root().join("hooks"))
        .env("CARGO_TARGET_DIR", crate::target().join("hooks-native"));
    cargo
}

fn step(what: &str, mut command: Command) -> Result<()> {
    say(format!("test: {what}"));
    let status = command
        .status()
        .with_context(|| format!("cannot start the step `{what}`"))?;
    ensure!(
        status.success(),
        "the step `{what}` failed; the lines above say where"
    );
    Ok(())
}

//! Everything that must hold before a change is taken.

use std::io::Write as _;
use std::process::{Command, Output};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::{deb, hooks, projects, python, root, say, toolchain};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only the integration tests whose names contain this
    filter: Option<String>,
}

/// The binary of the tests against real servers.
const INTEGRATION: &str = "integration";

/// Seconds for each of the two targets that are fuzzed, side by side.
const FUZZING: &str = "60";

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let started = Instant::now();
    if arguments.filter.is_none() {
        step("formatting", &mut cargo(["fmt", "--all", "--check"]))?;
        step(
            "formatting of the hooks",
            &mut in_hooks(["fmt", "--all", "--check"]),
        )?;
        step(
            "lints",
            &mut cargo([
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
            &mut in_hooks([
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
        &mut cargo(["build", "--workspace", "--all-targets", "--locked"]),
    )?;
    // Made with the binary.
    projects::JAVASCRIPT.build()?;
    projects::C.build()?;
    match &arguments.filter {
        Some(filter) => {
            let mut tests = cargo(["test", "--package", "valence-tests", "--locked", "--"]);
            step("tests", tests.arg(filter))?;
        }
        None => {
            all_tests()?;
            say("test: the Debian package");
            deb::tried()?;
        }
    }
    say(format!(
        "test: all passed in {} s",
        started.elapsed().as_secs()
    ));
    Ok(())
}

/// The integration tests, which mostly wait for servers, and beside them all others,
/// which fuzz for a minute. What these print comes at the end.
fn all_tests() -> Result<()> {
    let mut integration = cargo(["test", "--workspace", "--locked", "--test", INTEGRATION]);
    let mut others = cargo(["test", "--workspace", "--locked", "--lib", "--bins"]);
    for name in other_test_binaries()? {
        others.arg("--test").arg(name);
    }
    others.env("VALENCE_FUZZ_SECONDS", FUZZING);
    let mut documented = cargo(["test", "--workspace", "--locked", "--doc"]);
    let mut of_hooks = in_hooks(["test", "--locked"]);
    std::thread::scope(|scope| {
        let beside = scope.spawn(|| -> Result<_> {
            Ok([
                ("unit tests", others.output()?),
                ("tests in the documentation", documented.output()?),
                ("unit tests of the hooks", of_hooks.output()?),
            ])
        });
        let result = step("integration tests", &mut integration);
        let Ok(beside) = beside.join() else {
            bail!("the thread of the unit tests broke down");
        };
        let mut failed = Vec::new();
        for (
            what,
            Output {
                status,
                stdout,
                stderr,
            },
        ) in beside?
        {
            say(format!("test: {what}"));
            std::io::stderr().write_all(&stderr)?;
            std::io::stdout().write_all(&stdout)?;
            failed.extend((!status.success()).then_some(what));
        }
        ensure!(
            failed.is_empty(),
            "{} failed; the lines above say where",
            failed.join(" and ")
        );
        result
    })
}

/// The test binaries of the workspace but for the one of the integration tests.
fn other_test_binaries() -> Result<Vec<String>> {
    let packages = hooks::packages(&root())?;
    let is_test = |target: &&Value| {
        let kinds = target.get("kind").and_then(Value::as_array);
        kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "test"))
    };
    Ok(packages
        .iter()
        .filter_map(|package| package.get("targets")?.as_array())
        .flatten()
        .filter(is_test)
        .filter_map(|target| target.get("name")?.as_str().map(str::to_owned))
        .filter(|name| name != INTEGRATION)
        .collect())
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

fn step(what: &str, command: &mut Command) -> Result<()> {
    say(format!("test: {what}"));
    let started = Instant::now();
    let status = command
        .status()
        .with_context(|| format!("cannot start the step `{what}`"))?;
    say(format!("test: {what}: {} s", started.elapsed().as_secs()));
    ensure!(
        status.success(),
        "the step `{what}` failed; the lines above say where"
    );
    Ok(())
}

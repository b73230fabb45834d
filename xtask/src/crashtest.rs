//! Crashes and faults on purpose: builds what is needed and runs the binary
//! `crashtest` of the tests.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{root, say, target};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// What to try, as `crashtest` takes it: `--points all|smoke|none`,
    /// `--random N`, `--faults all|smoke|none`, `--workers N`, `--verbose`; or
    /// `--replicas NODES`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    valence_testbed::Python::ready_telling(|line| say(line))?;
    // As the tests are built, or each would build the other's anew.
    let built = Command::new("cargo")
        .current_dir(root())
        .args(["build", "--workspace", "--all-targets", "--locked"])
        .status()?;
    ensure!(built.success(), "valence does not build");
    let status = Command::new(target().join("debug/crashtest"))
        .args(&arguments.rest)
        .status()
        .context("cannot start `crashtest`")?;
    ensure!(
        status.success(),
        "something was left; the lines above say what"
    );
    Ok(())
}

//! The Redfish service of the tests, run by hand: builds its binary and runs it.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{root, target};

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Arguments {
    /// What to serve and how; `--help` lists it
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let built = Command::new("cargo")
        .current_dir(root())
        .args(["build", "--package", "valence-tests", "--bin", "emulator"])
        .status()?;
    ensure!(built.success(), "the emulator does not build");
    let status = Command::new(target().join("debug/emulator"))
        .args(&arguments.rest)
        .status()
        .context("cannot start `emulator`")?;
    ensure!(status.success(), "the emulator did not start");
    Ok(())
}

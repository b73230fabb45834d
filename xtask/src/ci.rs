//! What continuous integration does, on the machine at hand.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{output, root, say, target};

/// Clones what is committed into a directory of its own and runs `.ci/run`
/// there, so that a file that was forgotten is missed here already.
pub(crate) fn run() -> Result<()> {
    let clone = target().join("ci/valence");
    if clone.exists() {
        std::fs::remove_dir_all(&clone)?;
    }
    let changed = output(
        Command::new("git")
            .current_dir(root())
            .args(["status", "--porcelain"]),
    )?;
    if !changed.is_empty() {
        say("ci: what is not committed is not tested");
    }
    output(
        Command::new("git")
            .args(["clone", "--quiet"])
            .arg(root())
            .arg(&clone),
    )?;
    say(format!("ci: running .ci/run in {}", clone.display()));
    let mut ci = Command::new("bash");
    ci.arg(".ci/run")
        .current_dir(&clone)
        .env("CI", "true")
        .env("VALENCE_CORPUS", corpus());
    let status = ci.status().context("cannot start `bash`")?;
    ensure!(
        status.success(),
        "the run failed; the lines above say where"
    );
    Ok(())
}

/// The recorded machines stand beside this checkout, not beside the clone.
#[expect(clippy::disallowed_methods, reason = "the machine says where they are")]
fn corpus() -> std::path::PathBuf {
    std::env::var_os("VALENCE_CORPUS").map_or_else(|| root().join("../shared/corpus"), Into::into)
}

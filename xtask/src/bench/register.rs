//! What a registration costs: builds what is measured, has `bench-register` of
//! `benches/` measure it, and shows the figures beside the goals.

mod goals;
mod tables;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::{root, say, target};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The `valence` that is measured; not given, it is built as for a release,
    /// without link-time optimisation
    #[arg(long)]
    valence: Option<PathBuf>,
    /// Keep the figures in this file, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
    /// What `bench-register` takes: `--stub N`, `--latency MILLISECONDS`,
    /// `--rounds N`, `--real N`, `--bulk N`, `--hook COMPONENT`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    valence_testbed::Python::ready_telling(|line| say(line))?;
    let packages = ["--package", "valence-bench", "--package", "valence"];
    let build = ["build", "--profile", "bench", "--locked"];
    super::cargo(&[&build[..], &packages[..]].concat(), &root())?;
    let built = target().join("release");
    let valence = arguments.valence.clone();
    let measured = Command::new(built.join("bench-register"))
        .arg("--valence")
        .arg(valence.unwrap_or_else(|| built.join("valence")))
        .args(&arguments.rest)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start `bench-register`")?;
    ensure!(
        measured.status.success(),
        "the measurement came to no end: {}",
        measured.status
    );
    let figures: Value = serde_json::from_slice(&measured.stdout)?;
    if let Some(file) = &arguments.json {
        std::fs::write(file, &measured.stdout)
            .with_context(|| format!("cannot write `{}`", file.display()))?;
    }
    tables::print(&figures);
    goals::print(&figures);
    Ok(())
}

/// The number at `pointer`.
fn number(figures: &Value, pointer: &str) -> Option<f64> {
    figures.pointer(pointer)?.as_f64()
}

/// The median of the sorted list at `pointer`.
fn median(figures: &Value, pointer: &str) -> Option<f64> {
    let times = figures.pointer(pointer)?.as_array()?;
    times.get(times.len() / 2)?.as_f64()
}

/// The runs in the list at `pointer` that `who` made.
fn runs<'a>(figures: &'a Value, pointer: &str, who: &'a str) -> impl Iterator<Item = &'a Value> {
    let runs = figures.pointer(pointer).and_then(Value::as_array);
    let by = move |run: &&Value| run.get("who").and_then(Value::as_str) == Some(who);
    runs.into_iter().flatten().filter(by)
}

/// The largest `key` of some runs.
fn most<'a>(runs: impl Iterator<Item = &'a Value>, key: &str) -> Option<f64> {
    let numbers = runs.filter_map(|run| run.get(key)?.as_f64());
    numbers.max_by(f64::total_cmp)
}

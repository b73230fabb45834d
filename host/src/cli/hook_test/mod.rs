//! `valence hook test`: what hooks make of recorded machines, case by case.

mod arguments;
mod format;
mod github;
mod human;
mod json;
mod junit;
mod tap;
mod update;
mod watch;

use std::sync::Arc;
use std::thread::available_parallelism;

use futures::{StreamExt as _, TryStreamExt as _};

use crate::failure::{Cause, Failure};
use crate::policy::{Ran, Verdict};

use super::suites::{Suite, suites};
use super::trouble::Trouble;

pub(super) use arguments::Arguments;
use format::Report;

/// More cases than this are never run at a time: each has a machine and its hooks in
/// memory.
const MOST_AT_ONCE: usize = 16;

pub(super) async fn run(arguments: Arguments) -> Result<(), Trouble> {
    if arguments.watch {
        return watch::run(&arguments).await;
    }
    once(&arguments).await
}

/// Runs all cases once, tells how they came out, and fails if one did.
async fn once(arguments: &Arguments) -> Result<(), Trouble> {
    let mut reports = Vec::new();
    for suite in suites(&arguments.chosen, arguments.max_fuel)? {
        let runs = runs(&suite).await?;
        reports.push(Report {
            name: suite.directory.display().to_string(),
            runs,
        });
    }
    format::tell(arguments, &reports)?;
    let failed: Vec<_> = reports.iter().flat_map(Report::failed).collect();
    if arguments.update {
        return update::accept(&failed);
    }
    if failed.is_empty() {
        return Ok(());
    }
    let number: usize = reports.iter().map(|report| report.runs.len()).sum();
    Err(Failure::new(
        Cause::Different,
        format!("{} of {number} cases failed", failed.len()),
    )
    .into())
}

/// Runs the cases on all processors: they wait for nothing else.
async fn runs(suite: &Suite) -> Result<Vec<Ran>, Trouble> {
    let at_once = available_parallelism().map_or(1, usize::from);
    let runs = suite.places.iter().cloned().map(|place| {
        let runner = Arc::clone(&suite.runner);
        tokio::spawn(async move { runner.run(&place).await })
    });
    futures::stream::iter(runs)
        .buffered(at_once.min(MOST_AT_ONCE))
        .try_collect()
        .await
        .map_err(|error| Failure::internal(error).into())
}

impl Report {
    /// Those that did not come out as they were to.
    fn failed(&self) -> impl Iterator<Item = &Ran> {
        let failed = |ran: &&Ran| matches!(ran.verdict, Verdict::Failed { .. });
        self.runs.iter().filter(failed)
    }
}

//! Processor time of other processes.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// A tick of `/proc`, on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// What the process has used so far, in all of its threads. Exact to a tick.
pub(crate) fn of(process: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name, in parentheses, may hold anything.
    let (_, rest) = stat.rsplit_once(')').context("no name in `stat`")?;
    let ticks = |place: usize| -> Result<u64> {
        let field = rest.split_whitespace().nth(place);
        Ok(field.context("`stat` is too short")?.parse()?)
    };
    // `utime` and `stime`, 14 and 15 of proc(5), which counts from 1.
    let ticks = ticks(11)? + ticks(12)?;
    Ok(TICK * u32::try_from(ticks)?)
}

/// The processes that work in `directory`.
pub(crate) fn working_in(directory: &Path) -> Result<Vec<u32>> {
    let directory = fs::canonicalize(directory)?;
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let Some(process) = entry.file_name().to_str().and_then(|id| id.parse().ok()) else {
            continue;
        };
        // One that has just ended has none.
        if fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd == directory) {
            found.push(process);
        }
    }
    Ok(found)
}

/// What all of these have used so far.
pub(crate) fn of_all(processes: &[u32]) -> Result<Duration> {
    processes.iter().map(|&process| of(process)).sum()
}

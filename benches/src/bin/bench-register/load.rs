//! Doing something many times, so many at a time, and how long that took.

use std::time::{Duration, Instant};

use anyhow::Result;
use futures::{StreamExt as _, TryStreamExt as _};
use serde::Serialize;

/// What a run came to. Times are in milliseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) who: &'static str,
    pub(crate) concurrency: usize,
    pub(crate) registrations: usize,
    pub(crate) failed: usize,
    /// Answers of Ironic's that had to be asked for again.
    pub(crate) again: Option<usize>,
    pub(crate) rate: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// Processor time of a registration.
    pub(crate) host_cpu: Option<f64>,
    pub(crate) ironic_cpu: Option<f64>,
}

/// How one of them ended, and what it took.
pub(crate) struct Ended {
    pub(crate) took: Duration,
    pub(crate) failed: bool,
    pub(crate) again: usize,
}

/// Does `each` for `items`, `concurrency` at a time.
///
/// # Errors
/// If one of them cannot be done at all; a failure is none.
pub(crate) async fn run<T, F>(
    who: &'static str,
    concurrency: usize,
    items: impl IntoIterator<Item = T>,
    each: impl FnMut(T) -> F,
) -> Result<Figures>
where
    F: Future<Output = Result<Ended>>,
{
    let begun = Instant::now();
    let ended: Vec<_> = futures::stream::iter(items)
        .map(each)
        .buffer_unordered(concurrency)
        .try_collect()
        .await?;
    let wall = begun.elapsed();
    let times = sorted(ended.iter().map(|one| one.took));
    let failed = ended.iter().filter(|one| one.failed).count();
    Ok(Figures {
        who,
        concurrency,
        registrations: ended.len(),
        failed,
        again: Some(ended.iter().map(|one| one.again).sum()),
        rate: (ended.len() - failed) as f64 / wall.as_secs_f64(),
        p50: share(&times, 50),
        p99: share(&times, 99),
        host_cpu: None,
        ironic_cpu: None,
    })
}

/// Milliseconds, in order.
pub(crate) fn sorted(times: impl IntoIterator<Item = Duration>) -> Vec<f64> {
    let mut times: Vec<_> = times
        .into_iter()
        .map(|time| time.as_secs_f64() * 1000.0)
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

/// The time that so many of 100 stay below.
pub(crate) fn share(sorted: &[f64], percent: usize) -> f64 {
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

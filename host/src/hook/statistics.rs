//! What a hook's calls have come to since it was loaded.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use jiff::Timestamp;
use serde::Serialize;

use super::call::{CallError, Called, Judgement};
use super::shadow_counts::{ShadowCounts, Shadowed};
use crate::enrollment::Enrollment;

/// Two digits of a percentile are right: nobody decides by the third.
const DIGITS: u8 = 2;

/// Counts of one hook. Each call takes the lock once, for some tens of
/// nanoseconds and across no wait.
pub struct Statistics {
    since: Timestamp,
    kept: Mutex<Kept>,
}

struct Kept {
    counts: Counts,
    fuel: Option<Histogram<u64>>,
    /// In nanoseconds.
    own_time: Option<Histogram<u64>>,
    last_error: Option<LastError>,
    shadow: Option<ShadowCounts>,
}

/// How many calls came to what: `calls` is the sum of all but `skipped`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All calls.
    pub calls: u64,
    /// Those that gave an enrollment, which was taken.
    pub mapped: u64,
    /// Reviews that denied nothing.
    pub reviewed: u64,
    /// Those that said no.
    pub denied: u64,
    /// Those that said: not now.
    pub deferred: u64,
    /// Those that came to nothing.
    pub failed: Failures,
    /// Of the failures those that were passed over, as `on_failure` says.
    pub skipped: u64,
}

/// How many calls came to nothing, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Failures {
    /// The hook said that it could not do its work.
    pub said_so: u64,
    /// It ran into a limit.
    pub limit: u64,
    /// It trapped.
    pub trapped: u64,
    /// What it returned is not what the contract says.
    pub bad_output: u64,
    /// What it returned is not what its grants or other hooks allow.
    pub refused: u64,
    /// A document could not be read.
    pub read: u64,
}

/// Why the last call that came to nothing did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastError {
    /// When.
    pub at: Timestamp,
    /// In words that can be shown.
    pub message: String,
}

/// Everything, at one moment.
#[derive(Clone, Debug)]
pub struct Report {
    /// Since when is counted.
    pub since: Timestamp,
    /// The counts.
    pub counts: Counts,
    /// Fuel of a call. None: there was no call.
    pub fuel: Option<Percentiles>,
    /// Own running time of a call, in nanoseconds. None: there was no call.
    pub own_time: Option<Percentiles>,
    /// The last error, if there was one.
    pub last_error: Option<LastError>,
    /// What it would have done. None: it never ran in shadow mode.
    pub shadow: Option<ShadowCounts>,
}

/// Of all calls, so many percent took no more than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Percentiles {
    /// The half.
    pub p50: u64,
    /// 90 %.
    pub p90: u64,
    /// 99 %.
    pub p99: u64,
    /// All.
    pub max: u64,
}

impl Default for Statistics {
    fn default() -> Self {
        Self {
            since: Timestamp::now(),
            kept: Mutex::new(Kept {
                counts: Counts::default(),
                fuel: histogram(),
                own_time: histogram(),
                last_error: None,
                shadow: None,
            }),
        }
    }
}

/// One that grows with its largest value. There always is one: so many digits
/// are allowed.
fn histogram() -> Option<Histogram<u64>> {
    Histogram::new(DIGITS).ok()
}

/// What cannot be recorded is larger than any fuel or time.
fn record(histogram: &mut Option<Histogram<u64>>, value: u64) {
    let _ = histogram.as_mut().map(|histogram| histogram.record(value));
}

impl Statistics {
    /// Counts a call in the mapping phase.
    pub fn mapped(&self, called: &Called<Enrollment>) {
        let mut kept = self.ended(called);
        if called.output.is_ok() {
            kept.counts.mapped += 1;
        }
    }

    /// Counts a call in the review phase.
    pub fn reviewed(&self, called: &Called<Vec<Judgement>>) {
        let mut kept = self.ended(called);
        match &called.output {
            Ok(found) if found.iter().any(|one| one.deny) => kept.counts.denied += 1,
            Ok(_) => kept.counts.reviewed += 1,
            Err(_) => {}
        }
    }

    /// Counts the mapping counted last as a failure: it was not to be taken, as
    /// `message` says.
    pub fn refused(&self, message: &str) {
        let mut kept = self.kept();
        kept.counts.mapped = kept.counts.mapped.saturating_sub(1);
        kept.counts.failed.refused += 1;
        kept.last_error = Some(LastError::now(message));
    }

    /// Counts a failure that was passed over.
    pub fn skipped(&self) {
        self.kept().counts.skipped += 1;
    }

    /// Counts what a hook in shadow mode would have done.
    pub fn shadowed(&self, done: Shadowed<'_>) {
        let mut kept = self.kept();
        let shadow = kept.shadow.get_or_insert_default();
        match done {
            Shadowed::Agreed => shadow.agreed += 1,
            Shadowed::Warned => shadow.warned += 1,
            Shadowed::Ended => shadow.ended += 1,
            Shadowed::Changed(differences) => {
                shadow.changed += 1;
                for one in differences {
                    shadow.count(&one.pointer);
                }
            }
        }
    }

    /// Everything so far.
    pub fn report(&self) -> Report {
        let kept = self.kept();
        Report {
            since: self.since,
            counts: kept.counts,
            fuel: percentiles(&kept.fuel),
            own_time: percentiles(&kept.own_time),
            last_error: kept.last_error.clone(),
            shadow: kept.shadow.clone(),
        }
    }

    fn ended<T>(&self, called: &Called<T>) -> MutexGuard<'_, Kept> {
        let error = called.output.as_ref().err();
        // Texts are made before the lock is taken.
        let last = error.and_then(|error| match error {
            CallError::Denied(_) | CallError::Deferred(_) | CallError::Machine(_) => None,
            error => Some(LastError::now(&error.to_string())),
        });
        let mut kept = self.kept();
        kept.counts.calls += 1;
        record(&mut kept.fuel, called.fuel);
        record(&mut kept.own_time, nanoseconds(called.own_time));
        let Counts {
            denied,
            deferred,
            failed,
            ..
        } = &mut kept.counts;
        match error {
            // The latter is no failure of the hook's.
            None | Some(CallError::Machine(_)) => {}
            Some(CallError::Denied(_)) => *denied += 1,
            Some(CallError::Deferred(_)) => *deferred += 1,
            Some(CallError::Failed(_)) => failed.said_so += 1,
            Some(CallError::Limit(_)) => failed.limit += 1,
            Some(CallError::Trapped { .. }) => failed.trapped += 1,
            Some(CallError::BadOutput { .. }) => failed.bad_output += 1,
            Some(CallError::Read(_)) => failed.read += 1,
        }
        if last.is_some() {
            kept.last_error = last;
        }
        kept
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LastError {
    /// For a message that a caller may be shown as well.
    fn now(message: &str) -> Self {
        Self {
            at: Timestamp::now(),
            message: crate::text::tame(message, 1000),
        }
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn percentiles(of: &Option<Histogram<u64>>) -> Option<Percentiles> {
    let of = of.as_ref().filter(|of| !of.is_empty())?;
    Some(Percentiles {
        p50: of.value_at_quantile(0.5),
        p90: of.value_at_quantile(0.9),
        p99: of.value_at_quantile(0.99),
        max: of.max(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::breach::Breach;
    use super::super::spec::Limits;
    use super::*;

    fn called<T>(output: Result<T, CallError>, fuel: u64) -> Called<T> {
        Called {
            output,
            fuel,
            own_time: Duration::from_nanos(fuel * 2),
            memory: 0,
            reads: [].into(),
            reads_left_out: 0,
            because: BTreeMap::new(),
        }
    }

    fn mapping(output: Result<(), CallError>) -> Called<Enrollment> {
        called(output.map(|()| Enrollment::default()), 1)
    }

    fn trap() -> CallError {
        CallError::Trapped {
            reason: "it trapped: unreachable\n".into(),
            details: "the backtrace".into(),
        }
    }

    #[test]
    fn every_call_is_counted_once_as_what_it_came_to() {
        let statistics = Statistics::default();
        for output in [
            Ok(()),
            Ok(()),
            Err(CallError::Denied("no".into())),
            Err(CallError::Deferred(None)),
            Err(CallError::Failed("a secret of the log".into())),
            Err(CallError::Limit(Breach::fuel(&Limits::default()))),
            Err(trap()),
            Err(CallError::BadOutput {
                pointer: None,
                message: "no json".into(),
            }),
        ] {
            statistics.mapped(&mapping(output));
        }
        statistics.refused("`/node/uuid` is protected");
        let judged = |deny| Judgement {
            deny,
            message: String::new(),
            pointer: None,
        };
        statistics.reviewed(&called(Ok(vec![judged(false)]), 1));
        statistics.reviewed(&called(Ok(vec![judged(false), judged(true)]), 1));
        statistics.skipped();
        let counts = statistics.report().counts;
        let failed = Failures {
            said_so: 1,
            limit: 1,
            trapped: 1,
            bad_output: 1,
            refused: 1,
            read: 0,
        };
        assert_eq!(
            counts,
            Counts {
                calls: 10,
                mapped: 1,
                reviewed: 1,
                denied: 2,
                deferred: 1,
                failed,
                skipped: 1,
            }
        );
    }

    #[test]
    fn the_last_error_is_tame_and_holds_nothing_that_is_for_the_log() {
        let statistics = Statistics::default();
        let message = || statistics.report().last_error.map(|error| error.message);
        statistics.mapped(&mapping(Ok(())));
        assert_eq!(message(), None);
        statistics.mapped(&mapping(Err(trap())));
        let expected = "it trapped: unreachable\\u{a}";
        assert_eq!(message().as_deref(), Some(expected));
        // Saying no, and succeeding, is no error and hides none.
        statistics.mapped(&mapping(Err(CallError::Denied("no".into()))));
        statistics.mapped(&mapping(Ok(())));
        assert_eq!(message().as_deref(), Some(expected));
        statistics.mapped(&mapping(Err(CallError::Failed("row 7 is bad".into()))));
        assert!(!message().unwrap().contains("row 7"));
    }

    #[test]
    fn percentiles_are_right_to_two_digits() {
        let statistics = Statistics::default();
        assert_eq!(statistics.report().fuel, None);
        for fuel in 1..=1000 {
            let output = Ok(Enrollment::default());
            statistics.mapped(&called(output, fuel * 1_000_000));
        }
        let report = statistics.report();
        let (fuel, time) = (report.fuel.unwrap(), report.own_time.unwrap());
        for (found, expected) in [
            (fuel.p50, 500_000_000),
            (fuel.p90, 900_000_000),
            (fuel.p99, 990_000_000),
            (fuel.max, 1_000_000_000),
            (time.p50, 1_000_000_000),
        ] {
            let off = u64::abs_diff(found, expected);
            assert!(off * 100 <= expected, "{found} for {expected}");
        }
        statistics.mapped(&called(Ok(Enrollment::default()), u64::MAX / 4));
        assert!(statistics.report().fuel.unwrap().max > 1 << 60);
    }
}

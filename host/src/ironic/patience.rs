//! How long and how often a request is tried again.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

use super::IronicError;

/// Tries that grow rarer, until a deadline.
pub(super) struct Patience {
    total: Duration,
    /// None: until the first failure.
    until: Option<Instant>,
    pauses: ExponentialBackoff,
}

impl Patience {
    /// For `total` from now on.
    pub(super) fn of(total: Duration) -> Self {
        Self {
            until: Some(Instant::now() + total),
            ..Self::from_the_first_failure(total)
        }
    }

    /// For `total` after the first failure: a request that was not answered in
    /// time gets another try, however long its time was.
    pub(super) fn from_the_first_failure(total: Duration) -> Self {
        Self {
            total,
            until: None,
            // With jitter: SQLite's locked database would else be met by the same
            // requests at the same moments again.
            pauses: ExponentialBuilder::new()
                .with_min_delay(Duration::from_millis(50))
                .with_max_delay(Duration::from_secs(2))
                .with_jitter()
                .without_max_times()
                .build(),
        }
    }

    /// Waits before the next try; `false` if `error` is final or the time is up.
    pub(super) async fn wait_after(&mut self, error: &IronicError) -> bool {
        let Some(pause) = self.pause(error, Instant::now()) else {
            return false;
        };
        tokio::time::sleep(pause).await;
        true
    }

    fn pause(&mut self, error: &IronicError, now: Instant) -> Option<Duration> {
        let pause = self.pauses.next().filter(|_| error.is_transient())?;
        let pause = pause.max(error.retry_after.unwrap_or_default());
        let until = *self.until.get_or_insert(now + self.total);
        // No moment that a clock can tell is too late for some pauses.
        now.checked_add(pause)
            .is_some_and(|next| next <= until)
            .then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::super::IronicErrorKind::{self, Locked, Refused, Unavailable};
    use super::*;

    fn error(kind: IronicErrorKind, retry_after: Option<u64>) -> IronicError {
        IronicError {
            retry_after: retry_after.map(Duration::from_secs),
            ..IronicError::new(kind, "text")
        }
    }

    #[test]
    fn what_may_pass_is_tried_again_until_the_time_is_up() {
        let (start, total) = (Instant::now(), Duration::from_secs(30));
        let mut patience = Patience::of(total);
        let mut spent = Duration::ZERO;
        let mut tries = 0;
        while let Some(pause) = patience.pause(&error(Locked, None), start + spent) {
            spent += pause;
            tries += 1;
        }
        assert!(spent <= total + Duration::from_secs(1), "{spent:?}");
        assert!((8..200).contains(&tries), "{tries}");
    }

    #[test]
    fn the_time_may_begin_with_the_first_failure() {
        let late = Instant::now() + Duration::from_secs(60);
        let mut patience = Patience::from_the_first_failure(Duration::from_secs(30));
        assert!(patience.pause(&error(Locked, None), late).is_some());
        let too_late = late + Duration::from_secs(31);
        assert_eq!(patience.pause(&error(Locked, None), too_late), None);
    }

    #[test]
    fn what_is_final_is_not() {
        let mut patience = Patience::of(Duration::from_secs(30));
        assert_eq!(patience.pause(&error(Refused, None), Instant::now()), None);
    }

    #[test]
    fn ironic_says_when_to_ask_again() {
        let mut patience = Patience::of(Duration::from_secs(30));
        let pause = patience.pause(&error(Unavailable, Some(7)), Instant::now());
        assert!(pause >= Some(Duration::from_secs(7)));
        let late = patience.pause(&error(Unavailable, Some(60)), Instant::now());
        assert_eq!(late, None);
        let never = patience.pause(&error(Unavailable, Some(u64::MAX)), Instant::now());
        assert_eq!(never, None);
    }
}

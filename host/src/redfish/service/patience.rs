//! How often a read is tried again that failed for a reason that may pass.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use reqwest::header::RETRY_AFTER;
use tokio::time::Instant;

use super::answer::may_pass;
use super::transport::{Answer, Trouble};

/// A few tries that grow rarer: a BMC that is busy is to be left in peace.
const TRIES: usize = 3;

/// The tries of one read.
pub(super) struct Patience {
    until: Instant,
    pauses: ExponentialBackoff,
}

impl Patience {
    /// For `total` from now on.
    pub(super) fn of(total: Duration) -> Self {
        Self {
            until: Instant::now() + total,
            pauses: ExponentialBuilder::new()
                .with_min_delay(Duration::from_millis(100))
                .with_factor(3.0)
                .with_jitter()
                .with_max_times(TRIES)
                .build(),
        }
    }

    /// How long to wait before the next try; none if what `ended` so is final, or
    /// the time is up.
    pub(super) fn pause_after(&mut self, ended: &Result<Answer, Trouble>) -> Option<Duration> {
        let asked = match ended {
            Ok(answer) if may_pass(answer.status) => retry_after(answer),
            Err(Trouble::Connection(_)) => Duration::ZERO,
            _ => return None,
        };
        let pause = self.pauses.next()?.max(asked);
        let next = Instant::now().checked_add(pause)?;
        (next <= self.until).then_some(pause)
    }
}

/// The seconds of `Retry-After`. Its other form is a date, which many BMCs do not
/// know.
pub(super) fn retry_after(answer: &Answer) -> Duration {
    let seconds = answer
        .headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Duration::from_secs(seconds.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;
    use reqwest::header::{HeaderMap, HeaderValue};

    use super::*;

    fn answer(status: u16, retry_after: Option<&'static str>) -> Result<Answer, Trouble> {
        let mut headers = HeaderMap::new();
        if let Some(value) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
        }
        Ok(Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: Vec::new(),
        })
    }

    #[test]
    fn what_may_pass_is_tried_again_a_few_times() {
        for passing in [
            answer(503, None),
            answer(429, Some("Sun, 29 Nov 2026 10:00:00 GMT")),
            Err(Trouble::Connection("reset".into())),
        ] {
            let mut patience = Patience::of(Duration::from_secs(60));
            let tries = std::iter::from_fn(|| patience.pause_after(&passing)).count();
            assert_eq!(tries, TRIES);
        }
        for last in [
            answer(200, None),
            answer(404, None),
            answer(500, None),
            Err(Trouble::TimedOut),
            Err(Trouble::TooLarge),
        ] {
            let mut patience = Patience::of(Duration::from_secs(60));
            assert_eq!(patience.pause_after(&last), None);
        }
    }

    #[test]
    fn the_service_says_when_to_ask_again_unless_that_is_too_late() {
        let mut patience = Patience::of(Duration::from_secs(5));
        let pause = patience.pause_after(&answer(503, Some("2")));
        assert!(pause >= Some(Duration::from_secs(2)));
        for late in ["6", "3600", "18446744073709551615"] {
            let mut patience = Patience::of(Duration::from_secs(5));
            assert_eq!(
                patience.pause_after(&answer(503, Some(late))),
                None,
                "{late}"
            );
        }
    }
}

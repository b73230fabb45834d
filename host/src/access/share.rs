//! How much of something everybody may have: a bucket each, that fills at a steady
//! rate and is emptied by use.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use moka::policy::EvictionPolicy;
use moka::sync::Cache;

/// So many are told apart; those who were not heard of for longest are forgotten first.
const TOLD_APART: u64 = 100_000;

/// The buckets of everybody.
pub(super) struct Shares {
    per_second: f64,
    most: f64,
    buckets: Cache<String, Arc<Mutex<Bucket>>>,
}

struct Bucket {
    left: f64,
    at: Instant,
}

impl Shares {
    /// Of each bucket `per_second` can be taken in the long run, `most` at once.
    pub(super) fn new(per_second: f64, most: f64) -> Self {
        // One that is not looked at for so long is full again.
        let full = Duration::try_from_secs_f64(most / per_second).unwrap_or(Duration::MAX);
        let buckets = Cache::builder()
            .max_capacity(TOLD_APART)
            // By moka's own policy newcomers would not be remembered once it is full.
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(full.min(Duration::from_secs(24 * 3600)))
            .build();
        Self {
            per_second,
            most,
            buckets,
        }
    }

    /// Takes one out of the bucket of `who`, or says in how many seconds there is one.
    pub(super) fn take(&self, who: &str) -> Result<(), u32> {
        self.take_at(who, 1.0, Instant::now())
    }

    /// Puts one back that was taken for nothing.
    pub(super) fn give_back(&self, who: &str) {
        if let Some(bucket) = self.buckets.get(who) {
            let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
            bucket.left = (bucket.left + 1.0).min(self.most);
        }
    }

    fn take_at(&self, who: &str, cost: f64, now: Instant) -> Result<(), u32> {
        let bucket = self.buckets.get_with_by_ref(who, || {
            Arc::new(Mutex::new(Bucket {
                left: self.most,
                at: now,
            }))
        });
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let since = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.left = (bucket.left + since * self.per_second).min(self.most);
        bucket.at = now;
        if bucket.left < 1.0 {
            let wait = ((1.0 - bucket.left) / self.per_second).ceil();
            // Casts of floats saturate.
            return Err((wait as u32).max(1));
        }
        bucket.left -= cost;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_share_of_their_own_that_comes_back() {
        let shares = Shares::new(2.0, 4.0);
        let now = Instant::now();
        for _ in 0..4 {
            assert_eq!(shares.take_at("a", 1.0, now), Ok(()));
        }
        assert_eq!(shares.take_at("a", 1.0, now), Err(1));
        assert_eq!(shares.take_at("b", 1.0, now), Ok(()));
        let later = now + Duration::from_millis(600);
        assert_eq!(shares.take_at("a", 1.0, later), Ok(()));
        assert_eq!(shares.take_at("a", 1.0, later), Err(1));
        shares.give_back("a");
        assert_eq!(shares.take_at("a", 1.0, later), Ok(()));
        for _ in 0..9 {
            shares.give_back("a");
        }
        let all = (0..9).filter(|_| shares.take_at("a", 1.0, later).is_ok());
        assert_eq!(all.count(), 4);
        let slow = Shares::new(0.1, 1.0);
        assert_eq!(slow.take_at("a", 1.0, now), Ok(()));
        assert_eq!(slow.take_at("a", 1.0, now), Err(10));
    }
}

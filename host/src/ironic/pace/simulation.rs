//! An Ironic in numbers: it works on all requests that it has at once, fastest with
//! so many of them, slower with more, and fails some where there are too many.

use std::time::Duration;

use super::Ended;
use super::climb::{Climb, Completed};

/// How it behaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Simulated {
    /// With how many requests it is fastest.
    pub(super) best: usize,
    /// Seconds of work a second then.
    pub(super) rate: f64,
    /// What part of that twice as many requests cost.
    pub(super) slope: f64,
    /// From how many on it fails some.
    pub(super) fails_above: usize,
    /// What part of them each further request costs.
    pub(super) failing: f64,
}

/// What went through it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Throughput {
    /// Work a second.
    pub(super) rate: f64,
    /// The part of the requests that failed.
    pub(super) failed: f64,
}

/// Kinds of requests with the work of each in seconds, as a registration has them.
const REGISTRATION: [(&str, f64); 12] = [
    ("GET nodes", 0.010),
    ("GET nodes", 0.010),
    ("GET ports", 0.012),
    ("GET ports", 0.012),
    ("GET ports", 0.012),
    ("GET ports", 0.012),
    ("POST nodes", 0.055),
    ("POST ports", 0.035),
    ("POST ports", 0.035),
    ("POST ports", 0.035),
    ("POST ports", 0.035),
    ("PUT nodes traits", 0.044),
];

struct Request {
    kind: &'static str,
    began: f64,
    work: f64,
    left: f64,
}

/// The same numbers for the same seed (SplitMix64).
pub(super) struct Chance(pub(super) u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl Simulated {
    /// The work that it does a second with `requests` at a time.
    fn speed(&self, requests: usize) -> f64 {
        if requests <= self.best {
            return self.rate * requests as f64 / self.best as f64;
        }
        let over = (requests - self.best) as f64 / self.best as f64;
        self.rate * (1.0 - self.slope * over).max(0.3)
    }

    fn failing(&self, requests: usize) -> f64 {
        let over = requests.saturating_sub(self.fails_above) as f64;
        (self.failing * over).min(0.9)
    }

    /// The best rate that any fixed bound up to `most` reaches.
    pub(super) fn best_rate(&self, most: usize) -> f64 {
        let goodput = |n| self.speed(n) * (1.0 - self.failing(n));
        (1..=most).map(goodput).fold(0.0, f64::max)
    }

    /// Sends `requests` within the bounds of `climb`, one after the other as soon as
    /// it may, from `clock` on, which is moved.
    pub(super) fn run(
        &self,
        climb: &mut Climb,
        requests: usize,
        clock: &mut f64,
        chance: &mut Chance,
    ) -> Throughput {
        let began = *clock;
        let (mut sent, mut ended, mut failed, mut work) = (0, 0, 0, 0.0);
        let mut inside: Vec<Request> = Vec::new();
        while ended < requests {
            while inside.len() < climb.limit() && sent < requests {
                let (kind, usual) = REGISTRATION[sent % REGISTRATION.len()];
                // Requests of a kind differ.
                let takes = usual * (0.6 + 0.8 * chance.next());
                inside.push(Request {
                    kind,
                    began: *clock,
                    work: usual,
                    left: takes,
                });
                sent += 1;
            }
            let share = self.speed(inside.len()) / inside.len() as f64;
            let (first, least) = inside
                .iter()
                .map(|request| request.left)
                .enumerate()
                .fold((0, f64::MAX), |a, b| if b.1 < a.1 { b } else { a });
            *clock += least / share;
            let fails = chance.next() < self.failing(inside.len());
            for request in &mut inside {
                request.left -= least;
            }
            let request = inside.swap_remove(first);
            ended += 1;
            failed += usize::from(fails);
            work += if fails { 0.0 } else { request.work };
            climb.completed(&Completed {
                at: Duration::from_secs_f64(*clock),
                kind: request.kind,
                took: Duration::from_secs_f64(*clock - request.began),
                ended: if fails {
                    Ended::Overloaded
                } else {
                    Ended::Answered
                },
                others_wait: sent < requests,
            });
        }
        Throughput {
            rate: work / (*clock - began),
            failed: failed as f64 / requests as f64,
        }
    }
}

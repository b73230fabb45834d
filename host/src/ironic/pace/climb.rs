//! Finding the number of requests at which most work comes back a second.
//!
//! A climber on a ladder of bounds. While requests wait, it measures in windows how
//! much work is answered a second, where the work of a request is the usual time of
//! its kind (a `GET` is not worth a `POST`). After each window it looks at the
//! rungs beside its own: one that was not measured lately is tried for a window,
//! and it goes where the rate was clearly better. Errors count for nothing, and
//! many of them in one window send it down at once, and keep it from coming back
//! for a while. Pure: time comes from the caller.

use std::collections::HashMap;
use std::time::Duration;

use super::Ended;

/// The bounds that are tried. Between them there is little to be had.
const LADDER: [usize; 17] = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 96];

/// Where it starts: Ironic in one process is at its best about here.
const START: usize = 4;

/// A window's requests: so many, and so many for each at a time. Fewer are
/// quicker, and more of it is chance.
const REQUESTS: (usize, usize) = (64, 16);

/// After how many windows a rung is measured again.
const STALE: u32 = 24;

/// How much better than here the rung above has to be, and the one below: with as
/// much from fewer, each of them is answered sooner.
const BETTER: (f64, f64) = (1.04, 0.99);

/// A rate this much off what it was says that Ironic is not what it was.
const CHANGED: f64 = 1.4;

/// How many requests of a kind tell what it usually takes.
const LEARNT: u32 = 8;

/// For how many windows a rung at which Ironic failed requests is left alone, at
/// first and at most.
const BARRED: (u32, u32) = (8, 64);

/// A request that has ended.
pub(super) struct Completed<'a> {
    /// When, since some beginning.
    pub(super) at: Duration,
    /// Its method and what it is about.
    pub(super) kind: &'a str,
    /// How long it took, without the waiting.
    pub(super) took: Duration,
    /// How it ended.
    pub(super) ended: Ended,
    /// Whether another request waits for its turn.
    pub(super) others_wait: bool,
}

/// The climber.
pub(super) struct Climb {
    rungs: Vec<Rung>,
    at: usize,
    window: Window,
    /// What a request of each kind usually takes, in seconds, and how many were
    /// measured for it. It stays, however slow Ironic gets: rates are compared.
    costs: HashMap<String, (f64, u32)>,
}

struct Rung {
    limit: usize,
    /// Work a second, and how many windows ago.
    rate: Option<(f64, u32)>,
    /// For how many windows it is left alone.
    barred: u32,
    /// For how many the next time.
    bar: u32,
}

#[derive(Default)]
struct Window {
    began: Duration,
    work: f64,
    answered: usize,
    failed: usize,
    /// How many ended with nobody waiting.
    alone: usize,
}

impl Climb {
    /// One that goes up to `most`, which is at least 1.
    pub(super) fn new(most: usize) -> Self {
        let most = most.max(1);
        let mut limits: Vec<_> = LADDER.into_iter().filter(|&limit| limit < most).collect();
        limits.push(most);
        let at = limits.iter().filter(|&&limit| limit <= START).count() - 1;
        let rung = |limit| Rung {
            limit,
            rate: None,
            barred: 0,
            bar: BARRED.0,
        };
        Self {
            rungs: limits.into_iter().map(rung).collect(),
            at,
            window: Window::default(),
            costs: HashMap::new(),
        }
    }

    /// The bound for now.
    pub(super) fn limit(&self) -> usize {
        self.rungs.get(self.at).map_or(1, |rung| rung.limit)
    }

    /// Nothing was under way before `now`.
    pub(super) fn rest(&mut self, now: Duration) {
        self.begin(now);
    }

    /// Takes note of a request that has ended.
    pub(super) fn completed(&mut self, request: &Completed<'_>) {
        self.window.alone += usize::from(!request.others_wait);
        match request.ended {
            Ended::Answered => {
                self.window.answered += 1;
                self.window.work += self.cost(request.kind, request.took);
            }
            Ended::Overloaded => self.window.failed += 1,
        }
        let Window {
            answered, failed, ..
        } = self.window;
        let ended = answered + failed;
        // Where nothing at all is answered, fewer requests would not help it.
        if failed >= 3 && answered > 0 && failed * 10 >= ended {
            return self.retreat(request.at);
        }
        if ended < REQUESTS.0.max(REQUESTS.1 * self.limit()) {
            return;
        }
        // The rate of a window that was not busy is that of the demand.
        let busy = self.window.alone * 4 <= ended && answered > 0;
        let took = request.at.saturating_sub(self.window.began).as_secs_f64();
        if busy && took > 0.0 {
            self.measured(self.window.work / took);
        }
        self.begin(request.at);
    }

    fn begin(&mut self, now: Duration) {
        self.window = Window {
            began: now,
            ..Window::default()
        };
    }

    /// What a request of this kind is worth.
    fn cost(&mut self, kind: &str, took: Duration) -> f64 {
        let took = took.as_secs_f64();
        let Some((usual, measured)) = self.costs.get_mut(kind) else {
            self.costs.insert(kind.to_owned(), (took, 1));
            return took;
        };
        if *measured < LEARNT {
            *measured += 1;
            *usual += (took - *usual) / f64::from(*measured);
        }
        *usual
    }

    /// Ironic fails requests: fewer from now on.
    fn retreat(&mut self, now: Duration) {
        if let Some(rung) = self.rungs.get_mut(self.at) {
            rung.rate = None;
            rung.barred = rung.bar;
            rung.bar = (rung.bar * 2).min(BARRED.1);
        }
        self.at = self.at.saturating_sub(1);
        self.begin(now);
    }

    /// A window came to `rate`: moves.
    fn measured(&mut self, rate: f64) {
        for rung in &mut self.rungs {
            rung.barred = rung.barred.saturating_sub(1);
            rung.rate = match rung.rate {
                Some((rate, age)) if age < STALE => Some((rate, age + 1)),
                _ => None,
            };
        }
        let before = self.rate_at(self.at);
        let changed = before.is_some_and(|before| {
            let ratio = rate / before;
            !(1.0 / CHANGED..=CHANGED).contains(&ratio)
        });
        if changed {
            self.rungs.iter_mut().for_each(|rung| rung.rate = None);
        }
        let rate = match before {
            // Several windows have less chance in them than one, and old ones tell less.
            Some(before) if !changed => before + (rate - before) / 3.0,
            _ => rate,
        };
        if let Some(here) = self.rungs.get_mut(self.at) {
            here.rate = Some((rate, 0));
        }
        self.at = self.next(rate);
    }

    fn rate_at(&self, place: usize) -> Option<f64> {
        Some(self.rungs.get(place)?.rate?.0)
    }

    /// The rung for the next window, where this one came to `rate`: the better one
    /// beside, or else one of which nothing is known.
    fn next(&self, rate: f64) -> usize {
        let below = self.at.checked_sub(1).map(|place| (place, BETTER.1));
        let above = (self.at + 1, BETTER.0);
        let beside = below.into_iter().chain([above]).filter(|(place, _)| {
            let rung = self.rungs.get(*place);
            rung.is_some_and(|rung| rung.barred == 0)
        });
        let mut unknown = None;
        for (place, better) in beside {
            match self.rate_at(place) {
                None => unknown = unknown.or(Some(place)),
                Some(known) if known > rate * better => return place,
                Some(_) => {}
            }
        }
        unknown.unwrap_or(self.at)
    }
}

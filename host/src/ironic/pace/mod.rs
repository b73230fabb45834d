//! How many requests go to Ironic at a time: as many as it is fastest with, found
//! out while they go.
//!
//! Ironic answers few requests at a time best; how many depends on its database,
//! its processes and its machine. With more it gets slower for all of them, and
//! with SQLite it fails some. [`Climb`] watches how much work comes back a second
//! and moves the bound; this is what requests go through.

mod climb;
mod gate;
pub(super) mod request;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

use climb::{Climb, Completed};
use gate::{Gate, Passage};

use super::error::IronicError;
use crate::telemetry;

/// How many registrations may be under way beyond what goes to Ironic at a time, so
/// that there is always a request that waits.
const AHEAD: usize = 2;

/// What becomes of a request, as far as the pace is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Ironic has worked on it and answered, whatever it said.
    Answered,
    /// It was too much for Ironic: a 5xx, a 429, no answer in time.
    Overloaded,
}

/// The bound on requests, for all that a client and its clones send.
pub(super) struct Pace {
    requests: Arc<Gate>,
    registrations: Arc<Gate>,
    climb: Mutex<Climb>,
    waiting: AtomicUsize,
    began: Instant,
}

/// The right to send one request. Dropped without [`Turn::ended`] it has told
/// nothing about Ironic.
pub(super) struct Turn<'a> {
    pace: &'a Pace,
    sent: Instant,
    passage: Option<Passage>,
}

/// The right to apply one registration.
pub struct Place {
    _passage: Passage,
}

impl Pace {
    /// At most `most` at a time.
    pub(super) fn new(most: usize) -> Self {
        let climb = Climb::new(most);
        let limit = climb.limit();
        Self {
            requests: Arc::new(Gate::new(limit)),
            registrations: Arc::new(Gate::new(limit + AHEAD)),
            climb: Mutex::new(climb),
            waiting: AtomicUsize::new(0),
            began: Instant::now(),
        }
    }

    /// Waits, first come first served, until a request may go.
    pub(super) async fn turn(&self) -> Turn<'_> {
        let passage = {
            let _waits = Waits::new(&self.waiting);
            self.requests.enter().await
        };
        let sent = Instant::now();
        if self.requests.inside() == 1 {
            // It was idle till now, which says nothing about how fast it is.
            self.climb().rest(sent - self.began);
        }
        self.tell();
        Turn {
            pace: self,
            sent,
            passage: Some(passage),
        }
    }

    /// Waits until a registration may be applied. What is begun should be done soon:
    /// the requests of many registrations at once would keep each other waiting.
    pub(super) async fn place(&self) -> Place {
        Place {
            _passage: self.registrations.enter().await,
        }
    }

    /// For the metrics.
    fn tell(&self) {
        let waiting = self.waiting.load(Ordering::Relaxed);
        let limit = self.climb().limit();
        telemetry::ironic_pace(self.requests.inside(), waiting, limit);
    }

    fn climb(&self) -> std::sync::MutexGuard<'_, Climb> {
        self.climb.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// Tells how the request ended that errors call `name`.
    pub(super) fn ended(self, name: &str, error: Option<&IronicError>) {
        let Some(ended) = request::ended(error) else {
            return;
        };
        let pace = self.pace;
        let now = Instant::now();
        let mut climb = pace.climb();
        let before = climb.limit();
        climb.completed(&Completed {
            at: now - pace.began,
            kind: &request::kind(name),
            took: now - self.sent,
            ended,
            others_wait: pace.waiting.load(Ordering::Relaxed) > 0,
        });
        let limit = climb.limit();
        drop(climb);
        if limit != before {
            tracing::debug!(before, limit, "requests to ironic at a time");
            pace.requests.resize(limit);
            pace.registrations.resize(limit + AHEAD);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.passage = None;
        self.pace.tell();
    }
}

/// One who waits, until dropped.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn new(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

//! How long the parts of a registration take.

use std::time::Instant;

use super::metrics::METRICS;

/// A part of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Reading from the pod manager, with its login.
    Read,
    /// Seed, hooks and rules, with what hooks read further.
    Evaluate,
    /// Waiting until Ironic has room for one more.
    Wait,
    /// Putting the intent on record.
    Intend,
    /// Writing to Ironic, until all of it is there or undone.
    Apply,
    /// Taking it out of Ironic.
    Remove,
}

impl Phase {
    /// Its name in the metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Evaluate => "evaluate",
            Self::Wait => "wait",
            Self::Intend => "intend",
            Self::Apply => "apply",
            Self::Remove => "remove",
        }
    }

    /// Begins with it now. It ends when what this gives is dropped.
    #[must_use]
    pub fn begin(self) -> Timer {
        Timer {
            phase: self,
            since: Instant::now(),
        }
    }
}

/// A part of a registration that goes on until this is dropped.
pub struct Timer {
    phase: Phase,
    since: Instant,
}

impl Drop for Timer {
    fn drop(&mut self) {
        let labels = [("phase", self.phase.name().into())];
        let seconds = METRICS.phase_seconds.get_or_create(&labels);
        seconds.observe(self.since.elapsed().as_secs_f64());
    }
}

//! What others notice of an attack.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::watch;
use valence_tests::Valence;

/// What a process holds in memory, and the most that it held, in KiB.
pub(crate) fn memory(process: u32) -> (i64, i64) {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let value = |key: &str| {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(key))
            .unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    };
    (value("VmRSS:"), value("VmHWM:"))
}

/// Registrations of a node that nobody attacks, one after another.
#[derive(Default)]
pub(super) struct Steady {
    pub(super) times: Vec<Duration>,
    pub(super) errors: Vec<String>,
    /// The same times, with what went on when each began.
    beside: Vec<(Duration, &'static str)>,
}

impl Steady {
    /// Goes on as long as `beside` says what else goes on.
    pub(super) async fn run(
        valence: &Valence,
        node: &str,
        beside: watch::Receiver<Option<&'static str>>,
    ) -> Self {
        let mut steady = Self::default();
        loop {
            let Some(other) = *beside.borrow() else {
                return steady;
            };
            steady.once(valence, node).await;
            let took = steady.times.last().copied().unwrap_or_default();
            steady.beside.push((took, other));
        }
    }

    /// How many there were while `other` went on.
    pub(super) fn beside(&self, other: &str) -> usize {
        self.beside.iter().filter(|(_, one)| *one == other).count()
    }

    /// The slowest, and beside what.
    pub(super) fn slowest(&mut self) -> &[(Duration, &'static str)] {
        self.beside.sort();
        &self.beside[self.beside.len().saturating_sub(5)..]
    }

    pub(super) async fn once(&mut self, valence: &Valence, node: &str) {
        let begun = Instant::now();
        let reply = valence
            .post(
                &format!("/v1/nodes/{node}/register?dry_run=true"),
                json!({}),
            )
            .await;
        self.times.push(begun.elapsed());
        let node = &reply.body["enrollment"]["node"];
        if reply.status != 200 || node["resource_class"] != "benign" {
            self.errors.push(format!("{reply:?}"));
        }
    }

    /// The time that so many of 100 stay below.
    pub(super) fn share(&mut self, percent: usize) -> Duration {
        self.times.sort();
        self.times[self.times.len().saturating_sub(1) * percent / 100]
    }
}

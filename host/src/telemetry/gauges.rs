//! What is so now, and was not counted as it happened.

use super::metrics::METRICS;

/// What is on record and not at its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Registrations and deregistrations.
    pub registrations: u64,
    /// Updates and adoptions.
    pub updates: u64,
    /// Nodes on their way to where they are to be taken.
    pub transitions: u64,
    /// Composed nodes that are to be given back or registered.
    pub compositions: u64,
    /// Nodes of running bulk registrations that were not begun.
    pub bulk_waiting: u64,
    /// Those that were begun.
    pub bulk_running: u64,
}

/// Keeps what is on record now. None: the store does not say.
pub fn keep_backlog(backlog: Option<Backlog>) {
    METRICS.store_up.set(i64::from(backlog.is_some()));
    let Some(backlog) = backlog else {
        return;
    };
    for (kind, number) in [
        ("registration", backlog.registrations),
        ("update", backlog.updates),
        ("transition", backlog.transitions),
        ("composition", backlog.compositions),
    ] {
        let gauge = METRICS.unfinished.get_or_create(&[("kind", kind.into())]);
        gauge.set(signed(number));
    }
    for (state, number) in [
        ("waiting", backlog.bulk_waiting),
        ("running", backlog.bulk_running),
    ] {
        let gauge = METRICS.bulk_nodes.get_or_create(&[("state", state.into())]);
        gauge.set(signed(number));
    }
}

/// So many hooks serve.
pub fn keep_hooks(number: usize) {
    METRICS.hooks.set(signed(number as u64));
}

/// So many servers share the database, and so many of them are not as this one is.
pub fn keep_replicas(number: usize, different: usize) {
    METRICS.replicas.set(signed(number as u64));
    METRICS.replicas_different.set(signed(different as u64));
}

/// How many requests go to Ironic, wait, and may go.
pub fn ironic_pace(under_way: usize, waiting: usize, limit: usize) {
    METRICS.ironic_under_way.set(signed(under_way as u64));
    METRICS.ironic_waiting.set(signed(waiting as u64));
    METRICS.ironic_limit.set(signed(limit as u64));
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

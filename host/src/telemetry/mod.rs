//! What the process counts and measures: `/metrics` shows it, docs/operations.md
//! says what each is.
//!
//! One set for the process, as there is one log. Whoever does something says so
//! here, with labels whose values are ours or the operator's: outcomes, phases,
//! names of hooks. What callers, machines and Ironic name, nodes above all, is in
//! the log and never in a label.

mod gauges;
mod hooks;
mod metrics;
#[cfg(test)]
mod tests;
mod timer;

use std::borrow::Cow;
use std::time::Duration;

pub use gauges::{Backlog, ironic_pace, keep_backlog, keep_hooks, keep_replicas};
pub use hooks::HookCalls;
pub use metrics::{CONTENT_TYPE, exposed};
pub use timer::{Phase, Timer};

use metrics::METRICS;

/// What a label says.
pub type Label = Cow<'static, str>;

/// A request over HTTP was answered. `route` is the pattern that it matched.
pub fn http_answered(method: Label, route: Label, status: u16, took: Duration) {
    let status = Label::from(status.to_string());
    let labels = [
        ("method", method),
        ("route", route.clone()),
        ("status", status),
    ];
    METRICS.http_requests.get_or_create(&labels).inc();
    let labels = [("route", route)];
    let seconds = METRICS.http_seconds.get_or_create(&labels);
    seconds.observe(took.as_secs_f64());
}

/// What was asked of a node (`register`, `dry-run`, `deregister`) has ended.
/// `outcome`: what it came to, or the name of the cause why not.
pub fn registration_ended(request: &'static str, outcome: impl Into<Label>) {
    let labels = [("request", request.into()), ("outcome", outcome.into())];
    METRICS.registrations.get_or_create(&labels).inc();
}

/// What was cut off is finished, or was tried in vain.
pub fn resumed(outcome: &'static str) {
    let labels = [("outcome", outcome.into())];
    METRICS.resumed.get_or_create(&labels).inc();
}

/// The hooks were loaded again, or could not be.
pub fn hooks_reloaded(outcome: &'static str) {
    let labels = [("outcome", outcome.into())];
    METRICS.hook_reloads.get_or_create(&labels).inc();
}

/// Compiled code was looked for in the cache.
pub fn compiled_code_looked_for(outcome: &'static str) {
    let labels = [("outcome", outcome.into())];
    METRICS.hook_code.get_or_create(&labels).inc();
}

/// A request to Ironic has ended. `request`: method and resource, without ids.
pub fn ironic_answered(request: &str, outcome: &'static str, took: Duration) {
    let request = Label::from(request.trim().to_owned());
    let labels = [("request", request.clone()), ("outcome", outcome.into())];
    METRICS.ironic_requests.get_or_create(&labels).inc();
    let labels = [("request", request)];
    let seconds = METRICS.ironic_seconds.get_or_create(&labels);
    seconds.observe(took.as_secs_f64());
}

/// A request to Keystone has ended.
pub fn keystone_answered(outcome: impl Into<Label>, took: Duration) {
    let labels = [("outcome", outcome.into())];
    METRICS.keystone_requests.get_or_create(&labels).inc();
    METRICS.keystone_seconds.observe(took.as_secs_f64());
}

/// A request to a Redfish service has ended.
pub fn redfish_answered(outcome: impl Into<Label>, took: Duration) {
    let labels = [("outcome", outcome.into())];
    METRICS.redfish_requests.get_or_create(&labels).inc();
    METRICS.redfish_seconds.observe(took.as_secs_f64());
}

/// This process works on so many things that no other server may work on.
pub fn leases_held(number: usize) {
    METRICS
        .leases
        .set(i64::try_from(number).unwrap_or(i64::MAX));
}

/// Another server has taken over what was too long under way here.
pub fn lease_lost() {
    METRICS.leases_lost.inc();
}

/// So many entries of the journal were written together, or could not be.
pub fn journal_written(entries: usize, outcome: &'static str, took: Duration) {
    let labels = [("outcome", outcome.into())];
    let written = METRICS.journal_entries.get_or_create(&labels);
    written.inc_by(entries as u64);
    METRICS.journal_seconds.observe(took.as_secs_f64());
}

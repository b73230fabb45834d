//! A hook as `/v1/hooks` shows it: without its settings, which are the operator's
//! and may hold what is nobody else's business.

use std::time::Duration;

use serde_json::{Value, json};

use crate::enrollment::Object;
use crate::hook::{Hook, Limits, Mode, OnFailure, Percentiles, Report, Selector};

use super::time;

/// What a list shows.
pub(super) fn brief(hook: &Hook) -> Object {
    let spec = &hook.spec;
    let patterns = spec
        .writes
        .as_ref()
        .map(|writes| writes.iter().map(ToString::to_string).collect::<Vec<_>>());
    let about = hook.description.as_ref();
    fields([
        ("name", json!(spec.name)),
        ("digest", json!(hook.digest)),
        ("phases", json!(hook.phases())),
        ("description", json!(about.map(|about| &about.summary))),
        ("version", json!(about.map(|about| &about.version))),
        ("mode", json!(mode(spec.mode))),
        ("on_failure", json!(on_failure(spec.on_failure))),
        ("when", selector(&spec.when)),
        ("writes", json!(patterns)),
        ("overrides", json!(spec.overrides)),
    ])
}

/// All there is.
pub(super) fn whole(hook: &Hook) -> Object {
    let schema = hook
        .description
        .as_ref()
        .and_then(|about| about.settings_schema.as_ref());
    let mut record = brief(hook);
    record.extend(fields([
        ("size", json!(hook.size)),
        ("allocation", json!(hook.allocation())),
        ("contract", json!(hook.contract())),
        ("imports", json!(hook.imports())),
        ("credentials", json!(hook.spec.credentials)),
        ("settings_schema", json!(schema)),
        ("limits", limits(hook.spec.limits)),
        ("statistics", statistics(&hook.statistics.report())),
    ]));
    record
}

fn fields<const N: usize>(fields: [(&str, Value); N]) -> Object {
    fields
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Enforce => "enforce",
        Mode::Shadow => "shadow",
    }
}

fn on_failure(on_failure: OnFailure) -> &'static str {
    match on_failure {
        OnFailure::Reject => "reject",
        OnFailure::Skip => "skip",
    }
}

/// The keys of `when` that select.
fn selector(when: &Selector) -> Value {
    [
        ("pod_manager", &when.pod_manager),
        ("node", &when.node),
        ("manufacturer", &when.manufacturer),
        ("model", &when.model),
        ("system_type", &when.system_type),
    ]
    .into_iter()
    .filter(|(_, globs)| !globs.is_empty())
    .map(|(key, globs)| (key.to_owned(), json!(globs)))
    .collect::<Object>()
    .into()
}

/// By the keys of the configuration: sizes in bytes, deadlines in
/// milliseconds. Taken apart, so that none can be forgotten.
fn limits(limits: Limits) -> Value {
    let Limits {
        fuel,
        deadline,
        memory,
        memories,
        tables,
        table_elements,
        instances,
        stack,
        output,
        depth,
        reads,
        read_bytes,
        handles,
        host_calls,
        host_bytes,
        log_lines,
        log_bytes,
        component,
        functions,
        compiled,
        compile_memory,
        compile_deadline,
    } = limits;
    let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    json!({
        "fuel": fuel,
        "deadline": milliseconds(deadline),
        "memory": memory,
        "memories": memories,
        "tables": tables,
        "table_elements": table_elements,
        "instances": instances,
        "stack": stack,
        "output": output,
        "depth": depth,
        "reads": reads,
        "read_bytes": read_bytes,
        "handles": handles,
        "host_calls": host_calls,
        "host_bytes": host_bytes,
        "log_lines": log_lines,
        "log_bytes": log_bytes,
        "component": component,
        "functions": functions,
        "compiled": compiled,
        "compile_memory": compile_memory,
        "compile_deadline": milliseconds(compile_deadline),
    })
}

fn statistics(report: &Report) -> Value {
    let counts = &report.counts;
    let error = report
        .last_error
        .as_ref()
        .map(|error| json!({"at": time::written(error.at), "message": error.message}));
    json!({
        "since": time::written(report.since),
        "calls": counts.calls,
        "mapped": counts.mapped,
        "reviewed": counts.reviewed,
        "denied": counts.denied,
        "deferred": counts.deferred,
        "failed": counts.failed,
        "skipped": counts.skipped,
        "fuel": report.fuel,
        "duration_us": report.own_time.map(microseconds),
        "last_error": error,
        "shadow": report.shadow,
    })
}

/// Of nanoseconds, with one digit after the point: small hooks take few.
fn microseconds(percentiles: Percentiles) -> Value {
    let of = |nanoseconds: u64| (nanoseconds.saturating_add(50) / 100) as f64 / 10.0;
    let Percentiles { p50, p90, p99, max } = percentiles;
    json!({"p50": of(p50), "p90": of(p90), "p99": of(p99), "max": of(max)})
}

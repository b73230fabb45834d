use std::collections::BTreeSet;
use std::time::Duration;

use super::*;

#[test]
fn what_is_said_is_shown_with_its_labels() {
    redfish_answered("garbage", Duration::from_millis(3));
    let calls = HookCalls::of("a-hook");
    calls.called("mapping", "mapped", 12_000, Duration::from_micros(20));
    drop(Phase::Evaluate.begin());
    keep_backlog(Some(Backlog {
        updates: 2,
        ..Backlog::default()
    }));
    let text = exposed();
    for line in [
        "valence_redfish_requests_total{outcome=\"garbage\"} 1",
        "valence_hook_calls_total{hook=\"a-hook\",phase=\"mapping\",outcome=\"mapped\"} 1",
        "valence_hook_fuel_bucket{le=\"100000.0\",hook=\"a-hook\"} 1",
        "valence_unfinished{kind=\"update\"} 2",
        "valence_store_up 1",
        "valence_registration_phase_seconds_count{phase=\"evaluate\"} ",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(text.ends_with("# EOF\n"), "{text}");
}

/// The names that the tables of docs/operations.md begin their rows with.
fn documented() -> BTreeSet<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `valence_"));
    let names = rows.filter_map(|row| row.split(['`', '{']).next());
    names.map(str::to_owned).collect()
}

#[test]
fn every_metric_is_documented_as_it_is_called() {
    let of = |name: &str| {
        let is_counter = exposed().contains(&format!("# TYPE valence_{name} counter"));
        match name {
            "build" => "build_info".to_owned(),
            _ if is_counter => format!("{name}_total"),
            _ => name.to_owned(),
        }
    };
    touch_all();
    let exposed: BTreeSet<_> = METRICS.names.iter().map(|name| of(name)).collect();
    assert_eq!(exposed, documented());
}

/// Those with labels are shown only once something was counted.
fn touch_all() {
    let now = Duration::from_millis(1);
    http_answered("GET".into(), "/v1".into(), 200, now);
    registration_ended("register", "registered");
    resumed("finished");
    HookCalls::of("touched").called("review", "reviewed", 1, now);
    hooks_reloaded("swapped");
    compiled_code_looked_for("found");
    ironic_answered("GET nodes", "ok", now);
    keystone_answered("201", now);
    redfish_answered("200", now);
    journal_written(1, "ok", now);
}

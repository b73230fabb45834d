//! The figures, as tables.

use serde_json::Value;

use super::{median, most, number, runs};

/// One registration at a time: where its times are, and what it is.
const ALONE: [(&str, &str); 5] = [
    ("valence", "valence, over its API, with reading the machine"),
    ("plain", "the same requests, one after another"),
    ("sdk", "openstacksdk, without look-ups"),
    ("sdk_with_look_ups", "openstacksdk, with the same look-ups"),
    ("cli", "`baremetal node create`, without ports"),
];

#[expect(clippy::print_stdout, reason = "it is what was asked for")]
pub(super) fn print(figures: &Value) {
    let calls = number(figures, "/calls").unwrap_or(f64::NAN);
    println!("A registration is {calls:.1} requests to Ironic.");
    println!();
    println!("| one at a time | ms, median | slowest | × the same requests |");
    println!("|---|---|---|---|");
    let latency = number(figures, "/latency_ms").unwrap_or(f64::NAN);
    for (place, ironic) in [
        (
            "/slow_stub/alone",
            format!("stub, {latency:.0} ms an answer"),
        ),
        ("/real/alone", "Ironic 39".to_owned()),
    ] {
        let plain = median(figures, &format!("{place}/plain")).unwrap_or(f64::NAN);
        for (name, what) in ALONE {
            let pointer = format!("{place}/{name}");
            let Some(typical) = median(figures, &pointer) else {
                continue;
            };
            let times = figures.pointer(&pointer).and_then(Value::as_array);
            let slowest = times.and_then(|times| times.last()?.as_f64());
            let slowest = slowest.unwrap_or(f64::NAN);
            let ratio = typical / plain;
            println!("| {ironic}: {what} | {typical:.0} | {slowest:.0} | {ratio:.2} |");
        }
    }
    println!();
    let best = most(runs(figures, "/real/runs", "plain requests"), "rate");
    println!(
        "| many | at a time | number | failed | 5xx | /s | p50 ms | p99 ms | CPU ms, host | CPU ms, Ironic | × best rate |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for (place, ironic) in [
        ("/stub", "stub, at once".to_owned()),
        ("/slow_stub/runs", format!("stub, {latency:.0} ms")),
        ("/real/runs", "Ironic 39".to_owned()),
    ] {
        let all = figures.pointer(place).and_then(Value::as_array);
        for run in all.into_iter().flatten() {
            let best = best.filter(|_| place == "/real/runs");
            println!("| {ironic}: {} |", row(run, best));
        }
    }
    println!();
}

fn row(run: &Value, best: Option<f64>) -> String {
    let value = |key: &str| run.get(key).and_then(Value::as_f64);
    let shown = |value: Option<f64>, digits: usize| match value {
        Some(value) => format!("{value:.digits$}"),
        None => "–".into(),
    };
    let who = run.get("who").and_then(Value::as_str).unwrap_or_default();
    let ratio = value("rate").zip(best).map(|(rate, best)| rate / best);
    [
        who.to_owned(),
        // As many as it finds Ironic to take.
        shown(value("concurrency").filter(|number| *number > 0.0), 0),
        shown(value("registrations"), 0),
        shown(value("failed"), 0),
        shown(value("again"), 0),
        shown(value("rate"), 1),
        shown(value("p50"), 1),
        shown(value("p99"), 1),
        shown(value("host_cpu"), 2),
        shown(value("ironic_cpu"), 0),
        shown(ratio, 2),
    ]
    .join(" | ")
}

//! A test run as one JSON object.

use serde_json::{Value, json};

use crate::policy::{Coverage, Ran, Verdict, cover};

use super::format::Report;

pub(super) fn shown(reports: &[Report]) -> String {
    let suites: Vec<_> = reports.iter().map(suite).collect();
    let mut text = format!("{:#}", json!({ "suites": suites }));
    text.push('\n');
    text
}

fn suite(report: &Report) -> Value {
    let cases: Vec<_> = report.runs.iter().map(case).collect();
    let coverage: serde_json::Map<_, _> = cover(&report.runs)
        .into_iter()
        .map(|(hook, coverage)| (hook, covered(&coverage)))
        .collect();
    json!({"name": report.name, "cases": cases, "coverage": coverage})
}

fn case(ran: &Ran) -> Value {
    let (outcome, problems, mismatches) = match &ran.verdict {
        Verdict::Passed => ("passed", json!([]), json!([])),
        Verdict::NotHere => ("not-here", json!([]), json!([])),
        Verdict::Failed {
            problems,
            mismatches,
        } => {
            let differing: Vec<_> = mismatches
                .iter()
                .map(|one| {
                    let change = ran.last_change(&one.pointer);
                    json!({
                        "pointer": one.pointer,
                        "expected": one.expected,
                        "actual": one.actual,
                        "by": change.map(|change| &change.by),
                        "because": change.and_then(|change| change.because.as_ref()),
                    })
                })
                .collect();
            ("failed", json!(problems), json!(differing))
        }
    };
    json!({
        "name": ran.place.name,
        "outcome": outcome,
        "problems": problems,
        "mismatches": mismatches,
        "fuel": ran.fuel(),
        "duration_us": u64::try_from(ran.took.as_micros()).unwrap_or(u64::MAX),
    })
}

fn covered(coverage: &Coverage) -> Value {
    json!({
        "reads": coverage.reads,
        "settings_untried": coverage.settings_untried,
        "phases_untried": coverage.phases_untried,
    })
}

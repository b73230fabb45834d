//! A replay as one JSON object.

use serde_json::{Value, json};

use crate::policy::ReplayReport;
use crate::registration::{Refusal, Replayed, Verdict};

pub(super) fn shown(chain: &str, report: &ReplayReport, all: &[Replayed]) -> String {
    let nodes: Vec<_> = all.iter().filter_map(node).collect();
    let whole = json!({"chain": chain, "report": report, "decisions": nodes});
    format!("{whole:#}\n")
}

/// One that does not come to the same.
fn node(replayed: &Replayed) -> Option<Value> {
    if replayed.is_same() {
        return None;
    }
    let (verdict, told) = match &replayed.verdict {
        Verdict::Same => ("warned-otherwise", json!({})),
        Verdict::Changed(deviations) => {
            let changes = deviations.iter().map(|one| {
                json!({
                    "pointer": one.pointer,
                    "from": one.from,
                    "to": one.to,
                    "was_by": one.was_by,
                    "by": one.by,
                })
            });
            ("changed", json!({"changes": changes.collect::<Vec<_>>()}))
        }
        Verdict::Refused(now) if now.is_denial() => ("denied", json!({"now": refusal(now)})),
        Verdict::Refused(now) => ("failed", json!({"now": refusal(now)})),
        Verdict::Admitted(was) => ("admitted", json!({"was": refusal(was)})),
        Verdict::RefusedOtherwise { was, now } => (
            "refused-otherwise",
            json!({"was": refusal(was), "now": refusal(now)}),
        ),
        Verdict::Undecidable(why) => ("undecidable", json!({"detail": why})),
    };
    let mut shown = json!({
        "decision": replayed.decision,
        "node": replayed.node,
        "node_name": replayed.name,
        "verdict": verdict,
    });
    if let (Value::Object(shown), Value::Object(told)) = (&mut shown, told) {
        shown.extend(told);
        for (key, warnings) in [
            ("newly_warned", &replayed.warnings.new),
            ("no_longer_warned", &replayed.warnings.gone),
        ] {
            if !warnings.is_empty() {
                shown.insert(key.to_owned(), json!(warnings));
            }
        }
    }
    Some(shown)
}

fn refusal(one: &Refusal) -> Value {
    json!({"outcome": one.outcome, "hook": one.hook, "detail": one.detail})
}

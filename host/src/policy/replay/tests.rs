use serde_json::json;
use uuid::Uuid;

use super::*;

fn replayed(name: &str, verdict: Verdict) -> Replayed {
    Replayed {
        decision: Uuid::nil(),
        node: Uuid::nil(),
        name: name.into(),
        verdict,
    }
}

fn deviation(pointer: &str, from: &str, to: &str) -> Deviation {
    Deviation {
        pointer: pointer.into(),
        from: Some(json!(from)),
        to: Some(json!(to)),
        was_by: Some(Author::Seed),
        by: Some(Author::Hook("naming".into())),
    }
}

#[test]
fn the_same_change_of_many_nodes_is_told_once() {
    let port = |mac: &str| deviation(&format!("/ports/{mac}/physical_network"), "a", "b");
    let changed = |name, deviations| replayed(name, Verdict::Changed(deviations));
    let all = [
        changed("one", vec![deviation("/node/name", "one", "r1")]),
        changed("two", vec![port("aa"), port("bb")]),
        changed("three", vec![port("cc")]),
        replayed("four", Verdict::Same),
    ];
    let report = ReplayReport::of(&all);
    assert_eq!(report.outcomes.changed, 3);
    assert!(report.outcomes.differ());
    let told: Vec<_> = report
        .fields
        .iter()
        .map(|one| (one.field.as_str(), one.nodes, one.values.len()))
        .collect();
    assert_eq!(
        told,
        [("/ports/*/physical_network", 2, 1), ("/node/name", 1, 1)]
    );
    assert_eq!(report.fields[0].values[0].nodes, ["two", "three"]);
}

#[test]
fn what_nobody_knows_is_no_difference() {
    let refusal = |outcome: &str| Refusal {
        outcome: outcome.into(),
        hook: Some("h".into()),
        detail: "no".into(),
    };
    let unknown = replayed("a", Verdict::Undecidable("`x` was not recorded".into()));
    let report = ReplayReport::of(std::slice::from_ref(&unknown));
    assert!(!report.outcomes.differ());
    assert_eq!(report.undecidable["`x` was not recorded"], ["a"]);
    let all = [
        unknown,
        replayed("b", Verdict::Refused(refusal("denied"))),
        replayed("c", Verdict::Refused(refusal("hook-failed"))),
    ];
    let report = ReplayReport::of(&all);
    assert!(report.outcomes.differ());
    let Outcomes { denied, failed, .. } = report.outcomes;
    assert_eq!((denied, failed, report.refused.len()), (1, 1, 2));
}

use serde_json::json;
use uuid::Uuid;

use super::*;

fn replayed(name: &str, verdict: Verdict) -> Replayed {
    Replayed {
        decision: Uuid::nil(),
        node: Uuid::nil(),
        name: name.into(),
        verdict,
        warnings: Default::default(),
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

#[test]
fn a_warning_more_or_less_is_a_difference_of_its_own() {
    let warning = |message: &str| Warning {
        hook: "guardrails".into(),
        pointer: Some("/node/name".into()),
        message: message.into(),
    };
    let warned = |name: &str, new: &[&str], gone: &[&str]| {
        let mut one = replayed(name, Verdict::Same);
        one.warnings.new = new.iter().map(|text| warning(text)).collect();
        one.warnings.gone = gone.iter().map(|text| warning(text)).collect();
        one
    };
    let all = [
        warned("a", &["long", "odd"], &[]),
        warned("b", &["odd"], &["short"]),
        warned("c", &[], &[]),
    ];
    let report = ReplayReport::of(&all);
    let of = report.outcomes;
    assert!(of.differ());
    assert_eq!((of.same, of.newly_warned, of.no_longer_warned), (1, 2, 1));
    let [group] = report.newly_warned.as_slice() else {
        panic!("{report:#?}")
    };
    assert_eq!((group.hook.as_str(), group.nodes), ("guardrails", 2));
    assert_eq!(group.details["`/node/name`: odd"], ["a", "b"]);
    assert_eq!(
        report.no_longer_warned[0].details["`/node/name`: short"],
        ["b"]
    );
}

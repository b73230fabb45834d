//! Empty objects: who leaves one has asked for nothing in it, and has left it.

use serde_json::{Value, json};
use valence::evaluate::{Effect, explain};

use super::bench::Bench;
use super::guest::Guest;

fn extra(value: Value) -> Guest {
    Guest::setting(&json!({ "extra": value }))
}

#[tokio::test]
async fn who_leaves_an_empty_object_has_no_claim_to_what_comes_into_it() {
    let bench = Bench::new()
        .hook("tidy", extra(json!({})))
        .hook("rack", extra(json!({"rack": "r12"})));
    // Of the hook before it, or of the request.
    for asked in [json!({}), json!({"extra": {}})] {
        let evaluation = bench.evaluate_for(asked).await.unwrap();
        assert_eq!(evaluation.enrollment.node["extra"], json!({"rack": "r12"}));
        let warned = evaluation
            .findings
            .iter()
            .filter(|finding| finding.effect == Effect::Warn && finding.left_out.is_none());
        assert_eq!(warned.count(), 0, "{:?}", evaluation.findings);
    }

    let bench = Bench::new()
        .hook("rack", extra(json!({"rack": "r12"})))
        .hook("unit", extra(json!({"rack": "r12", "unit": 7})))
        .hook("other", extra(json!({"rack": "r13", "unit": 7})));
    let refused = bench.evaluate().await.unwrap_err().to_string();
    assert!(
        refused.contains("which hook `rack` set before it"),
        "{refused}"
    );
}

#[tokio::test]
async fn who_takes_the_last_value_out_has_left_the_object_empty() {
    let bench = Bench::new().hook("tidy", extra(json!({})));
    let asked = json!({"extra": {"note": "x"}});
    let evaluation = bench.evaluate_for(asked).await.unwrap();
    let explained = explain(&evaluation, |_, _| None);
    let field = |pointer: &str| {
        let field = explained.fields.iter().find(|one| one.pointer == pointer);
        field.unwrap().set.by.name()
    };
    assert_eq!(field("/node/extra"), "tidy");
    let gone = explained.left_out.iter();
    let gone: Vec<_> = gone
        .filter(|one| one.pointer == "/node/extra/note")
        .collect();
    assert_eq!(gone.len(), 1);
    assert_eq!(gone[0].by.name(), "tidy");
    assert_eq!(evaluation.hooks[0].wrote, ["/node/extra/note"]);

    // A value that was set to null is told from one that was removed, also as text.
    let written = serde_json::to_value(&evaluation.changes).unwrap();
    let removal = |one: &&Value| one["pointer"] == "/node/extra/note" && one.get("to").is_none();
    assert_eq!(
        written.as_array().unwrap().iter().filter(removal).count(),
        1
    );
    let read: Vec<valence::enrollment::Change> = serde_json::from_value(written).unwrap();
    assert!(
        read.iter()
            .zip(&evaluation.changes)
            .all(|(one, other)| *one == **other)
    );
}

//! Numbers that a hook hands on: no language's way of printing them is a change.

use std::sync::Arc;

use serde_json::json;
use valence::enrollment::Author;
use valence::hook::{Chain, EngineKind, HookSpec};
use valence_tests::hook;

use super::bench::{Bench, evaluate_with};
use super::compiling::by_child;
use super::python::cache;

#[tokio::test]
async fn numbers_are_handed_on_by_hooks_of_every_language() {
    let parameters = json!({"properties": {
        "temperature": 94.52706955539223,
        "ratio": 100.0,
        "most": 9_007_199_254_740_993_u64,
        "all": [1e300, {"least": 5e-324, "wwn": u64::MAX}],
    }});
    let bench = Bench::compiling(EngineKind::Offline, by_child(Some(cache())));
    for (name, settings, written) in [
        (
            "site-naming",
            json!({"patterns": ["{serial}"]}),
            "/node/name",
        ),
        ("python-naming", json!({}), "/node/name"),
        (
            "javascript-labels",
            json!({"of": "model", "pattern": "^(?<series>[0-9]+)"}),
            "/node/extra/series",
        ),
    ] {
        let spec = HookSpec {
            settings: serde_json::from_value(settings).unwrap(),
            // Every number that is another one would be refused.
            writes: Some(vec![written.parse().unwrap()]),
            ..HookSpec::new(name, hook(name))
        };
        let loaded = bench.load(spec).await.unwrap();
        let chain = Chain::of(vec![Arc::new(loaded)]);
        let evaluated = evaluate_with(&chain, parameters.clone()).await;
        let evaluation = evaluated.unwrap_or_else(|refused| panic!("{name}: {refused}"));
        let properties = evaluation.enrollment.node["properties"].clone();
        for (key, value) in parameters["properties"].as_object().unwrap() {
            assert_eq!(
                properties[key].to_string(),
                value.to_string(),
                "{name}: {key}"
            );
        }
        let by_hook = evaluation.changes.iter();
        let by_hook = by_hook.filter(|change| matches!(change.by, Author::Hook(_)));
        let pointers: Vec<_> = by_hook.map(|change| change.pointer.as_str()).collect();
        assert_eq!(pointers, [written], "{name}");
    }
}

//! Real hooks in Python and JavaScript, with a whole interpreter in them.

use std::time::Instant;

use serde_json::json;
use valence::hook::{Chain, EngineKind, Origin};
use valence_tests::{Valence, hook, target};

use super::bench::{Bench, evaluate_with};
use super::compiling::by_child;

const HOOKS: [&str; 2] = ["python-naming", "javascript-naming"];

/// Loads them on a server's engine: by whom each was compiled is printed. Their
/// code is kept from one run of the tests to the next, as it is for an operator.
async fn load() -> (Chain, Vec<Origin>) {
    let kind = EngineKind::Server { concurrency: 4 };
    let cache = target().join("tmp/hooks-cache");
    let bench = Bench::compiling(kind, by_child(Some(cache)));
    let begun = Instant::now();
    let mut hooks = Vec::new();
    for name in HOOKS {
        let mut spec = bench.file(name, &std::fs::read(hook(name)).unwrap());
        spec.overrides = hooks.iter().map(|_| HOOKS[0].to_owned()).collect();
        hooks.push(std::sync::Arc::new(bench.load(spec).await.unwrap()));
    }
    let origins = hooks.iter().map(|hook| hook.origin).collect();
    println!("{HOOKS:?} loaded in {:?}: {origins:?}", begun.elapsed());
    (Chain::of(hooks), origins)
}

#[tokio::test]
async fn interpreters_map_and_the_second_start_compiles_nothing() {
    load().await;
    let (chain, origins) = load().await;
    assert_eq!(origins, [Origin::Cache; 2]);
    for _ in 0..2 {
        let evaluation = evaluate_with(&chain, json!({})).await.unwrap();
        assert_eq!(evaluation.enrollment.node["name"], "web43-u12");
        let because: Vec<_> = evaluation
            .changes
            .iter()
            .filter(|change| change.pointer == "/node/name")
            .filter_map(|change| change.because.as_deref())
            .collect();
        assert_eq!(because, ["pattern {rack}-u{unit:02}"]);
    }

    // A server of its own process finds the same code.
    let cache = target().join("tmp/hooks-cache");
    let cache = cache.display().to_string();
    let mut valence = Valence::bare()
        .configure(&format!("[hooks]\ncache = {cache:?}"))
        .hook("python-naming", &hook("python-naming"), "")
        .hook("port-policy", &hook("port-policy"), "settings = {}")
        .start();
    let begun = Instant::now();
    valence.crash_and_restart();
    println!(
        "a server with a python hook is ready after {:?}",
        begun.elapsed()
    );
    let log = valence.log();
    let starts: Vec<_> = log.split("configuration read").collect();
    let second = starts.last().unwrap();
    assert_eq!(second.matches("origin=Cache").count(), 2, "{second}");
    assert_eq!(second.matches("hook compiled").count(), 0, "{second}");
    assert_eq!(valence.complaints().matches("cache").count(), 0);
    assert_eq!(valence.complaints().matches("pool").count(), 0);
}

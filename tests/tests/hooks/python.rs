//! A real hook in Python: 18 MB of component, with the whole interpreter in it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use valence::hook::{Allocation, Chain, EngineKind, HookSpec, Origin};
use valence_tests::{Valence, hook, target};

use super::bench::{Bench, evaluate_with};
use super::compiling::by_child;

const NAME: &str = "python-naming";

/// Compiled code is kept from one run of the tests to the next, as an operator's
/// is: compiling takes minutes on a busy machine.
pub(super) fn cache() -> PathBuf {
    target().join("tmp/hooks-cache")
}

/// The chain of this hook, on a server's engine, and where its code came from.
async fn load() -> (Chain, Origin) {
    let kind = EngineKind::Server { concurrency: 4 };
    let bench = Bench::compiling(kind, by_child(Some(cache())));
    let begun = Instant::now();
    let loaded = bench.load(HookSpec::new(NAME, hook(NAME))).await.unwrap();
    let origin = loaded.origin;
    assert_eq!(loaded.allocation(), Allocation::Large);
    println!("{NAME}: {origin:?}, loaded in {:?}", begun.elapsed());
    (Chain::of(vec![Arc::new(loaded)]), origin)
}

#[tokio::test]
async fn it_maps_and_the_second_start_compiles_nothing() {
    let (first, _) = load().await;
    let (second, origin) = load().await;
    assert_eq!(origin, Origin::Cache);
    let mut known = None;
    for chain in [&first, &second, &first, &second] {
        let evaluation = evaluate_with(chain, json!({})).await.unwrap();
        assert_eq!(evaluation.enrollment.node["name"], "web43-u12");
        let because = evaluation
            .changes
            .iter()
            .filter(|change| change.pointer == "/node/name")
            .find_map(|change| change.because.as_deref());
        assert_eq!(because, Some("pattern {rack}-u{unit:02}"));
        // An interpreter is as pure as any hook: no clock, no randomness, nothing
        // left of the call before.
        let came_to = (
            evaluation.enrollment.clone(),
            evaluation.changes.clone(),
            evaluation.hooks[0].fuel,
        );
        assert_eq!(*known.get_or_insert_with(|| came_to.clone()), came_to);
    }

    // A server, which is another process, beside hooks that are small.
    let cache = cache().display().to_string();
    let mut valence = Valence::bare()
        .configure(&format!("[hooks]\ncache = {cache:?}"))
        .hook(NAME, &hook(NAME), "")
        .hook("port-policy", &hook("port-policy"), "")
        .hook("guardrails", &hook("guardrails"), "settings = {}")
        .hook(
            "site-naming",
            &hook("site-naming"),
            "settings = { patterns = [\"{serial}\"] }\noverrides = [\"python-naming\"]",
        )
        .start();
    let begun = Instant::now();
    valence.crash_and_restart();
    println!("a server is ready again after {:?}", begun.elapsed());
    let log = valence.log();
    let second = log.rsplit("configuration read").next().unwrap();
    assert_eq!(second.matches("origin=Cache").count(), 4);
    assert_eq!(second.matches("hook compiled").count(), 0);
    for complaint in ["cache", "pool for"] {
        assert!(!valence.complaints().contains(complaint), "{log}");
    }
}

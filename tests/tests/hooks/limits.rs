//! Every limit there is: set in a configuration, kept by one hook and broken by
//! another, whose error says which hook, which limit, its value and how to raise it.

mod cases;

use std::collections::BTreeSet;
use std::fs;

use serde_json::json;
use valence::config::Config;
use valence::hook::{Chain, Engine, EngineKind};
use valence_tests::{Valence, mockups, root};

use super::bench::evaluate_with;
use cases::{Case, cases};

/// What is said of a hook with this component and this limit, all others being
/// out of the way; empty if nothing is.
async fn said(engine: &Engine, key: &str, value: &str, component: &[u8]) -> String {
    let directory = tempfile::tempdir().unwrap();
    let fuel = if key == "fuel" {
        ""
    } else {
        "fuel = 1000000000000\n"
    };
    let toml = format!(
        "[[hook]]\nname = \"rogue\"\npath = \"rogue.wasm\"\n[hook.limits]\n{fuel}{key} = {value}\n"
    );
    let file = directory.path().join("valence.toml");
    fs::write(&file, toml).unwrap();
    fs::write(directory.path().join("rogue.wasm"), component).unwrap();
    if key.starts_with("log") {
        let [config, mockup] =
            [&file, &mockups().join("plain")].map(|path| path.display().to_string());
        let ran = Valence::offline(["evaluate", "--config", &config, "--mockup", &mockup]);
        assert_eq!(ran.exit, 0, "{}", ran.stderr);
        let lines = ran.stderr.lines();
        let own: Vec<_> = lines
            .filter(|line| line.contains("wrote more log than"))
            .collect();
        return own.join("\n");
    }
    let specs = Config::load(Some(&file)).map_err(|error| error.to_string());
    let specs = specs.unwrap().config.hooks;
    match Chain::load(engine, specs).await {
        Err(error) => error.to_string(),
        Ok(chain) => match evaluate_with(&chain, json!({})).await {
            Err(rejection) => rejection.to_string(),
            Ok(_) => String::new(),
        },
    }
}

#[tokio::test]
async fn every_limit_can_be_set_and_is_told_when_it_is_broken() {
    let offline = Engine::new(EngineKind::Offline).unwrap();
    let server = Engine::new(EngineKind::Server { concurrency: 2 }).unwrap();
    for Case {
        key,
        value,
        told,
        kept,
        broken,
    } in cases()
    {
        for engine in [&offline, &server] {
            assert_eq!(said(engine, key, value, &kept).await, "", "`{key}` is kept");
            let message = said(engine, key, value, &broken).await;
            let named = message.contains("hook `rogue`") || message.contains("hook=\"rogue\"");
            assert!(
                named
                    && message.contains(&format!(" {told}"))
                    && message.contains(&format!("`limits.{key}` of its `[[hook]]` raises this")),
                "`{key}`: {message}"
            );
        }
    }
}

/// The keys and values of `[hook.limits]` in the annotated sample.
fn sample() -> BTreeSet<(String, String)> {
    let text = fs::read_to_string(root().join("valence.toml")).unwrap();
    let (_, limits) = text.split_once("#[hook.limits]\n").unwrap();
    limits
        .lines()
        .take_while(|line| line.starts_with('#'))
        .filter(|line| !line.starts_with("# "))
        .filter_map(|line| line.trim_start_matches('#').split_once(" = "))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn no_limit_goes_untried() {
    let tried: BTreeSet<_> = cases()
        .into_iter()
        .map(|case| case.key.to_owned())
        // In `compiling`: these are for the process that compiles.
        .chain(["compile_memory", "compile_deadline"].map(str::to_owned))
        .collect();
    let known: BTreeSet<_> = sample().into_iter().map(|(key, _)| key).collect();
    assert_eq!(tried, known);
}

#[test]
fn the_guide_has_every_limit_with_its_default() {
    let guide = fs::read_to_string(root().join("docs/writing-hooks.md")).unwrap();
    let (_, section) = guide.split_once("## Limits\n").unwrap();
    let rows = section.lines().take_while(|line| !line.starts_with("## "));
    let told: BTreeSet<_> = rows
        .filter_map(|row| {
            let mut cells = row
                .strip_prefix("| `")?
                .split('|')
                .map(|cell| cell.trim().trim_matches('`'));
            Some((cells.next()?.to_owned(), cells.next()?.to_owned()))
        })
        .collect();
    assert_eq!(told, sample());
}

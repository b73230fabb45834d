//! Every limit there is: set in a configuration, kept by one hook and broken by
//! another, whose error says which hook, which limit, its value and how to raise it.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};
use valence::config::Config;
use valence::hook::{Chain, Engine, EngineKind};
use valence_tests::{Valence, mockups, root};

use super::bench::evaluate_with;
use super::guest::{Guest, again, give_back, with_instances};

/// A limit with a value, what a breach calls that value, a component that stays
/// just below, and one that does not.
struct Case {
    key: &'static str,
    value: &'static str,
    told: &'static str,
    kept: Vec<u8>,
    broken: Vec<u8>,
}

fn same() -> String {
    give_back("(local.get $node)", "(local.get $node_length)")
}

fn plain() -> Vec<u8> {
    Guest::new().map(&same()).component()
}

fn repeating(guest: Guest, times: usize, code: &str) -> Vec<u8> {
    guest.map(&(again(times, code) + &same())).component()
}

fn reading(documents: &[&str]) -> Vec<u8> {
    let mut guest = Guest::reader();
    let reads: String = documents
        .iter()
        .map(|document| guest.read(document, "/Id"))
        .collect();
    guest.map(&(reads + &same())).component()
}

fn logging(lines: usize, length: usize) -> Vec<u8> {
    let mut guest = Guest::new().import("log", "write", "log", "(param i32 i32 i32)");
    let (at, length) = guest.text(&"x".repeat(length));
    let line = format!("(call $log (i32.const 3) (i32.const {at}) (i32.const {length}))");
    repeating(guest, lines, &line)
}

fn cases() -> Vec<Case> {
    let spinning = |times| repeating(Guest::new(), times, "");
    let growing = |pages| {
        let grow = format!("(drop (memory.grow (i32.const {pages})))");
        Guest::new().map(&(grow + &same())).component()
    };
    let with = |module: &str| Guest::new().raw(module).map(&same()).component();
    let tables = |elements| {
        let grow = format!("(drop (table.grow $t (ref.null func) (i32.const {elements})))");
        let guest = Guest::new().raw("(table $t 1 funcref) (table 20 funcref)");
        guest.map(&(grow + &same())).component()
    };
    let deep = |frames| {
        let guest = Guest::new().raw(
            "(func $deep (param i32) (result i32)
               (if (result i32) (local.get 0)
                 (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
                 (else (i32.const 0))))",
        );
        let call = format!("(drop (call $deep (i32.const {frames})))");
        guest.map(&(call + &same())).component()
    };
    let returning = |value: Value| Guest::setting(&json!({"extra": {"x": value}})).component();
    let nested = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    let asking = |times| {
        let root = "(drop (call $root (local.get $registration)))";
        repeating(Guest::reader(), times, root)
    };
    let passing = |times, bytes: usize| {
        let get = format!(
            "(call $get (local.get $document) (i32.const 70000) (i32.const {bytes}) (i32.const 512))"
        );
        let document = "(local.set $document (call $root (local.get $registration)))";
        let body = again(times, &get).replacen('(', "(local $document i32) (", 1);
        let body = body.replacen("(loop", &format!("{document} (loop"), 1);
        Guest::reader().map(&(body + &same())).component()
    };
    let large = || {
        let mut guest = Guest::new();
        guest.text(&"x".repeat(40_000));
        guest.map(&same()).component()
    };
    let case = |key, value, told, kept, broken| Case {
        key,
        value,
        told,
        kept,
        broken,
    };
    vec![
        case(
            "fuel",
            "200000",
            "200000",
            spinning(1000),
            spinning(100_000),
        ),
        case(
            "deadline",
            "\"20ms\"",
            "20 ms",
            plain(),
            spinning(2_000_000_000),
        ),
        case("memory", "\"192KiB\"", "192 KiB", growing(1), growing(2)),
        case("memories", "1", "1", plain(), with("(memory $more 1)")),
        case(
            "tables",
            "3",
            "3",
            with("(table 1 funcref)"),
            with(&"(table 1 funcref)".repeat(4)),
        ),
        case("table_elements", "50", "50", tables(20), tables(40)),
        case(
            "instances",
            "10",
            "10",
            with_instances(plain(), 5),
            with_instances(plain(), 20),
        ),
        case("stack", "\"64KiB\"", "64 KiB", deep(100), deep(100_000)),
        case(
            "output",
            "\"4KiB\"",
            "4 KiB",
            returning(json!("x".repeat(2000))),
            returning(json!("x".repeat(5000))),
        ),
        case(
            "depth",
            "4",
            "4",
            returning(nested(2)),
            returning(nested(3)),
        ),
        case(
            "reads",
            "1",
            "1",
            reading(&["root", "root"]),
            reading(&["root", "system"]),
        ),
        case(
            "read_bytes",
            "\"3KiB\"",
            "3 KiB",
            reading(&["root"]),
            reading(&["root", "system"]),
        ),
        case("handles", "8", "8", asking(6), asking(9)),
        case("host_calls", "8", "8", asking(6), asking(9)),
        case(
            "host_bytes",
            "\"16KiB\"",
            "16 KiB",
            passing(3, 4000),
            passing(5, 4000),
        ),
        // In one call: here it is wasmtime that counts.
        case(
            "host_bytes",
            "\"16KiB\"",
            "16 KiB",
            passing(1, 15_000),
            passing(1, 17_000),
        ),
        case("log_lines", "3", "3", logging(3, 10), logging(4, 10)),
        case(
            "log_bytes",
            "\"100B\"",
            "100 bytes",
            logging(5, 20),
            logging(6, 20),
        ),
        case("component", "\"32KiB\"", "32 KiB", plain(), large()),
        case("functions", "50", "50", plain(), with(&"(func)".repeat(50))),
    ]
}

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

//! What a component may try before it is called at all: each is refused with the
//! hook's name and a reason, by the very code that a server starts with.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use valence::hook::{Engine, EngineKind, Hook, HookSpec};
use valence_tests::{Outcome, Valence, mockups};

use super::{alone, attacks};
use crate::hooks::guest::{Guest, give_back, with_instances};

fn same() -> Guest {
    Guest::new().map(&give_back("(local.get $node)", "(local.get $node_length)"))
}

fn with(module: &str) -> Vec<u8> {
    same().raw(module).component()
}

fn text(component: &str) -> Vec<u8> {
    wat::parse_str(component).unwrap()
}

fn schema(schema: &str) -> Vec<u8> {
    same().configured(Some(schema), None).component()
}

/// Components with settings, and why they are refused.
fn refused() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let interface = |name: &str, function: &str| {
        text(&format!(
            "(component (import \"{name}\" (instance (export \"get\" (func {function})))))"
        ))
    };
    let ours = "valence:hooks/settings@0.1.0-dev";
    let mut garbage = b"\0asm\x0d\0\x01\0".to_vec();
    garbage.extend((0..4000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8));
    vec![
        (
            "loop in start",
            with("(func $s (loop (br 0))) (start $s)"),
            "`limits.fuel`",
        ),
        (
            "trap in start",
            with("(func $s unreachable) (start $s)"),
            "it trapped",
        ),
        ("4 gib of memory", with("(memory 65536)"), "`limits.memory`"),
        (
            "many memories",
            with(&"(memory 1)".repeat(50)),
            "`limits.memories`",
        ),
        (
            "elements",
            with("(table 9000000 funcref)"),
            "`limits.table_elements`",
        ),
        (
            "a milliard of elements",
            with("(table 1000000000 funcref)"),
            "`limits.table_elements`",
        ),
        (
            "many tables",
            with(&"(table 1 funcref)".repeat(90)),
            "`limits.tables`",
        ),
        (
            "instances",
            with_instances(with(""), 500),
            "`limits.instances`",
        ),
        (
            "unknown import",
            text("(component (import \"acme:things/store\" (instance)))"),
            "valence does not offer",
        ),
        (
            "missing export",
            text("(component)"),
            "it takes part in no phase",
        ),
        (
            "wrong type",
            interface(ours, "(result u32)"),
            "but not as contract 0.1.0-dev has it: its result is `u32`",
        ),
        (
            "wasi",
            text("(component (import \"wasi:cli/environment@0.2.6\" (instance)))"),
            "hooks get no wasi",
        ),
        ("garbage", garbage, "is no component"),
        (
            "schema that is none",
            schema("{\"type\": 7}"),
            "the json schema of its settings is none",
        ),
        (
            "schema of itself",
            schema(r##"{"$ref": "#"}"##),
            "it refers to itself in a circle",
        ),
        (
            "schema that doubles",
            schema(&doubling()),
            "nested more than 16 deep",
        ),
        (
            "pattern that explodes",
            schema(r#"{"patternProperties": {"((a{1000}){1000}){1000}": {}}}"#),
            "the json schema of its settings is none",
        ),
    ]
}

/// What costs the compiler much; it may be refused, or run.
fn expensive() -> Vec<(&'static str, Vec<u8>)> {
    let operations = "(i32.add (i32.const 3))".repeat(200_000);
    let targets = "0 ".repeat(1_000_000);
    let mut nested = "(component $c0 (core module $m) (core instance (instantiate $m)))".to_owned();
    for level in 1..20 {
        nested += &format!(
            "(component $c{level} (alias outer 1 $c{} (component $i)) (instance (instantiate $i)) (instance (instantiate $i)))",
            level - 1
        );
    }
    vec![
        (
            "60,000 functions",
            with(&"(func (result i32) (i32.const 1))".repeat(60_000)),
        ),
        (
            "a function of 200,000 operations",
            with(&format!("(func (result i32) (i32.const 1) {operations})")),
        ),
        (
            "a br_table of a million",
            with(&format!(
                "(func (param i32) (block (br_table {targets} (local.get 0))))"
            )),
        ),
        (
            "a million instances",
            text(&format!(
                "(component {nested} (instance (instantiate $c19)))"
            )),
        ),
    ]
}

fn doubling() -> String {
    let defs: Vec<_> = (0..40)
        .map(|n| {
            let next = format!("{{\"$ref\": \"#/$defs/d{}\"}}", n + 1);
            format!("\"d{n}\": {{\"allOf\": [{next}, {next}]}}")
        })
        .collect();
    format!(
        "{{\"$ref\": \"#/$defs/d0\", \"$defs\": {{{}, \"d40\": {{\"type\": \"object\"}}}}}}",
        defs.join(", ")
    )
}

/// Has a configuration with this one hook used as `command` says.
fn try_out(directory: &Path, component: &[u8], command: &[&str]) -> Outcome {
    fs::write(directory.join("rogue.wasm"), component).unwrap();
    configured(directory, command)
}

fn configured(directory: &Path, command: &[&str]) -> Outcome {
    let file = directory.join("valence.toml");
    fs::write(
        &file,
        "[server]\nlisten = \"127.0.0.1:0\"\n[store]\nurl = \"sqlite://valence.db\"\n\
         [[hook]]\nname = \"rogue\"\npath = \"rogue.wasm\"\nlimits = { fuel = 50000000, tables = 20 }\n",
    )
    .unwrap();
    let config = file.display().to_string();
    Valence::offline(command.iter().copied().chain(["--config", &config]))
}

fn evaluate(mockup: &str) -> [&str; 3] {
    ["evaluate", "--mockup", mockup]
}

#[tokio::test]
async fn what_is_no_hook_is_refused_at_load_with_its_name() {
    let _alone = alone().lock().await;
    let mockup = mockups().join("plain").display().to_string();
    let directory = tempfile::tempdir().unwrap();
    let said = |ran: &Outcome, name: &str, says: &str| {
        assert!(!matches!(ran.exit, 0 | 101 | -1), "{name}: {ran:?}");
        assert!(ran.stderr.contains("hook `rogue`"), "{name}: {ran:?}");
        assert!(ran.stderr.contains(says), "{name}: {ran:?}");
    };
    let all = refused();
    for (name, component, says) in &all {
        let ran = try_out(directory.path(), component, &evaluate(&mockup));
        said(&ran, name, says);
    }
    // The same from the server, which does not start.
    let (name, component, says) = &all[0];
    said(
        &try_out(directory.path(), component, &["serve"]),
        name,
        says,
    );

    let large = fs::File::create(directory.path().join("rogue.wasm")).unwrap();
    large.set_len(100 << 20).unwrap();
    let ran = configured(directory.path(), &evaluate(&mockup));
    said(
        &ran,
        "100 MB",
        "its file is larger than 64 MiB; `limits.component`",
    );
}

#[tokio::test]
async fn what_is_hard_to_load_ends() {
    let _alone = alone().lock().await;
    let mockup = mockups().join("plain").display().to_string();
    let directory = tempfile::tempdir().unwrap();
    for (name, component) in expensive() {
        let begun = Instant::now();
        let ran = try_out(directory.path(), &component, &evaluate(&mockup));
        println!("{name}: {} after {:?}", ran.exit, begun.elapsed());
        assert!(matches!(ran.exit, 0 | 2 | 7), "{name}: {ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_components_with_flipped_bits_do_no_harm() {
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::new(EngineKind::Offline).unwrap();
    let sound = attacks::benign();
    let mut loaded = 0;
    for number in 0..1000_usize {
        let mut bytes = sound.clone();
        // Spread over the file, and over the bits of a byte.
        let place = number * sound.len() / 1000;
        bytes[place] ^= 1 << (number % 8);
        let file = directory.path().join("flipped.wasm");
        fs::write(&file, &bytes).unwrap();
        let mut spec = HookSpec::new("flipped", &file);
        spec.limits.deadline = Duration::from_millis(200);
        match Hook::load(&engine, spec).await {
            Ok(_) => loaded += 1,
            Err(error) => assert!(error.to_string().starts_with("hook `flipped`"), "{error}"),
        }
    }
    println!("1,000 components with a flipped bit: {loaded} loaded, the others were refused");
}

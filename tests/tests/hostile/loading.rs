//! What a component may try before it is called at all: each is handed to a running
//! server by a reload, and refused with the hook's name and a reason, while others
//! register nodes and notice nothing.

use std::fs;
use std::future::Future;
use std::time::Instant;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;
use valence_tests::{Reply, Valence};

use super::measure::{Steady, memory};
use super::{MOST_LEFT, alone, attacks, manage_all, with_hooks};
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
    let ours = "valence:hooks/settings@0.1.0";
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
            "but not as contract 0.1.0 has it: its result is `u32`",
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

/// What costs the compiler much, and why it is refused where it must be.
fn expensive() -> Vec<(&'static str, Vec<u8>, Option<&'static str>)> {
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
            Some("`limits.functions`"),
        ),
        (
            "a function of 200,000 operations",
            with(&format!("(func (result i32) (i32.const 1) {operations})")),
            None,
        ),
        (
            "a br_table of a million",
            with(&format!(
                "(func (param i32) (block (br_table {targets} (local.get 0))))"
            )),
            None,
        ),
        (
            "a million instances",
            text(&format!(
                "(component {nested} (instance (instantiate $c19)))"
            )),
            Some("rogue"),
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

/// A server with a sound hook for a node, and a file for the hook that is none.
pub(super) struct Besieged {
    pub(super) valence: Valence,
    directory: TempDir,
}

impl Besieged {
    pub(super) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("rogue.wasm");
        fs::write(&file, same().component()).unwrap();
        let limits = "limits = { fuel = 50000000, tables = 20, compile_deadline = \"60s\" }";
        let builder = Valence::bare()
            .configure("[hooks]\nreload = false")
            .hook("rogue", &file, limits);
        let benign = attacks::benign();
        let valence = with_hooks(builder, directory.path(), &[("benign", &benign, "")]);
        manage_all(&valence, &["benign"]).await;
        Self { valence, directory }
    }

    pub(super) fn replace(&self, component: &[u8]) {
        fs::write(self.directory.path().join("rogue.wasm"), component).unwrap();
    }

    pub(super) async fn reload(&self) -> Reply {
        self.valence.post("/v1/hooks/reload", json!({})).await
    }

    async fn chain(&self) -> Value {
        self.valence.get("/v1/hooks").await.body["chain"].clone()
    }

    /// Has `attacking` done while others register, and tells how they fared.
    pub(super) async fn beside(&self, attacking: impl Future<Output = ()>) {
        let mut quiet = Steady::default();
        for _ in 0..100 {
            quiet.once(&self.valence, "benign").await;
        }
        let (before, peak_before) = memory(self.valence.process());
        let (goes_on, beside) = watch::channel(Some("loading"));
        let attacking = async {
            attacking.await;
            goes_on.send_replace(None);
        };
        let ((), mut attacked) =
            tokio::join!(attacking, Steady::run(&self.valence, "benign", beside));
        let (after, peak_after) = memory(self.valence.process());
        assert_eq!(attacked.errors, Vec::<String>::new());
        assert!(
            after - before <= MOST_LEFT,
            "it grew by {} KiB",
            after - before
        );
        println!(
            "memory {:+} KiB after, {:+} KiB at the peak; others: {} registrations, 0 errors, \
             p99 {:?} quiet, {:?} attacked",
            after - before,
            peak_after - peak_before,
            attacked.times.len(),
            quiet.share(99),
            attacked.share(99),
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_hook_is_refused_at_load_with_its_name() {
    let _alone = alone().lock().await;
    let server = Besieged::start().await;
    let before = server.chain().await;
    let refused_with = async |name: &str, says: &str| {
        let reply = server.reload().await;
        let detail = reply.body["detail"].as_str().unwrap_or_default();
        assert_eq!(reply.status, 422, "{name}: {:#}", reply.body);
        assert_eq!(reply.body["hook"], "rogue", "{name}: {:#}", reply.body);
        assert!(detail.contains(says), "{name}: {detail}");
        assert_eq!(server.chain().await, before, "{name}");
    };
    let all = refused();
    let attacks = async {
        for (name, component, says) in &all {
            server.replace(component);
            refused_with(name, says).await;
        }
        let file = server.directory.path().join("rogue.wasm");
        let large = fs::File::create(file).unwrap();
        large.set_len(100 << 20).unwrap();
        let says = "its file is larger than 64 MiB; `limits.component`";
        refused_with("100 MB", says).await;
    };
    server.beside(attacks).await;
    println!(
        "hostile hooks while loaded: {n} of {n} refused",
        n = all.len() + 1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_does_not_start_with_what_is_no_hook() {
    let directory = tempfile::tempdir().unwrap();
    let (name, component, says) = refused().swap_remove(0);
    fs::write(directory.path().join("rogue.wasm"), component).unwrap();
    let file = directory.path().join("valence.toml");
    fs::write(
        &file,
        "[server]\nlisten = \"127.0.0.1:0\"\n[store]\nurl = \"sqlite://valence.db\"\n\
         [[hook]]\nname = \"rogue\"\npath = \"rogue.wasm\"\nlimits = { fuel = 50000000 }\n",
    )
    .unwrap();
    let ran = Valence::offline(["serve", "--config", &file.display().to_string()]);
    assert!(!matches!(ran.exit, 0 | 101 | -1), "{name}: {ran:?}");
    assert!(ran.stderr.contains("hook `rogue`"), "{name}: {ran:?}");
    assert!(ran.stderr.contains(says), "{name}: {ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_hard_to_load_ends_and_holds_nobody_up() {
    let _alone = alone().lock().await;
    let server = Besieged::start().await;
    let attacks = async {
        for (name, component, refused) in expensive() {
            server.replace(&component);
            let begun = Instant::now();
            let reply = server.reload().await;
            println!("{name}: {} after {:?}", reply.status, begun.elapsed());
            let detail = reply.body["detail"].as_str().unwrap_or_default();
            match refused {
                Some(says) => {
                    assert_eq!(reply.status, 422, "{name}: {:#}", reply.body);
                    assert!(detail.contains(says), "{name}: {detail}");
                }
                None => assert!(
                    matches!(reply.status, 200 | 422),
                    "{name}: {:#}",
                    reply.body
                ),
            }
        }
    };
    server.beside(attacks).await;
}

//! What is refused at load, and in which words.

use std::error::Error as _;
use std::process::Command;

use serde_json::json;
use valence::evaluate::Rejection;
use valence::failure::Cause;
use valence::hook::{Chain, HookSpec, LoadError, OnFailure, inspect};

use super::bench::Bench;
use super::guest::{CONTRACT, Guest};

fn text(component: &str) -> Vec<u8> {
    wat::parse_str(component).unwrap()
}

#[tokio::test]
async fn what_does_not_fit_is_told_in_words() {
    let bench = Bench::new();
    for (bytes, expected) in [
        (
            text(
                "(component (import \"wasi:random/random@0.2.6\" (instance (export \"get-random-u64\" (func (result u64))))))",
            ),
            "hook `site` does not fit: it imports `wasi:random/random@0.2.6`, and hooks get no wasi: \
             no clock, no randomness, no files, no sockets. Build Rust for `wasm32-unknown-unknown`",
        ),
        (
            text("(component (import \"acme:things/store\" (instance)))"),
            "it imports `acme:things/store`, which valence does not offer",
        ),
        (
            text(
                "(component (import \"valence:hooks/settings@0.2.0\" (instance (export \"get\" (func (result string))))))",
            ),
            "`valence:hooks/settings@0.2.0` is of contract 0.2.0, newer than that of this valence, 0.1.0",
        ),
        (
            text(
                "(component (import \"valence:hooks/settings@0.1.0\" (instance (export \"get\" (func (result u32))))))",
            ),
            "it uses `get` of `settings`, but not as contract 0.1.0 has it: its result is `u32`, where the contract has `string`",
        ),
        (
            text(
                "(component (import \"valence:hooks/settings@0.1.0\" (instance (export \"gets\" (func (result string))))))",
            ),
            "it uses the function `gets` of `settings`, which contract 0.1.0 does not have (it has `get`)",
        ),
        (
            text("(component)"),
            "it takes part in no phase: it is to export `valence:hooks/mapping@0.1.0` or",
        ),
        (
            text("(module)"),
            "it is a core module; `valence hook componentize` makes a component of it",
        ),
        (b"(component)".to_vec(), "it is text; compile it first"),
        (Vec::new(), "it is empty"),
        (
            b"\x7fELF\x02\x01\x01\x00".to_vec(),
            "it does not begin as webassembly does",
        ),
        (
            b"\0asm\x0d\x00\x01\x00garbage".to_vec(),
            "is no component: ",
        ),
    ] {
        let message = bench.refusal(&bytes).await;
        assert!(message.starts_with("hook `site`"), "{message}");
        assert!(message.contains(expected), "{message}");
    }
}

#[tokio::test]
async fn a_record_of_another_field_is_found_before_it_is_used() {
    let other = CONTRACT.replace("    extension: option<json>,\n", "");
    assert_ne!(other, CONTRACT);
    let guest = Guest::new().against(other);
    let component = guest.map_without_extension("unreachable").component();
    let message = Bench::new().refusal(&component).await;
    assert!(
        message.contains(
            "its `map-node` of `mapping` is not as contract 0.1.0 wants it: \
             its parameter `enrollment` lacks the field `extension: option<string>`"
        ),
        "{message}"
    );
}

#[tokio::test]
async fn a_component_with_bits_flipped_is_refused_or_still_a_hook() {
    let bench = Bench::new();
    let sound = Guest::setting(&json!({"name": "a"})).component();
    for place in (0..sound.len()).step_by(sound.len() / 60) {
        let mut bytes = sound.clone();
        bytes[place] ^= 1 << (place % 8);
        // Whatever comes of it, it comes back.
        let _ = bench.load(bench.file("site", &bytes)).await;
    }
}

#[tokio::test]
async fn size_and_pin_are_held() {
    let bench = Bench::new();
    let bytes = Guest::setting(&json!({})).component();
    let mut spec = bench.file("site", &bytes);
    spec.limits.component = 100;
    let refused = bench.load(spec).await.err().unwrap();
    assert_eq!(
        refused.to_string(),
        "hook `site`: its file is larger than 100 bytes; `limits.component` of its `[[hook]]` raises this"
    );
    let mut spec = bench.file("site", &bytes);
    spec.sha256 = Some("00".repeat(32));
    let refused = bench.load(spec).await.err().unwrap();
    assert!(matches!(refused, LoadError::Pin { .. }), "{refused}");
    let LoadError::Pin { found, .. } = refused else {
        return;
    };
    let mut spec = bench.file("site", &bytes);
    spec.sha256 = Some(found.to_uppercase());
    assert!(bench.load(spec).await.is_ok());
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named() {
    let bench = Bench::new();
    let mut spec = bench.file("site", b"");
    spec.path.set_file_name("missing.wasm");
    let refused = bench.load(spec).await.err().unwrap().to_string();
    assert!(
        refused.contains("missing.wasm` cannot be read"),
        "{refused}"
    );
}

#[tokio::test]
async fn what_is_no_file_is_not_waited_for() {
    let bench = Bench::new();
    let mut spec = bench.file("site", b"");
    spec.path.set_file_name("pipe.wasm");
    let made = Command::new("mkfifo").arg(&spec.path).status().unwrap();
    assert!(made.success());
    let refused = bench.load(spec).await.err().unwrap();
    let source = refused.source().unwrap().to_string();
    assert_eq!(source, "it is no regular file");
}

#[tokio::test]
async fn what_the_machine_lacks_is_not_put_on_the_hook_and_not_skipped() {
    let guest = || Guest::setting(&json!({}));
    // More than there are addresses. It is not needed before a function is called.
    let demanding = |spec: &mut HookSpec| {
        spec.limits.stack = 1 << 50;
        spec.on_failure = OnFailure::Skip;
    };
    let bench = Bench::new().hook_with("site", guest(), demanding);
    let rejection = bench.evaluate().await.unwrap_err();
    let said = rejection.to_string();
    assert!(matches!(rejection, Rejection::Machine { .. }), "{said}");
    assert!(
        said.contains("`limits.stack` of its `[[hook]]` asks for 1048576 GiB"),
        "{said}"
    );
    assert_eq!(rejection.into_failure().cause, Cause::Internal);

    let introduced = guest().configured(None, None).component();
    let mut spec = bench.file("site", &introduced);
    demanding(&mut spec);
    let refused = bench.load(spec).await.err().unwrap();
    assert!(matches!(refused, LoadError::Machine { .. }), "{refused}");
}

#[tokio::test]
async fn settings_are_checked_by_schema_and_by_the_hook() {
    let schema = r#"{"type": "object", "properties": {"prefix": {"type": "string"}}, "additionalProperties": false}"#;
    let guest = || Guest::setting(&json!({}));
    let bench = Bench::new();
    let refused = async |guest: Guest, settings: serde_json::Value| {
        let mut spec = bench.file("site", &guest.component());
        spec.settings = serde_json::from_value(settings).unwrap();
        bench.load(spec).await.err().map(|error| error.to_string())
    };
    let good = || guest().configured(Some(schema), None);
    assert_eq!(refused(good(), json!({"prefix": "dc1"})).await, None);
    let message = refused(good(), json!({"prefix": 7})).await.unwrap();
    assert!(
        message.starts_with("hook `site`: `settings/prefix`: "),
        "{message}"
    );
    let objecting = guest().configured(Some(schema), Some("no such rack"));
    assert_eq!(
        refused(objecting, json!({})).await.as_deref(),
        Some("hook `site`: `settings`: no such rack")
    );
    let message = refused(guest().configured(Some("{\"type\": 7}"), None), json!({})).await;
    assert!(
        message
            .unwrap()
            .contains("the json schema of its settings is none")
    );
}

#[tokio::test]
async fn a_chain_loads_whole_or_not_at_all() {
    let bench = Bench::new();
    let sound = |name: &str| bench.file(name, &Guest::setting(&json!({})).component());
    let refused = async |specs| {
        Chain::load(&bench.engine, specs)
            .await
            .err()
            .unwrap()
            .to_string()
    };
    let mut overriding = sound("b");
    overriding.overrides = vec!["c".into()];
    assert_eq!(
        refused(vec![sound("a"), overriding]).await,
        "hook `b`: `overrides` names `c`, and no hook of this name runs before it"
    );
    assert_eq!(
        refused(vec![sound("a"), sound("a")]).await,
        "hook `a`: two hooks have this name"
    );
    assert!(
        refused(vec![sound("seed")])
            .await
            .contains("stands for another author")
    );
    assert!(
        refused(vec![sound("a"), bench.file("b", b"")])
            .await
            .contains("it is empty")
    );
}

#[tokio::test]
async fn inspecting_tells_what_there_is_and_what_is_wrong() {
    let bench = Bench::new();
    let guest = Guest::setting(&json!({})).configured(Some("{\"type\": \"object\"}"), None);
    let spec = bench.file("site", &guest.component());
    let inspection = inspect(&bench.engine, &spec.path).await.unwrap();
    assert_eq!(inspection.name, "tiny");
    assert_eq!(inspection.version.as_deref(), Some("1.2.3"));
    assert_eq!(inspection.phases, ["mapping"]);
    assert_eq!(inspection.settings_schema, Some(json!({"type": "object"})));
    assert!(inspection.problems.is_empty(), "{:?}", inspection.problems);

    let wasi = text("(component (import \"wasi:cli/exit@0.2.6\" (instance)))");
    let spec = bench.file("site", &wasi);
    let inspection = inspect(&bench.engine, &spec.path).await.unwrap();
    assert_eq!(inspection.imports, ["wasi:cli/exit@0.2.6"]);
    assert_eq!(inspection.problems.len(), 1);
}

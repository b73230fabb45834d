//! Components that were built against another contract than ours: what differs,
//! what the host offers and what to do, in words. Each is made of an altered text
//! of the contract, with functions that do nothing.

use serde_json::json;
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve};

use super::bench::Bench;
use super::guest::{CONTRACT, Guest};

/// A component of the world `under-test`, whose items are `world`, of a contract
/// in which `changes` were made.
fn component(changes: &[(&str, &str)], world: &str) -> Vec<u8> {
    let mut source = CONTRACT.to_owned();
    for (from, to) in changes {
        assert!(source.contains(from), "{from}");
        source = source.replacen(from, to, 1);
    }
    source += &format!("\nworld under-test {{ {world} }}\n");
    let mut resolve = Resolve::default();
    let package = resolve.push_source("hooks.wit", &source).unwrap();
    let world = resolve
        .select_world(&[package], Some("under-test"))
        .unwrap();
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Standard32);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default()
        .module(&module)
        .unwrap()
        .validate(true)
        .encode()
        .unwrap()
}

async fn refusal(changes: &[(&str, &str)], world: &str) -> String {
    let bench = Bench::new();
    bench.refusal(&component(changes, world)).await
}

const MAP: &str = "include map-hook;";

#[tokio::test]
async fn what_the_contract_says_fits() {
    let bench = Bench::new();
    for world in [MAP, "include review-hook;", "include hook;"] {
        let file = bench.file("site", &component(&[], world));
        let refused = bench.load(file).await.err().map(|error| error.to_string());
        // It does nothing but trap, once it is asked to introduce itself.
        let expected = (world == "include hook;").then_some("it trapped");
        assert_eq!(refused.is_some(), expected.is_some(), "{refused:?}");
        assert!(refused.is_none_or(|text| text.contains("it trapped")));
    }
}

#[tokio::test]
async fn a_function_that_there_is_not() {
    let change = (
        "  pod-manager: func() -> string;",
        "  pod-manager: func() -> string;\n    pod-manager-url: func() -> string;",
    );
    insta::assert_snapshot!(refusal(&[change], MAP).await);
    let change = ("write: func(level", "print: func(level");
    insta::assert_snapshot!(refusal(&[change], MAP).await);
}

#[tokio::test]
async fn an_interface_that_there_is_not() {
    let change = (
        "/// What Valence offers to every hook.",
        "interface lookup { table: func(name: string) -> string; }\n",
    );
    let world = "include map-hook; import lookup;";
    insta::assert_snapshot!(refusal(&[change], world).await);
}

#[tokio::test]
async fn a_phase_that_there_is_not() {
    let change = (
        "/// What Valence offers to every hook.",
        "interface admission { admit: func(name: string) -> bool; }\n",
    );
    let world = "include map-hook; export admission;";
    insta::assert_snapshot!(refusal(&[change], world).await);
}

#[tokio::test]
async fn a_resource_that_there_is_not() {
    let change = (
        "/// Why a document could not be read.",
        "resource cache { get: func() -> string; }\n",
    );
    insta::assert_snapshot!(refusal(&[change], MAP).await);
}

#[tokio::test]
async fn another_version() {
    for (version, expected) in [
        ("0.2.0", "newer than"),
        ("0.0.7", "older than"),
        // What was built against a contract in work was promised nothing.
        ("0.1.0-dev", "older than"),
    ] {
        let package = format!("package valence:hooks@{version};");
        let refused = refusal(&[("package valence:hooks@0.1.0;", &package)], MAP).await;
        assert!(refused.contains(expected), "{refused}");
        if version == "0.2.0" {
            insta::assert_snapshot!(refused);
        }
    }
}

#[tokio::test]
async fn other_types() {
    let mut told = Vec::new();
    for change in [
        // A parameter's type.
        (
            "because: func(pointer: json-pointer, reason: string)",
            "because: func(pointer: json-pointer, reason: list<string>)",
        ),
        // A parameter too few.
        (
            "write: func(level: level, message: string)",
            "write: func(message: string)",
        ),
        // A field of a record too few, which goes to the hook and comes back.
        ("    extension: option<json>,\n", ""),
        // One too many in a record that only the host makes.
        (
            "    sku: option<string>,\n",
            "    sku: option<string>,\n    family: option<string>,\n",
        ),
        // Another type of a field.
        ("    cores: option<u32>,", "    cores: option<u64>,"),
        // A case of a variant too few, and one too many.
        ("    deferred(option<u32>),\n", ""),
        // Of a list within a record.
        ("    kinds: list<string>,", "    kinds: string,"),
        ("    too-large,\n", "    too-large,\n    busy,\n"),
        // Another content of a case.
        ("    unavailable(string),", "    unavailable,"),
        // A case of an enum.
        ("    deny,\n", "    deny,\n    hold,\n"),
        // Another result of an export.
        (
            ") -> result<list<finding>, error>;",
            ") -> result<option<finding>, error>;",
        ),
        // Another resource.
        ("node: func() -> document;", "node: func() -> registration;"),
    ] {
        let world = "include map-hook; include review-hook;";
        told.push(refusal(&[change], world).await);
    }
    insta::assert_snapshot!(told.join("\n\n"));
}

#[tokio::test]
async fn a_phase_without_its_function() {
    let change = ("  map-node: func(", "  map-it: func(");
    insta::assert_snapshot!(refusal(&[change], MAP).await);
}

#[tokio::test]
async fn wasi_and_other_hosts() {
    let bench = Bench::new();
    let wasi = wat::parse_str(
        "(component (import \"wasi:cli/environment@0.2.6\" (instance)) (import \"wasi:random/random@0.2.6\" (instance)))",
    );
    insta::assert_snapshot!(bench.refusal(&wasi.unwrap()).await);
    let module = wat::parse_str("(module)").unwrap();
    let refused = bench.refusal(&module).await;
    let refused = refused.split("` is no").last().unwrap_or_default();
    insta::assert_snapshot!(refused);
}

/// Interpreters and toolchains leave exports of their own.
#[tokio::test]
async fn exports_of_its_own_are_its_own() {
    let world =
        "include map-hook; export init: func(); export extra: interface { run: func() -> u32; }";
    let bench = Bench::new();
    let file = bench.file("site", &component(&[], world));
    let hook = bench.load(file).await;
    assert!(hook.is_ok(), "{}", hook.err().unwrap());
}

/// What is found only by starting it is found at load, not in a registration.
#[tokio::test]
async fn it_is_started_once_at_load() {
    let guest = Guest::setting(&json!({})).raw("(func $begin unreachable) (start $begin)");
    let message = Bench::new().refusal(&guest.component()).await;
    assert!(
        message.starts_with("hook `site` cannot be started: it trapped"),
        "{message}"
    );
}

//! Components that are refused, or hard to load.

use crate::hooks::guest::{Guest, give_back, with_inner, with_instances};

pub(super) fn same() -> Guest {
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

/// A sound hook with this component within it.
fn around(component: &str) -> Vec<u8> {
    with_inner(with(""), &text(component))
}

/// Components that call each other, and so have wasmtime copy 28 MiB for a few
/// instructions, again and again.
const COPYING: &str = r#"(component
    (component $callee
        (core module $m (memory (export "memory") 460)
            (func (export "make") (param i32 i32 i32 i32) (result i32) (i32.const 16))
            (func (export "f") (param i32 i32)))
        (core instance $i (instantiate $m))
        (alias core export $i "memory" (core memory $memory))
        (alias core export $i "make" (core func $make))
        (alias core export $i "f" (core func $called))
        (func $f (param "s" string) (canon lift (core func $called) (memory $memory) (realloc $make)))
        (export "f" (func $f)))
    (instance $c (instantiate $callee))
    (alias export $c "f" (func $f))
    (component $caller
        (import "f" (func $f (param "s" string)))
        (core module $m (memory (export "memory") 450))
        (core instance $i (instantiate $m))
        (alias core export $i "memory" (core memory $memory))
        (core func $lowered (canon lower (func $f) (memory $memory)))
        (core module $run (import "" "f" (func $f (param i32 i32)))
            (func $s (loop (call $f (i32.const 0) (i32.const 29360128)) (br 0)))
            (start $s))
        (core instance $functions (export "f" (func $lowered)))
        (core instance (instantiate $run (with "" (instance $functions)))))
    (instance (instantiate $caller (with "f" (func $f)))))"#;

/// A component with so many instances of a module with so many globals.
fn globals(globals: usize, instances: usize) -> String {
    let all = "(global (mut i64) (i64.const 7))".repeat(globals);
    let instances = "(core instance (instantiate $m))".repeat(instances);
    format!("(component (core module $m {all}) {instances})")
}

/// A component with so many modules whose few bytes of data stand far apart.
fn images(modules: usize, distance: usize) -> String {
    let pages = distance / 65_536 + 1;
    let module = format!(
        "(core module (memory {pages}) (data (i32.const 0) \"x\") (data (i32.const {distance}) \"x\"))"
    );
    format!("(component {})", module.repeat(modules))
}

/// Schemas in which a reference leads past harmless names of the root's, to what is
/// twice as much work at each step.
fn doubling_aside(reference: impl Fn(usize) -> String, name: impl Fn(usize) -> String) -> String {
    let chain = (0..30).map(|n| {
        let next = format!("{{\"$ref\": \"{}\"}}", reference(n + 1));
        format!("\"{}\": {{\"anyOf\": [{next}, {next}]}}", name(n))
    });
    let end = format!("\"{}\": {{\"type\": \"string\"}}", name(30));
    chain.chain([end]).collect::<Vec<_>>().join(", ")
}

fn doubling_by_id() -> String {
    let chain = doubling_aside(|n| format!("#/d{n}"), |n| format!("d{n}"));
    let harmless = (0..=30).map(|n| format!("\"d{n}\": true"));
    let harmless = harmless.collect::<Vec<_>>().join(", ");
    format!(
        r##"{{"$ref": "#/$defs/a", {harmless}, "$defs": {{"a": {{"$id": "http://e/a", "$ref": "#/d0", {chain}}}}}}}"##
    )
}

fn doubling_by_escapes() -> String {
    let chain = doubling_aside(|n| format!("#/%64{n}"), |n| format!("d{n}"));
    let harmless = (0..=30).map(|n| format!("\"%64{n}\": true"));
    let harmless = harmless.collect::<Vec<_>>().join(", ");
    format!(r##"{{"$ref": "#/%640", {harmless}, {chain}}}"##)
}

/// Components with settings, and why they are refused.
pub(super) fn refused() -> Vec<(&'static str, Vec<u8>, &'static str)> {
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
            "schema that doubles behind an id",
            schema(&doubling_by_id()),
            "`$id` is only supported at its top",
        ),
        (
            "schema that doubles behind escapes",
            schema(&doubling_by_escapes()),
            "leads nowhere",
        ),
        (
            "strings between components",
            around(COPYING),
            "calls between components are not metered",
        ),
        (
            "millions of globals",
            around(&globals(100_000, 90)),
            "its core instances take more memory, beside what is linear, than 64 MiB; `limits.memory`",
        ),
        (
            "code of far more bytes than its component",
            around(&images(30, (1 << 20) - 16)),
            "its compiled code is larger than 16 MiB; `limits.compiled`",
        ),
        (
            "pattern that explodes",
            schema(r#"{"patternProperties": {"((a{1000}){1000}){1000}": {}}}"#),
            "the json schema of its settings is none",
        ),
    ]
}

/// What costs the compiler much, and why it is refused where it must be.
pub(super) fn expensive() -> Vec<(&'static str, Vec<u8>, Option<&'static str>)> {
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

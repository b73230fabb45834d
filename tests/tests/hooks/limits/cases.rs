//! A hook that keeps each limit, and one that breaks it.

use serde_json::{Value, json};

use crate::hooks::guest::{Guest, again, give_back, with_instances};

/// A limit with a value, what a breach calls that value, a component that stays
/// just below, and one that does not.
pub(super) struct Case {
    pub(super) key: &'static str,
    pub(super) value: &'static str,
    pub(super) told: &'static str,
    pub(super) kept: Vec<u8>,
    pub(super) broken: Vec<u8>,
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

/// Asks once for so many values at once.
fn asking_for_many(pointers: usize) -> Vec<u8> {
    let mut guest = Guest::reader().import(
        "redfish",
        "[method]document.get-many",
        "get_many",
        "(param i32 i32 i32 i32)",
    );
    let (at, length) = guest.text("/Id");
    let list: String = (0..pointers)
        .map(|n| {
            let place = 4096 + 8 * n;
            format!(
                "(i32.store (i32.const {place}) (i32.const {at}))
                 (i32.store (i32.const {}) (i32.const {length}))",
                place + 4
            )
        })
        .collect();
    let asked = format!(
        "(call $get_many (call $root (local.get $registration)) (i32.const 4096) (i32.const {pointers}) (i32.const 512))"
    );
    guest.map(&(list + &asked + &same())).component()
}

/// Follows a link from the root to a collection, and lists the members if asked to.
fn listing(members: bool) -> Vec<u8> {
    let mut guest = Guest::reader()
        .import(
            "redfish",
            "[method]document.follow",
            "follow",
            "(param i32 i32 i32 i32)",
        )
        .import(
            "redfish",
            "[method]document.members",
            "members",
            "(param i32 i32)",
        );
    let (at, length) = guest.text("/Systems");
    let follow = format!(
        "(call $follow (call $root (local.get $registration)) (i32.const {at}) (i32.const {length}) (i32.const 512))"
    );
    let list = match members {
        true => "(call $members (i32.load (i32.const 520)) (i32.const 600))",
        false => "",
    };
    guest.map(&(follow + list + &same())).component()
}

/// Gives reasons for what has a pointer that is too long.
fn reasoning(times: usize) -> Vec<u8> {
    let mut guest = Guest::new().import(
        "provenance",
        "because",
        "because",
        "(param i32 i32 i32 i32)",
    );
    let (at, length) = guest.text(&"/x".repeat(1000));
    let because = format!(
        "(call $because (i32.const {at}) (i32.const {length}) (i32.const {at}) (i32.const 2))"
    );
    repeating(guest, times, &because)
}

pub(super) fn cases() -> Vec<Case> {
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
    // An image of all that is between.
    let far_apart = || {
        with(
            "(memory $far 17) (data (memory $far) (i32.const 0) \"x\") (data (memory $far) (i32.const 1048560) \"x\")",
        )
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
        // Deeper than any parser goes.
        case(
            "depth",
            "127",
            "127",
            returning(nested(20)),
            returning(nested(300)),
        ),
        case("host_calls", "8", "8", asking(6), asking(9)),
        case(
            "host_calls",
            "8",
            "8",
            asking_for_many(6),
            asking_for_many(7),
        ),
        case("host_calls", "3", "3", listing(false), listing(true)),
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
        case("log_lines", "3", "3", reasoning(3), reasoning(4)),
        case(
            "log_bytes",
            "\"100B\"",
            "100 bytes",
            logging(5, 20),
            logging(6, 20),
        ),
        case("component", "\"32KiB\"", "32 KiB", plain(), large()),
        case("functions", "50", "50", plain(), with(&"(func)".repeat(50))),
        case(
            "memory",
            "\"192KiB\"",
            "192 KiB",
            plain(),
            with(&"(global i32 (i32.const 7))".repeat(20_000)),
        ),
        case("compiled", "\"1MiB\"", "1 MiB", plain(), far_apart()),
    ]
}

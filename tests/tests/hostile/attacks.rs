//! What a hook may try while it is called, and what the caller is told of it.

use serde_json::json;
use wit_component::StringEncoding;

use crate::hooks::guest::{Guest, Refusal, SET_NODE, again, constant, give_back};

/// A hook that means harm, with lines for its `[[hook]]`, and what becomes of a
/// registration that it takes part in.
pub(super) struct Attack {
    pub(super) name: &'static str,
    pub(super) component: Vec<u8>,
    pub(super) lines: &'static str,
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) says: &'static str,
}

const LOOP: &str = "(loop (br 0)) unreachable";
const GET: &str = "(param i32 i32 i32 i32)";
const QUICK: &str = "limits = { fuel = 20000000 }";
/// Fuel for ever, so that it is time that ends it.
pub(super) const TIMED: &str = "limits = { fuel = 1000000000000000, deadline = \"200ms\" }";

fn same() -> String {
    give_back("(local.get $node)", "(local.get $node_length)")
}

fn map(body: &str) -> Guest {
    Guest::new().map(body)
}

fn at(guest: &mut Guest, text: &str) -> String {
    let (at, length) = guest.text(text);
    format!("(i32.const {at}) (i32.const {length})")
}

/// A hook that ends its own call, or is ended.
fn broken(name: &'static str, guest: Guest, lines: &'static str, says: &'static str) -> Attack {
    Attack {
        name,
        component: guest.component(),
        lines,
        status: 500,
        code: "hook-failed",
        says,
    }
}

/// A hook whose output nobody may take.
fn bad(name: &'static str, guest: Guest, says: &'static str) -> Attack {
    Attack {
        status: 422,
        code: "invalid-enrollment",
        ..broken(name, guest, "", says)
    }
}

/// A hook that gets nowhere, and harms nobody.
fn harmless(name: &'static str, guest: Guest, lines: &'static str) -> Attack {
    Attack {
        status: 200,
        code: "",
        ..broken(name, guest, lines, "")
    }
}

pub(super) fn all() -> Vec<Attack> {
    let mut all = running_away();
    all.extend(growing());
    all.extend(lying());
    all.extend(asking());
    all.extend(returning());
    all.extend(talking());
    all
}

fn running_away() -> Vec<Attack> {
    let post_return = map(&same()).raw(
        "(func (export \"cabi_post_valence:hooks/mapping@0.1.0#map-node\") (param i32)
           (loop (br 0)))",
    );
    let recursion = Guest::new()
        .raw("(func $deep (result i32) (i32.add (call $deep) (call $deep)))")
        .map("(call $deep)");
    let fill = "(drop (memory.grow (i32.const 958)))
        (loop (memory.fill (i32.const 0) (i32.const 7) (i32.const 62914560)) (br 0)) unreachable";
    vec![
        broken(
            "loop",
            map(LOOP),
            QUICK,
            "past its fuel of 20000000; `limits.fuel`",
        ),
        broken(
            "loop-timed",
            map(LOOP),
            TIMED,
            "past its deadline of 200 ms; `limits.deadline`",
        ),
        broken(
            "loop-in-review",
            Guest::new().review(LOOP),
            QUICK,
            "past its fuel",
        ),
        broken("loop-in-post-return", post_return, QUICK, "past its fuel"),
        broken(
            "loop-in-realloc",
            map(&same()).allocating(LOOP),
            QUICK,
            "past its fuel",
        ),
        broken(
            "recursion",
            recursion,
            "",
            "it filled its stack of 512 KiB; `limits.stack`",
        ),
        broken("bulk-storm", map(fill), TIMED, "past its deadline"),
        broken(
            "unreachable",
            map("unreachable"),
            "",
            "it trapped: wasm `unreachable`",
        ),
    ]
}

fn growing() -> Vec<Attack> {
    let steps = "(loop (memory.fill (i32.mul (memory.grow (i32.const 1)) (i32.const 65536))
        (i32.const 255) (i32.const 65536)) (br 0)) unreachable";
    let table = |code: &str| Guest::new().raw("(table $t 1 funcref)").map(code);
    let all_at_once = "(drop (table.grow $t (ref.null func) (i32.const 200000))) unreachable";
    let by_steps =
        "(loop (drop (table.grow $t (ref.null func) (i32.const 1000))) (br 0)) unreachable";
    let storm = Guest::new()
        .making_resources()
        .map("(loop (drop (call $make (i32.const 7))) (br 0)) unreachable");
    vec![
        broken(
            "memory",
            map("(drop (memory.grow (i32.const 2000))) unreachable"),
            "",
            "more memory than 64 MiB; `limits.memory`",
        ),
        broken("memory-by-steps", map(steps), "", "`limits.memory`"),
        broken(
            "table",
            table(all_at_once),
            "",
            "tables than 100000; `limits.table_elements`",
        ),
        broken(
            "table-by-steps",
            table(by_steps),
            "",
            "tables than 100000; `limits.table_elements`",
        ),
        broken(
            "resources",
            storm,
            "",
            "more handles than 20000; `limits.handles`",
        ),
    ]
}

/// Addresses, lengths and encodings that are not what they say.
fn lying() -> Vec<Attack> {
    let returning = |at: u32, length: u32, pages: u32| {
        let grow = format!("(drop (memory.grow (i32.const {pages})))");
        map(&(grow + &give_back(&constant(at), &constant(length))))
    };
    let list = |entries: u32| {
        map(&format!(
            "{} (local.set $traits (i32.const 1048576)) (local.set $traits_length (i32.const {entries})) {}",
            again(
                entries as usize,
                "(i32.store (i32.add (i32.const 1048576) (i32.mul (local.get $turn) (i32.const 8)))
                   (i32.const 131072))
                 (i32.store (i32.add (i32.const 1048580) (i32.mul (local.get $turn) (i32.const 8)))
                   (i32.const 65536))"
            )
            .replacen("(loop", "(drop (memory.grow (i32.const 200))) (loop", 1),
            same()
        ))
    };
    let mut not_text = Guest::new();
    let bytes = not_text.bytes(&[b'{', 0xff, 0xfe, b'}']);
    let not_text = not_text.map(&give_back(&constant(bytes), &constant(4)));
    let mut half = Guest::new();
    let bytes = half.bytes(&[0, b'{', 0, 0xd8, b'}', 0]);
    let half = half.map(&give_back(&constant((bytes + 1) & !1), &constant(2)));
    let reentering = Guest::new()
        .import("settings", "get", "settings", "(param i32)")
        .map(&same())
        .allocating("(call $settings (i32.const 512)) (i32.const 65536)");
    vec![
        broken(
            "long-text",
            returning(131_072, 60 << 20, 960),
            "",
            "`limits.host_bytes`",
        ),
        broken("many-texts", list(1_000_000), "", "`limits.host_bytes`"),
        broken("thousand-texts", list(1000), "", "`limits.host_bytes`"),
        broken(
            "out-of-bounds",
            returning(u32::MAX - 8, 4096, 0),
            "",
            "it broke the contract: ",
        ),
        broken(
            "not-utf-8",
            not_text,
            "",
            "it broke the contract: invalid utf-8",
        ),
        broken(
            "not-utf-16",
            half.encoded(StringEncoding::UTF16),
            "",
            "it broke the contract: ",
        ),
        broken(
            "realloc-out-of-bounds",
            map(&same()).allocating("(i32.const -16)"),
            "",
            "it broke the contract: ",
        ),
        broken(
            "realloc-reenters",
            reentering,
            "",
            "hook `realloc-reenters` failed: ",
        ),
        harmless("utf-16", map(&same()).encoded(StringEncoding::UTF16), ""),
        harmless(
            "compact-utf-16",
            map(&same()).encoded(StringEncoding::CompactUTF16),
            "",
        ),
    ]
}

/// Asking for too much.
fn asking() -> Vec<Attack> {
    let root = "(drop (call $root (local.get $registration)))";
    let mut reader = Guest::reader();
    let two = reader.read("root", "/Id") + &reader.read("system", "/Id") + &same();
    let follow_all = |documents: &[String]| {
        let mut guest = Guest::reader().import("redfish", "[method]document.follow", "follow", GET);
        let id = at(&mut guest, "/Id");
        let mut body = String::new();
        for document in documents {
            let link = at(&mut guest, &format!("/Oem/{document}"));
            body += &format!(
                "(call $follow (call $system (local.get $registration)) {link} (i32.const 512))
                 (call $get (i32.load (i32.const 520)) {id} (i32.const 600))"
            );
        }
        guest.map(&(body + &same()))
    };
    let follow = |document: &str| follow_all(&[document.to_owned()]);
    let absent: Vec<_> = (0..10).map(|n| format!("Absent/{n}")).collect();
    let mut because = Guest::new().import("provenance", "because", "because", GET);
    let reason = at(&mut because, &"because ".repeat(500));
    let because = because.map(&format!(
        "(loop (call $because {reason} {reason}) (br 0)) unreachable"
    ));
    let hanging = Attack {
        status: 504,
        code: "redfish-timeout",
        ..broken(
            "hanging-read",
            follow("Hanging"),
            "",
            "(read by hook `hanging-read`)",
        )
    };
    vec![
        broken(
            "host-calls",
            Guest::reader().map(&format!("(loop {root} (br 0)) unreachable")),
            "",
            "more often than 10000; `limits.host_calls`",
        ),
        broken(
            "reads",
            reader.map(&two),
            "limits = { reads = 1 }",
            "`limits.reads`",
        ),
        broken(
            "absent-reads",
            follow_all(&absent),
            "limits = { reads = 5 }",
            "more documents than 5; `limits.reads`",
        ),
        broken(
            "long-reads",
            follow("Long"),
            "limits = { read_bytes = \"1MiB\" }",
            "`limits.read_bytes`",
        ),
        broken("because", because, "", "`limits.host_bytes`"),
        hanging,
    ]
}

/// Output that is made to harm Ironic, its conductors and its operators.
fn returning() -> Vec<Attack> {
    let setting = |keys| Guest::setting(&keys);
    let deep = format!("{{\"a\": {}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let forty = format!("{{\"a\": {}1{}}}", "[".repeat(40), "]".repeat(40));
    let mut borrowing = Guest::new();
    let (name, length) = borrowing.text("rack-b");
    let borrowing = borrowing.map(&format!(
        "(local.set $has_credentials (i32.const 1)) (local.set $credentials (i32.const {name}))
         (local.set $credentials_length (i32.const {length})) {}",
        same()
    ));
    // All that it may, but for what it is after.
    let password = Attack {
        lines: "writes = [\"/node/driver_info/redfish_address\", \"/node/driver_info/redfish_system_id\", \"/node/driver_info/*\"]",
        ..bad(
            "password",
            setting(json!({"driver_info": {"redfish_password": "x"}})),
            "redfish_password",
        )
    };
    let findings: Vec<_> = (0..101).map(|n| (n == 100, "something")).collect();
    vec![
        bad(
            "deep-json",
            Guest::returning(&deep),
            "what it returned is no json",
        ),
        bad(
            "nested-json",
            Guest::returning(&forty),
            "json deeper than 32; `limits.depth`",
        ),
        bad(
            "garbage-json",
            Guest::returning("garbage"),
            "what it returned is no json",
        ),
        bad("no-object", Guest::returning("null"), "no json object"),
        bad(
            "nan",
            Guest::returning("{\"extra\": {\"a\": NaN}}"),
            "what it returned is no json",
        ),
        bad(
            "lone-surrogate",
            Guest::returning(r#"{"name": "\ud800"}"#),
            "what it returned is no json",
        ),
        bad(
            "nul",
            Guest::returning(r#"{"name": "a\u0000b"}"#),
            "control character \\u{0}",
        ),
        bad(
            "escape",
            Guest::returning(r#"{"name": "a\u001b[2Jb"}"#),
            "control character \\u{1b}",
        ),
        bad(
            "null-map",
            setting(json!({"properties": null})),
            "properties",
        ),
        bad(
            "file-url",
            setting(json!({"instance_info": {"kernel": "file:///etc/shadow"}})),
            "file:",
        ),
        bad(
            "ipxe",
            setting(json!({"instance_info": {"kernel_append_params": "a || shell"}})),
            "has text that iPXE would act on",
        ),
        bad("large-body", large_body(), "Ironic takes 102400"),
        bad(
            "address",
            setting(json!({"driver_info": {"redfish_address": "https://evil.invalid"}})),
            "redfish_address",
        ),
        password,
        bad(
            "uuid",
            setting(json!({"uuid": "8a0c1f0e-5a52-4b8b-8a37-0d1f6f3c2f10"})),
            "uuid",
        ),
        bad(
            "mark",
            setting(json!({"extra": {"valence": {}}})),
            "valence",
        ),
        bad("owner", setting(json!({"owner": "me"})), "owner"),
        bad("credentials", borrowing, "credentials"),
        bad(
            "findings",
            Guest::finding(&findings),
            "101 findings, and at most 100",
        ),
    ]
}

/// A node with 110 KiB more than it had.
fn large_body() -> Guest {
    const MORE: u32 = 110 << 10;
    let mut guest = Guest::new();
    let (head, head_length) = guest.text(",\"extra\":{\"a\":\"");
    let (tail, tail_length) = guest.text("\"}}");
    let (fill, end) = (200_000 + head_length, 200_000 + head_length + MORE);
    let code = format!(
        "(drop (memory.grow (i32.const 8)))
         (memory.copy (i32.const 200000) (local.get $node) (local.get $node_length))
         (local.set $node_length (i32.sub (local.get $node_length) (i32.const 1)))
         (memory.copy (i32.add (i32.const 200000) (local.get $node_length)) (i32.const {head}) (i32.const {head_length}))
         (memory.fill (i32.add (i32.const {fill}) (local.get $node_length)) (i32.const 120) (i32.const {MORE}))
         (memory.copy (i32.add (i32.const {end}) (local.get $node_length)) (i32.const {tail}) (i32.const {tail_length}))"
    );
    let length = head_length + MORE + tail_length;
    let length = format!("(i32.add (local.get $node_length) (i32.const {length}))");
    guest.map(&(code + &give_back("(i32.const 200000)", &length)))
}

/// Words that are made to harm whoever reads them.
fn talking() -> Vec<Attack> {
    let log = |text: &str, often: &str| {
        let mut guest = Guest::new().import("log", "write", "log", "(param i32 i32 i32)");
        let line = at(&mut guest, text);
        let write = format!("(call $log (i32.const 4) {line})");
        let body = if often.is_empty() {
            write
        } else {
            again(5000, &write)
        };
        guest.map(&(body + &same()))
    };
    let words =
        "\u{1b}[2J\u{1b}]0;owned\u{7}\r\n2026-01-01T00:00:00Z ERROR forged by a hook\u{202e}";
    let denied = Attack {
        status: 403,
        code: "denied",
        ..broken(
            "words-of-denial",
            Guest::refusing(Refusal::Denied, words),
            "",
            "\\u{1b}[2J",
        )
    };
    let long = "x".repeat(20_000);
    let long = Attack {
        status: 403,
        code: "denied",
        ..broken(
            "long-denial",
            Guest::refusing(Refusal::Denied, &long),
            "",
            "xxx…",
        )
    };
    vec![
        denied,
        long,
        broken(
            "words-of-failure",
            Guest::refusing(Refusal::Failed, words),
            "",
            "could not do its work",
        ),
        harmless("words-of-log", log(words, ""), ""),
        harmless("log-flood", log(&"flood ".repeat(100), "often"), ""),
        harmless(
            "skipped",
            map(LOOP),
            "on_failure = \"skip\"\nlimits = { fuel = 1000000 }",
        ),
    ]
}

/// A hook that tells all that could be left of another call, as a trait: globals,
/// memory, its size, fresh memory, a table's size and contents.
pub(super) fn remembering() -> Vec<u8> {
    let mut guest = Guest::new().raw(
        "(global $calls (mut i32) (i32.const 0)) (table $t 1 10 funcref) (elem declare func $f) (func $f)",
    );
    let (text, length) = guest.text("CUSTOM_LEFT_00000000");
    let digit = |place: u32, value: &str| {
        let at = text + 12 + place;
        format!("(i32.store8 (i32.const {at}) (i32.add (i32.load8_u (i32.const {at})) {value}))")
    };
    let body = [
        "(global.set $calls (i32.add (global.get $calls) (i32.const 1)))".to_owned(),
        digit(0, "(global.get $calls)"),
        "(i32.store (i32.const 60000) (i32.add (i32.load (i32.const 60000)) (i32.const 1)))".into(),
        digit(1, "(i32.load (i32.const 60000))"),
        digit(2, "(memory.grow (i32.const 3))"),
        digit(3, "(i32.load8_u (i32.const 300000))"),
        "(memory.fill (i32.const 131072) (i32.const 5) (i32.const 190000))".into(),
        digit(4, "(table.grow $t (ref.func $f) (i32.const 2))"),
        digit(5, "(ref.is_null (table.get $t (i32.const 0)))"),
        "(table.set $t (i32.const 0) (ref.func $f))".into(),
        digit(6, "(i32.gt_u (global.get $heap) (i32.const 90000))"),
        "(i32.store (i32.const 4096) (i32.const TEXT)) (i32.store (i32.const 4100) (i32.const LENGTH))
         (local.set $traits (i32.const 4096)) (local.set $traits_length (i32.const 1))"
            .replace("TEXT", &text.to_string())
            .replace("LENGTH", &length.to_string()),
        same(),
    ]
    .concat();
    guest.map(&body).component()
}

/// A hook as sites have them: reads, and sets what it read.
pub(super) fn benign() -> Vec<u8> {
    let mut guest = Guest::reader();
    let body = [
        guest.read("system", "/Manufacturer"),
        guest.set(&json!({"resource_class": "benign"})),
        give_back(SET_NODE.0, SET_NODE.1),
    ]
    .concat();
    guest.map(&body).component()
}

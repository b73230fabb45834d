//! Breaking the rules of the component model.

use super::*;

/// Addresses, lengths and encodings that are not what they say.
pub(super) fn lying() -> Vec<Attack> {
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

//! Hooks that are no attacks.

use super::*;

/// A hook that tells all that could be left of another call, as a trait: globals,
/// memory, its size, fresh memory, a table's size and contents.
pub(in crate::hostile) fn remembering() -> Vec<u8> {
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
pub(in crate::hostile) fn benign() -> Vec<u8> {
    let mut guest = Guest::reader();
    let body = [
        guest.read("system", "/Manufacturer"),
        guest.set(&json!({"resource_class": "benign"})),
        give_back(SET_NODE.0, SET_NODE.1),
    ]
    .concat();
    guest.map(&body).component()
}

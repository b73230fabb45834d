//! Pieces of WebAssembly text.

use std::fmt::Write as _;

use super::RESULT;

pub(super) const ENROLLMENT_PARAMETERS: &str = "
    (param $registration i32)
    (param $node i32) (param $node_length i32)
    (param $portgroups i32) (param $portgroups_length i32)
    (param $ports i32) (param $ports_length i32)
    (param $traits i32) (param $traits_length i32)
    (param $has_credentials i32) (param $credentials i32) (param $credentials_length i32)
    (param $has_extension i32) (param $extension i32) (param $extension_length i32)";

pub(super) const GIVE_BACK: &str = "
    (import \"valence:hooks/registration@0.1.0\" \"[resource-drop]registration\"
      (func $give_registration_back (param i32)))";

pub(super) const ALLOCATOR: &str = "
    (global $heap (mut i32) (i32.const 65536))
    (func (export \"cabi_realloc\") (param i32 i32 i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
      (global.set $heap (i32.add (local.get $at) (local.get $size)))
      (local.get $at))";

/// Where `Guest::set` leaves the node.
pub(crate) const SET_NODE: (&str, &str) = ("(i32.const 32768)", "(local.get $node_length)");

/// Gives all parameters back but for the node, which is where these expressions
/// say.
pub(crate) fn give_back(node: &str, length: &str) -> String {
    let mut body = store8(0, 0);
    for (offset, value) in [(4, node), (8, length)] {
        let at = RESULT + offset;
        let _ = writeln!(body, "(i32.store (i32.const {at}) {value})");
    }
    for (offset, name) in [
        (12, "portgroups"),
        (16, "portgroups_length"),
        (20, "ports"),
        (24, "ports_length"),
        (28, "traits"),
        (32, "traits_length"),
        (40, "credentials"),
        (44, "credentials_length"),
        (52, "extension"),
        (56, "extension_length"),
    ] {
        let at = RESULT + offset;
        let _ = writeln!(body, "(i32.store (i32.const {at}) (local.get ${name}))");
    }
    for (offset, name) in [(36, "has_credentials"), (48, "has_extension")] {
        let at = RESULT + offset;
        let _ = writeln!(body, "(i32.store8 (i32.const {at}) (local.get ${name}))");
    }
    body + &result()
}

/// Does `code` so often; to stand at the beginning of a body.
pub(crate) fn again(times: usize, code: &str) -> String {
    format!(
        "(local $turn i32)
         (loop $again {code}
           (local.set $turn (i32.add (local.get $turn) (i32.const 1)))
           (br_if $again (i32.lt_u (local.get $turn) (i32.const {times}))))"
    )
}

pub(crate) fn constant(value: u32) -> String {
    format!("(i32.const {value})")
}

pub(super) fn store(offset: u32, value: u32) -> String {
    let at = RESULT + offset;
    format!("(i32.store (i32.const {at}) (i32.const {value}))\n")
}

pub(super) fn store8(offset: u32, value: u32) -> String {
    let at = RESULT + offset;
    format!("(i32.store8 (i32.const {at}) (i32.const {value}))\n")
}

pub(super) fn result() -> String {
    format!("(i32.const {RESULT})\n")
}

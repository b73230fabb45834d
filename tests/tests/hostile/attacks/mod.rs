//! What a hook may try while it is called, and what the caller is told of it.

mod asking;
mod growing;
mod lying;
mod others;
mod returning;
mod running_away;
mod talking;

use serde_json::json;
use wit_component::StringEncoding;

use crate::hooks::guest::{Guest, Refusal, SET_NODE, again, constant, give_back};

pub(super) use others::{benign, remembering};

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
    let mut all = running_away::running_away();
    all.extend(growing::growing());
    all.extend(lying::lying());
    all.extend(asking::asking());
    all.extend(returning::returning());
    all.extend(talking::talking());
    all
}

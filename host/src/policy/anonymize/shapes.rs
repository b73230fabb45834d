//! Values that are known by their shape, wherever in a text they stand.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::identity::{Identity, Kind};

/// In this order: what fits the first is not taken for the second.
#[allow(clippy::unwrap_used, reason = "a constant that a test compiles")]
static SHAPES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)
        (?<uuid>   [0-9a-f]{8} (?: -[0-9a-f]{4} ){3} -[0-9a-f]{12} )
        | (?<octets> [0-9a-f]{2} (?: (?: : | - | %3a ) [0-9a-f]{2} ){5,} )
        | MAC \( (?<device> [0-9a-f]{12} )
        | (?<ipv6> [0-9a-f]{0,4} (?: : [0-9a-f]{0,4} ){2,7} )
        | (?<ipv4> [0-9]{1,3} (?: \. [0-9]{1,3} ){3} )
        | [a-z][a-z0-9+.-]* :// (?: [^/@\x20]* @ )? (?<host> [a-z0-9][a-z0-9._-]* )
        ",
    )
    .unwrap()
});

/// All values in `text` that are known by their shape, in their order.
pub(super) fn shapes(text: &str) -> Vec<(Range<usize>, Identity)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(captures) = SHAPES.captures_at(text, from) {
        let group = ["uuid", "octets", "device", "ipv6", "ipv4", "host"]
            .into_iter()
            .find_map(|name| Some((name, captures.name(name)?)));
        let Some((name, at)) = group else { break };
        let identity = identity(name, at.as_str())
            .filter(|found| stands_alone(text, &at.range(), found.kind))
            .and_then(Identity::known);
        match identity {
            Some(identity) => {
                from = at.end();
                found.push((at.range(), identity));
            }
            // Something else may begin within.
            None => from = next_character(text, at.start()),
        }
    }
    found
}

fn identity(name: &str, text: &str) -> Option<Identity> {
    match name {
        "uuid" => Identity::uuid(text),
        "octets" => Identity::mac(text),
        "device" => Identity::of_property(Kind::Mac, text),
        "host" if Identity::address(text).is_none() => {
            // Whose schemas everybody names.
            let dmtf = text.to_ascii_lowercase().ends_with("dmtf.org");
            (!dmtf).then(|| Identity::of_property(Kind::Host, text))?
        }
        _ => Identity::address(text),
    }
}

/// Whether it is no part of something longer. UUIDs and octets are too long to be.
fn stands_alone(text: &str, at: &Range<usize>, kind: Kind) -> bool {
    let before = text
        .get(..at.start)
        .and_then(|text| text.chars().next_back());
    let after = text.get(at.end..).and_then(|text| text.chars().next());
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == ':');
    match kind {
        Kind::Ipv4 | Kind::Ipv6 => {
            // A sentence may end with it.
            let dotted = before == Some('.')
                || after == Some('.')
                    && text
                        .get(at.end + 1..)
                        .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric()));
            let port = kind == Kind::Ipv4 && after == Some(':');
            !joins(before) && (port || !joins(after)) && !dotted
        }
        Kind::Octets | Kind::Mac => {
            let hyphens = text.get(at.clone()).is_some_and(|text| text.contains('-'));
            !hyphens || !joins(before)
        }
        _ => true,
    }
}

fn next_character(text: &str, from: usize) -> usize {
    let length = text
        .get(from..)
        .and_then(|rest| rest.chars().next())
        .map_or(1, char::len_utf8);
    from + length
}

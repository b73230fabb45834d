//! What no text may hold, wherever it stands: Ironic stores it, and it does its
//! harm later, in a boot script or in somebody's terminal.

use std::borrow::Cow;

use serde_json::Value;

use super::check::Violation;
use crate::enrollment::{Object, PROSE, Place, child};
use crate::text::tame;

/// Ironic's own limit for a request's body is a little above (`max_request_body_size`).
const LARGEST_BODY: usize = 100 * 1024;

/// Deeper than any field of Ironic's, shallow enough for every parser on the way.
const DEEPEST: usize = 32;

/// Fields that end up in boot scripts and in requests that a conductor makes.
const ACTED_ON: [&str; 2] = ["driver_info", "instance_info"];

/// What iPXE acts on within a line: a script's first line, its variables, and what
/// chains one command to another.
const IPXE: [&str; 4] = ["#!ipxe", "${", "||", "&&"];

/// Checks all keys and texts of `object`, a request's body that stands at `at`.
pub(super) fn check(at: &str, object: &Object, found: &mut Vec<Violation>) {
    // Nearly none is so large that it would have to be printed to be measured.
    let size = match most(object) {
        most if most <= LARGEST_BODY => most,
        _ => size(object),
    };
    if size > LARGEST_BODY {
        // Said of its largest part, so that whoever set that is named.
        let weight = |value: &Value| value.to_string().len();
        let largest = object.iter().max_by_key(|(_, value)| weight(value));
        let largest = largest.map_or_else(|| at.to_owned(), |(key, _)| child(at, key));
        found.push(Violation::at(
            largest,
            format!("is the most of {size} bytes as JSON, and Ironic takes {LARGEST_BODY}"),
        ));
    }
    for (key, value) in object {
        let walk = Walk {
            prose: PROSE.contains(&key.as_str()),
            acted_on: ACTED_ON.contains(&key.as_str()),
        };
        let at = Place::At(at);
        walk.key(at, key, found);
        walk.value(Place::Key(&at, key), key, value, 1, found);
    }
}

/// At least as many bytes as `object` has as JSON.
fn most(object: &Object) -> usize {
    /// A character takes six bytes where it is escaped.
    const ESCAPED: usize = 6;
    fn of(value: &Value) -> usize {
        match value {
            Value::Null | Value::Bool(_) => 5,
            Value::Number(_) => 32,
            Value::String(text) => ESCAPED * text.len() + 2,
            Value::Array(items) => items.iter().map(|item| of(item) + 1).sum::<usize>() + 2,
            Value::Object(object) => most(object),
        }
    }
    let entries = object.iter();
    let entries = entries.map(|(key, value)| ESCAPED * key.len() + of(value) + 4);
    entries.sum::<usize>() + 2
}

/// The bytes of `object` as JSON.
fn size(object: &Object) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    serde_json::to_writer(&mut count, object).map_or(0, |()| count.0)
}

#[derive(Clone, Copy)]
struct Walk {
    prose: bool,
    acted_on: bool,
}

impl Walk {
    fn value(
        self,
        at: Place<'_>,
        key: &str,
        value: &Value,
        depth: usize,
        found: &mut Vec<Violation>,
    ) {
        if depth > DEEPEST {
            found.push(Violation::at(
                at.pointer(),
                format!("is nested more than {DEEPEST} deep"),
            ));
            return;
        }
        match value {
            Value::String(text) => self.text(at, key, text, found),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(Place::Index(&at, index), key, item, depth + 1, found);
                }
            }
            Value::Object(object) => {
                for (key, value) in object {
                    self.key(at, key, found);
                    self.value(Place::Key(&at, key), key, value, depth + 1, found);
                }
            }
            _ => {}
        }
    }

    fn key(self, at: Place<'_>, key: &str, found: &mut Vec<Violation>) {
        if !is_plain(key) && key.chars().any(char::is_control) {
            let key = tame(key, 60);
            found.push(Violation::at(
                child(&at.pointer(), &key),
                format!("the key `{key}` has a control character"),
            ));
        }
    }

    fn text(self, at: Place<'_>, key: &str, text: &str, found: &mut Vec<Violation>) {
        let ends_line = |c: char| self.prose && matches!(c, '\n' | '\r' | '\t');
        if !is_plain(text) && text.chars().any(|c| c.is_control() && !ends_line(c)) {
            found.push(Violation::at(
                at.pointer(),
                "has a control character or a line break",
            ));
        }
        if !self.acted_on {
            return;
        }
        let trimmed = text.trim_start();
        let is_lower = trimmed
            .bytes()
            .all(|b| b.is_ascii() && !b.is_ascii_uppercase());
        let lower = match is_lower {
            true => Cow::Borrowed(trimmed),
            false => Cow::Owned(trimmed.to_lowercase()),
        };
        if lower.starts_with("file:") {
            found.push(Violation {
                operator_may: true,
                ..Violation::at(
                    at.pointer(),
                    "is a `file:` URL, which makes a conductor read its own disk: only \
                     `[register.defaults]` may set one",
                )
            });
        }
        let to_ipxe = key.contains("append_params");
        if lower.contains("#!ipxe") || to_ipxe && IPXE.iter().any(|word| lower.contains(word)) {
            found.push(Violation::at(
                at.pointer(),
                "has text that iPXE would act on",
            ));
        }
    }
}

/// Whether `text` is printable ASCII, as most is: its bytes alone tell.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_object_is_larger_than_it_is_taken_to_be() {
        for value in [
            json!({}),
            json!({"\u{1}\u{2}": "\u{1}\u{1f}\"\\", "a": [null, true, false, []]}),
            json!({"a": [u64::MAX, i64::MIN, f64::MIN, f64::MIN_POSITIVE, 0.1 + 0.2]}),
            json!({"é": {"": {}}, "b": "\u{2028}\u{7f}"}),
        ] {
            let object = value.as_object().unwrap();
            assert!(most(object) >= size(object), "{value}");
        }
    }
}

//! What no text may hold, wherever it stands: Ironic stores it, and it does its
//! harm later, in a boot script or in somebody's terminal.

use std::borrow::Cow;

use serde_json::Value;

use super::check::Violation;
use super::ipxe;
use crate::enrollment::{
    Body, Enrollment, LONGEST_POINTER, Object, PROSE, Place, child, misplaced,
};
use crate::text::tame;

/// Ironic's own limit for a request's body is a little above (`max_request_body_size`).
const LARGEST_BODY: usize = 100 * 1024;

/// Deeper than any field of Ironic's, shallow enough for every parser on the way.
const DEEPEST: usize = 32;

/// Fields that end up in boot scripts and in requests that a conductor makes.
const ACTED_ON: [&str; 2] = ["driver_info", "instance_info"];

/// The one thing in them that is for the machine itself, and may well be a script.
const FOR_THE_MACHINE: (&str, &str) = ("instance_info", "configdrive");

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
        let walk = Walk::of(key);
        let at = Place::At(at);
        walk.key(at, key, found);
        walk.value(Place::Key(&at, key), value, 1, found);
    }
}

/// That all of `given` is more than hooks can be expected to give back, said of its
/// largest part.
pub(super) fn too_much(given: &Enrollment) -> Option<Violation> {
    let bodies = |bodies: &[Body]| bodies.iter().map(|body| size(body)).sum::<usize>();
    let parts = [
        ("/node", size(&given.node)),
        ("/ports", bodies(&given.ports)),
        ("/portgroups", bodies(&given.portgroups)),
        ("/traits", given.traits.iter().map(String::len).sum()),
    ];
    let total: usize = parts.iter().map(|(_, size)| size).sum();
    let (largest, _) = parts.into_iter().max_by_key(|(_, size)| *size)?;
    let message = || format!("is the most of {total} bytes as JSON, and {LARGEST_BODY} are taken");
    (total > LARGEST_BODY).then(|| Violation::at(largest, message()))
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

/// What holds for everything under a key.
#[derive(Clone, Copy)]
struct Walk<'a> {
    field: &'a str,
    prose: bool,
    acted_on: bool,
    for_the_machine: bool,
    kernel_line: bool,
}

impl<'a> Walk<'a> {
    fn of(field: &'a str) -> Self {
        Self {
            field,
            prose: PROSE.contains(&field),
            acted_on: ACTED_ON.contains(&field),
            for_the_machine: false,
            kernel_line: false,
        }
    }

    /// Under `key` of an object that stands so `deep`: what is called as the machine's
    /// own, deeper in a text, is of that text.
    fn under(self, key: &str, deep: usize) -> Self {
        let is_for_the_machine = deep == 1 && (self.field, key) == FOR_THE_MACHINE;
        Self {
            for_the_machine: self.for_the_machine || is_for_the_machine,
            kernel_line: self.kernel_line || ipxe::is_of_a_kernel_line(key),
            ..self
        }
    }

    fn value(self, at: Place<'_>, value: &Value, depth: usize, found: &mut Vec<Violation>) {
        if depth > DEEPEST {
            found.push(Violation::at(
                at.pointer(),
                format!("is nested more than {DEEPEST} deep"),
            ));
            return;
        }
        if at.longest() > LONGEST_POINTER && at.pointer().len() > LONGEST_POINTER {
            found.push(Violation::at(
                tame(&at.pointer(), 200),
                format!("its pointer is longer than {LONGEST_POINTER} bytes: shorten the keys"),
            ));
            return;
        }
        match value {
            Value::String(text) => self.text(at, text, found),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(Place::Index(&at, index), item, depth + 1, found);
                }
            }
            Value::Object(object) => {
                for (key, value) in object {
                    self.key(at, key, found);
                    let inside = self.under(key, depth);
                    inside.value(Place::Key(&at, key), value, depth + 1, found);
                }
            }
            _ => {}
        }
    }

    fn key(self, at: Place<'_>, key: &str, found: &mut Vec<Violation>) {
        if misplaced(key, false).is_some() {
            let key = tame(key, 60);
            found.push(Violation::at(
                child(&at.pointer(), &key),
                format!("the key `{key}` has a control character"),
            ));
        }
        // An object where text belongs comes out as it is printed.
        if self.acted_on {
            self.booted(Place::Key(&at, key), &folded(key), found);
        }
    }

    fn text(self, at: Place<'_>, text: &str, found: &mut Vec<Violation>) {
        if let Some(c) = misplaced(text, self.prose) {
            found.push(Violation::at(at.pointer(), control_character(c)));
        }
        if !self.acted_on {
            return;
        }
        let folded = folded(text);
        if folded.starts_with("file:") {
            found.push(Violation {
                operator_may: true,
                ..Violation::at(
                    at.pointer(),
                    "is a `file:` URL, which makes a conductor read its own disk: only \
                     `[register.defaults]` may set one",
                )
            });
        }
        self.booted(at, &folded, found);
    }

    /// Looks at a `text` that may come into a boot script.
    fn booted(self, at: Place<'_>, text: &str, found: &mut Vec<Violation>) {
        if !self.for_the_machine && ipxe::acts_on(text, self.kernel_line) {
            found.push(Violation::at(
                at.pointer(),
                "has text that iPXE would act on",
            ));
        }
    }
}

/// `text` in lower case, without what it begins with of blanks.
fn folded(text: &str) -> Cow<'_, str> {
    let text = text.trim_start();
    let is_lower = text
        .bytes()
        .all(|b| b.is_ascii() && !b.is_ascii_uppercase());
    match is_lower {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.to_lowercase()),
    }
}

/// What is wrong with a text that has the misplaced `c`.
pub(super) fn control_character(c: char) -> String {
    format!("has the control character {}", c.escape_unicode())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_the_config_drive_itself_is_for_the_machine() {
        let script = json!({"configdrive": "#!ipxe"});
        for (field, value, refused) in [
            ("instance_info", script.clone(), None),
            (
                "instance_info",
                json!({"configdrive": {"a": ["b || c"]}}),
                None,
            ),
            (
                "instance_info",
                json!({"ramdisk_kernel_arguments": script.clone()}),
                Some("/node/instance_info/ramdisk_kernel_arguments/configdrive"),
            ),
            ("driver_info", script, Some("/node/driver_info/configdrive")),
        ] {
            let mut found = Vec::new();
            let node = Object::from_iter([(field.to_owned(), value)]);
            check("/node", &node, &mut found);
            let found = found.first().map(|violation| &*violation.pointer);
            assert_eq!(found, refused);
        }
    }

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

//! JSON Pointers (RFC 6901) into the one canonical view of an enrollment:
//! `/node/…` as in Ironic, `/ports/<mac>/…`, `/portgroups/<name>/…`,
//! `/traits/<TRAIT>`, `/credentials`.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::{Body, Enrollment, Object};
use crate::text::lower;

/// `parent` with one more segment, escaped as RFC 6901 asks for.
pub fn child(parent: &str, segment: &str) -> String {
    let mut pointer = String::with_capacity(parent.len() + segment.len() + 1);
    pointer.push_str(parent);
    push(&mut pointer, segment);
    pointer
}

fn push(pointer: &mut String, segment: &str) {
    pointer.push('/');
    if !segment.contains(['~', '/']) {
        pointer.push_str(segment);
        return;
    }
    for c in segment.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

/// A pointer while a value is gone through: it is put together only when there is
/// something to say about what stands there.
#[derive(Clone, Copy)]
pub enum Place<'a> {
    /// A pointer.
    At(&'a str),
    /// Of an object, the value of this key.
    Key(&'a Place<'a>, &'a str),
    /// Of an array, the value at this index.
    Index(&'a Place<'a>, usize),
}

impl Place<'_> {
    /// The pointer as text.
    pub fn pointer(&self) -> String {
        match self {
            Self::At(pointer) => (*pointer).to_owned(),
            Self::Key(parent, key) => child(&parent.pointer(), key),
            Self::Index(parent, index) => format!("{}/{index}", parent.pointer()),
        }
    }

    /// At least as long as the pointer is: escapes and numbers count in full.
    pub fn longest(&self) -> usize {
        match self {
            Self::At(pointer) => pointer.len(),
            Self::Key(parent, key) => parent.longest() + 1 + 2 * key.len(),
            Self::Index(parent, _) => parent.longest() + 21,
        }
    }
}

/// The segments of `pointer`, unescaped.
pub fn segments(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    pointer.split('/').skip(1).map(|segment| {
        if segment.contains('~') {
            Cow::Owned(segment.replace("~1", "/").replace("~0", "~"))
        } else {
            Cow::Borrowed(segment)
        }
    })
}

/// `pointer` with the MAC of a port in lower case, as it stands in the view.
pub(crate) fn with_lower_mac(pointer: String) -> String {
    let Some(rest) = pointer.strip_prefix("/ports/") else {
        return pointer;
    };
    let (mac, within) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match mac.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => format!("/ports/{}{within}", lower(mac.to_owned())),
        false => pointer,
    }
}

/// The field that `pointer` is of: the same for all ports, and for all port groups.
pub fn field(pointer: &str) -> Cow<'_, str> {
    for keyed in ["/ports/", "/portgroups/"] {
        if let Some(rest) = pointer.strip_prefix(keyed) {
            let within = rest.split_once('/').map_or("", |(_, within)| within);
            let gap = if within.is_empty() { "" } else { "/" };
            return Cow::Owned(format!("{keyed}*{gap}{within}"));
        }
    }
    Cow::Borrowed(pointer)
}

/// Gives the name under which an object stands in the view, by itself and its place.
pub(crate) type Key = for<'a> fn(&'a Object, usize) -> Cow<'a, str>;

/// The name under which a port stands in the view: its MAC in lower case. One
/// without a MAC, which the rules will refuse, goes by its place.
pub(crate) fn port_key(port: &Object, place: usize) -> Cow<'_, str> {
    match key(port, "address", place) {
        Cow::Borrowed(mac) if mac.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) => {
            Cow::Borrowed(mac)
        }
        other => Cow::Owned(lower(other.into_owned())),
    }
}

/// The name under which a port group stands in the view.
pub(crate) fn portgroup_key(portgroup: &Object, place: usize) -> Cow<'_, str> {
    key(portgroup, "name", place)
}

fn key<'a>(object: &'a Object, field: &str, place: usize) -> Cow<'a, str> {
    match object.get(field).and_then(Value::as_str) {
        Some(key) => Cow::Borrowed(key),
        None => Cow::Owned(format!("#{place}")),
    }
}

/// `enrollment` as one JSON value that the pointers of changes, findings and
/// violations point into.
pub fn view(enrollment: &Enrollment) -> Value {
    let keyed = |objects: &[Body], key: Key| -> Map<String, Value> {
        objects
            .iter()
            .enumerate()
            .map(|(place, object)| {
                let key = key(object, place).into_owned();
                (key, Value::Object(Object::clone(object)))
            })
            .collect()
    };
    let traits: Map<String, Value> = enrollment
        .traits
        .iter()
        .map(|name| (name.clone(), Value::Bool(true)))
        .collect();
    json!({
        "node": enrollment.node,
        "ports": keyed(&enrollment.ports, port_key),
        "portgroups": keyed(&enrollment.portgroups, portgroup_key),
        "traits": traits,
        "credentials": enrollment.credentials,
        "extension": enrollment.extension,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_share_their_fields() {
        for (pointer, expected) in [
            ("/node/extra/ports/a", "/node/extra/ports/a"),
            ("/ports/aa:00:00:00:00:01/extra/a", "/ports/*/extra/a"),
            ("/portgroups/bond0", "/portgroups/*"),
        ] {
            assert_eq!(field(pointer), expected);
        }
    }

    #[test]
    fn only_the_mac_of_a_port_is_put_in_lower_case() {
        for (pointer, expected) in [
            (
                "/ports/AA:00:00:00:00:0B/extra/A",
                "/ports/aa:00:00:00:00:0b/extra/A",
            ),
            ("/ports/AA:00:00:00:00:0B", "/ports/aa:00:00:00:00:0b"),
            ("/portgroups/Bond0/mode", "/portgroups/Bond0/mode"),
            ("/node/extra/ports/AA", "/node/extra/ports/AA"),
        ] {
            assert_eq!(with_lower_mac(pointer.into()), expected);
        }
    }

    #[test]
    fn segments_undo_child() {
        let pointer = child(&child("", "a/b"), "c~d");
        assert_eq!(pointer, "/a~1b/c~0d");
        assert_eq!(segments(&pointer).collect::<Vec<_>>(), ["a/b", "c~d"]);
    }

    #[test]
    fn a_place_is_the_pointer_that_child_gives() {
        let node = Place::At("/node");
        let extra = Place::Key(&node, "a/b~c");
        let item = Place::Index(&extra, 12);
        assert_eq!(item.pointer(), "/node/a~1b~0c/12");
        assert!(item.longest() >= item.pointer().len());
    }

    #[test]
    fn ports_go_by_mac_and_those_without_by_place() {
        let port = |value: Value| Body::from(value.as_object().cloned().unwrap_or_default());
        let enrollment = Enrollment {
            ports: vec![
                port(json!({"address": "AA:00:00:00:00:01", "pxe_enabled": true})),
                port(json!({})),
            ],
            ..Enrollment::default()
        };
        let view = view(&enrollment);
        assert_eq!(
            view.pointer("/ports/aa:00:00:00:00:01/pxe_enabled"),
            Some(&json!(true))
        );
        assert_eq!(view.pointer("/ports/#1"), Some(&json!({})));
    }
}

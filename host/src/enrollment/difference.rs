//! How two enrollments differ, value by value.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::pointer::{Key, child, port_key, portgroup_key};
use super::{Body, Enrollment, Object};

/// One value that differs. Objects are gone into; arrays are values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Where, in the canonical view.
    pub pointer: String,
    /// The value before; none where there was none.
    pub from: Option<Value>,
    /// The value after; none where there is none.
    pub to: Option<Value>,
}

/// What is different in `after`, sorted by pointer.
pub fn differences(before: &Enrollment, after: &Enrollment) -> Vec<Difference> {
    let mut found = Vec::new();
    objects("/node", &before.node, &after.node, &mut found);
    keyed("/ports", &before.ports, &after.ports, port_key, &mut found);
    keyed(
        "/portgroups",
        &before.portgroups,
        &after.portgroups,
        portgroup_key,
        &mut found,
    );
    for gone in before.traits.difference(&after.traits) {
        push(
            child("/traits", gone),
            Some(&Value::Bool(true)),
            None,
            &mut found,
        );
    }
    for new in after.traits.difference(&before.traits) {
        push(
            child("/traits", new),
            None,
            Some(&Value::Bool(true)),
            &mut found,
        );
    }
    if before.credentials != after.credentials {
        let name = |name: &Option<String>| name.clone().map(Value::String);
        found.push(Difference {
            pointer: "/credentials".into(),
            from: name(&before.credentials),
            to: name(&after.credentials),
        });
    }
    let empty = Object::new();
    objects(
        "/extension",
        before.extension.as_ref().unwrap_or(&empty),
        after.extension.as_ref().unwrap_or(&empty),
        &mut found,
    );
    found.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    found
}

fn keyed(parent: &str, before: &[Body], after: &[Body], key: Key, found: &mut Vec<Difference>) {
    if before == after {
        return;
    }
    // Mostly none came and none went.
    let same = |(place, (was, is)): (usize, (&Body, &Body))| {
        was.is(is) || key(was, place) == key(is, place)
    };
    if before.len() == after.len() && before.iter().zip(after).enumerate().all(same) {
        for (place, (was, is)) in before.iter().zip(after).enumerate() {
            if was != is {
                objects(&child(parent, &key(was, place)), was, is, found);
            }
        }
        return;
    }
    let (old, new) = (by_key(before, key), by_key(after, key));
    for (name, place) in &old {
        let pointer = child(parent, name);
        let was = before.get(*place);
        match (was, new.get(name).and_then(|place| after.get(*place))) {
            (Some(was), Some(is)) => objects(&pointer, was, is, found),
            // One without any value comes and goes as a whole, not in silence.
            (Some(was), None) if was.is_empty() => found.push(Difference {
                pointer,
                from: Some(Value::Object(Object::new())),
                to: None,
            }),
            (Some(was), None) => each_leaf(&pointer, was, &mut |pointer, value| {
                push(pointer, Some(value), None, found)
            }),
            (None, _) => {}
        }
    }
    for (name, place) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        let pointer = child(parent, name);
        match after.get(*place) {
            Some(is) if is.is_empty() => found.push(Difference {
                pointer,
                from: None,
                to: Some(Value::Object(Object::new())),
            }),
            Some(is) => each_leaf(&pointer, is, &mut |pointer, value| {
                push(pointer, None, Some(value), found)
            }),
            None => {}
        }
    }
}

fn by_key(objects: &[Body], key: Key) -> BTreeMap<Cow<'_, str>, usize> {
    let objects = objects.iter().enumerate();
    objects
        .map(|(place, object)| (key(object, place), place))
        .collect()
}

fn objects(parent: &str, before: &Object, after: &Object, found: &mut Vec<Difference>) {
    for (name, was) in before {
        match after.get(name) {
            Some(is) if is == was => {}
            Some(is) => values(child(parent, name), was, is, found),
            None => removed(child(parent, name), was, found),
        }
    }
    for (name, is) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        added(child(parent, name), is, found);
    }
}

fn values(pointer: String, was: &Value, is: &Value, found: &mut Vec<Difference>) {
    match (was, is) {
        (Value::Object(was), Value::Object(is)) if !was.is_empty() && !is.is_empty() => {
            objects(&pointer, was, is, found);
        }
        _ => push(pointer, Some(was), Some(is), found),
    }
}

fn removed(pointer: String, was: &Value, found: &mut Vec<Difference>) {
    match was {
        Value::Object(was) if !was.is_empty() => {
            each_leaf(&pointer, was, &mut |pointer, value| {
                push(pointer, Some(value), None, found)
            });
        }
        was => push(pointer, Some(was), None, found),
    }
}

fn added(pointer: String, is: &Value, found: &mut Vec<Difference>) {
    match is {
        Value::Object(is) if !is.is_empty() => {
            each_leaf(&pointer, is, &mut |pointer, value| {
                push(pointer, None, Some(value), found)
            });
        }
        is => push(pointer, None, Some(is), found),
    }
}

/// Tells every value inside `object`, which stands at `parent`, with its pointer.
/// Objects are gone into, unless they are empty; arrays are values.
pub fn each_leaf(parent: &str, object: &Object, found: &mut dyn FnMut(String, &Value)) {
    for (name, value) in object {
        let pointer = child(parent, name);
        match value {
            Value::Object(inner) if !inner.is_empty() => each_leaf(&pointer, inner, found),
            value => found(pointer, value),
        }
    }
}

fn push(pointer: String, from: Option<&Value>, to: Option<&Value>, found: &mut Vec<Difference>) {
    found.push(Difference {
        pointer,
        from: from.cloned(),
        to: to.cloned(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn enrollment(value: Value) -> Enrollment {
        serde_json::from_value(value).unwrap_or_default()
    }

    #[test]
    fn what_has_no_value_does_not_come_and_go_in_silence() {
        let with = enrollment(json!({"node": {}, "ports": [{}], "portgroups": [{}]}));
        let without = enrollment(json!({"node": {}}));
        let pointers = |before, after| -> Vec<String> {
            let found = differences(before, after);
            found.into_iter().map(|one| one.pointer).collect()
        };
        let expected = ["/portgroups/#0", "/ports/#0"];
        assert_eq!(pointers(&with, &without), expected);
        assert_eq!(pointers(&without, &with), expected);
    }

    #[test]
    fn values_inside_objects_ports_and_traits_are_told_apart() {
        let before = enrollment(json!({
            "node": {"name": "a", "properties": {"cpus": 4, "vendor": "x"}, "extra": {}},
            "ports": [{"address": "AA:00:00:00:00:01", "pxe_enabled": true}],
            "traits": ["HW_X", "CUSTOM_A"],
        }));
        let after = enrollment(json!({
            "node": {"name": "b", "properties": {"cpus": 4}, "extra": {"rack": {"u": 3}}},
            "ports": [{"address": "aa:00:00:00:00:01", "pxe_enabled": false}, {"address": "aa:00:00:00:00:02"}],
            "traits": ["HW_X", "CUSTOM_B"],
            "credentials": "rack-a",
        }));
        let found: Vec<_> = differences(&before, &after)
            .into_iter()
            .map(|d| (d.pointer, d.from, d.to))
            .collect();
        assert_eq!(
            found,
            [
                ("/credentials".into(), None, Some(json!("rack-a"))),
                (
                    "/node/extra".into(),
                    Some(json!({})),
                    Some(json!({"rack": {"u": 3}}))
                ),
                ("/node/name".into(), Some(json!("a")), Some(json!("b"))),
                ("/node/properties/vendor".into(), Some(json!("x")), None),
                (
                    "/ports/aa:00:00:00:00:01/address".into(),
                    Some(json!("AA:00:00:00:00:01")),
                    Some(json!("aa:00:00:00:00:01"))
                ),
                (
                    "/ports/aa:00:00:00:00:01/pxe_enabled".into(),
                    Some(json!(true)),
                    Some(json!(false))
                ),
                (
                    "/ports/aa:00:00:00:00:02/address".into(),
                    None,
                    Some(json!("aa:00:00:00:00:02"))
                ),
                ("/traits/CUSTOM_A".into(), Some(json!(true)), None),
                ("/traits/CUSTOM_B".into(), None, Some(json!(true))),
            ]
        );
    }
}

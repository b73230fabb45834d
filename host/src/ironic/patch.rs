//! JSON patches as Ironic takes them: `add` and `remove` only, since `replace`
//! of a missing key is refused, and no key in a path but simple ones.

use serde_json::{Value, json};

use super::problem::Problem;
use crate::enrollment::{Object, child, segments};
use crate::secret::MASK;

/// Puts `value` at `pointer`, in objects that are made where there are none.
pub(super) fn set(document: &mut Value, pointer: &str, value: Value) {
    let mut at = document;
    for segment in segments(pointer) {
        if !at.is_object() {
            *at = json!({});
        }
        let Some(object) = at.as_object_mut() else {
            return;
        };
        at = object.entry(segment.into_owned()).or_insert(Value::Null);
    }
    *at = value;
}

/// Takes away what is at `pointer`.
pub(super) fn remove(document: &mut Value, pointer: &str) {
    let Some((parent, _)) = pointer.rsplit_once('/') else {
        return;
    };
    if let (Some(key), Some(Value::Object(parent))) =
        (segments(pointer).last(), document.pointer_mut(parent))
    {
        parent.remove(&*key);
    }
}

/// What makes `to` of the node `from`, value by value: what stands beside a
/// value that changes is not sent back, above all not what Ironic masks.
pub(super) fn of_node(from: &Object, to: &Object) -> Result<Vec<Value>, Problem> {
    let mut operations = Vec::new();
    objects("", from, to, &mut operations)?;
    Ok(operations)
}

/// What makes `to` of the port or port group `from`, field by field: each can be
/// sent twice, and nothing in them is masked.
pub(super) fn of_member(from: &Object, to: &Object) -> Vec<Value> {
    let mut operations = Vec::new();
    for (key, value) in to {
        if from.get(key) != Some(value) {
            operations.push(add(&child("", key), value.clone()));
        }
    }
    let gone = from.keys().filter(|key| !to.contains_key(*key));
    operations.extend(gone.map(|key| match key.as_str() {
        // Removing it changes nothing in Ironic.
        "portgroup_uuid" => add("/portgroup_uuid", Value::Null),
        key => json!({"op": "remove", "path": child("", key)}),
    }));
    // Ironic looks for a change of the port group in the first operation only.
    operations.sort_by_key(|operation| {
        operation.get("path").and_then(Value::as_str) != Some("/portgroup_uuid")
    });
    operations
}

pub(super) fn add(path: &str, value: Value) -> Value {
    json!({"op": "add", "path": path, "value": value})
}

fn objects(
    at: &str,
    from: &Object,
    to: &Object,
    operations: &mut Vec<Value>,
) -> Result<(), Problem> {
    let gone = from.keys().filter(|key| !to.contains_key(*key));
    for key in to.keys().chain(gone) {
        let (was, is) = (from.get(key), to.get(key));
        if was == is {
            continue;
        }
        let path = child(at, key);
        match (was, is) {
            (Some(Value::Object(was)), Some(Value::Object(is)))
                if was.keys().chain(is.keys()).all(|key| is_simple(key)) =>
            {
                objects(&path, was, is, operations)?;
            }
            (_, Some(is)) if holds_mask(is) => {
                return Err(Problem::Unfit {
                    pointer: format!("/node{path}"),
                    message: "it holds a value that ironic masks beside one whose name it takes in no patch, so it \
                              cannot be changed in place"
                        .into(),
                });
            }
            (_, Some(is)) => operations.push(add(&path, is.clone())),
            (_, None) => operations.push(json!({"op": "remove", "path": path})),
        }
    }
    Ok(())
}

/// Whether Ironic takes `key` in the path of a patch: `^(/[\w-]+)+$`.
fn is_simple(key: &str) -> bool {
    !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

fn holds_mask(value: &Value) -> bool {
    match value {
        Value::String(text) => text == MASK,
        Value::Array(items) => items.iter().any(holds_mask),
        Value::Object(object) => object.values().any(holds_mask),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Object {
        value.as_object().cloned().unwrap_or_default()
    }

    fn patch(from: Value, to: Value) -> Option<Value> {
        of_node(&object(from), &object(to)).ok().map(Value::Array)
    }

    #[test]
    fn only_what_differs_is_sent_and_no_mask() {
        let from = json!({"name": "a", "driver_info": {"redfish_password": "******", "x": 1, "old": 2},
            "extra": {"theirs": {"deep": 1}}});
        let to = json!({"name": "b", "driver_info": {"redfish_password": "******", "x": 2},
            "extra": {"theirs": {"deep": 1}, "ours": {"a": 1}}, "resource_class": "gold"});
        assert_eq!(
            patch(from, to),
            Some(json!([
                {"op": "add", "path": "/driver_info/x", "value": 2},
                {"op": "remove", "path": "/driver_info/old"},
                {"op": "add", "path": "/extra/ours", "value": {"a": 1}},
                {"op": "add", "path": "/name", "value": "b"},
                {"op": "add", "path": "/resource_class", "value": "gold"},
            ]))
        );
    }

    #[test]
    fn a_key_that_no_path_takes_goes_with_its_parent_unless_that_is_masked() {
        let of = |extra: Value| json!({"extra": extra});
        assert_eq!(
            patch(of(json!({"a.b": 1, "c": 1})), of(json!({"a.b": 2, "c": 1}))),
            Some(json!([{"op": "add", "path": "/extra", "value": {"a.b": 2, "c": 1}}]))
        );
        assert_eq!(
            patch(
                of(json!({"a.b": 1, "token": "******"})),
                of(json!({"a.b": 2, "token": "******"}))
            ),
            None
        );
    }

    #[test]
    fn ports_go_field_by_field() {
        let from = object(json!({"address": "a", "extra": {"a": 1}, "name": "x",
            "portgroup_uuid": "y"}));
        let to = object(json!({"address": "a", "extra": {"a": 1, "b": 2}, "pxe_enabled": true}));
        assert_eq!(
            Value::Array(of_member(&from, &to)),
            json!([
                {"op": "add", "path": "/portgroup_uuid", "value": null},
                {"op": "add", "path": "/extra", "value": {"a": 1, "b": 2}},
                {"op": "add", "path": "/pxe_enabled", "value": true},
                {"op": "remove", "path": "/name"},
            ])
        );
    }

    #[test]
    fn values_are_put_and_taken_where_the_pointer_says() {
        let mut document = json!({"a": 1});
        set(&mut document, "/b/c~1d", json!(2));
        assert_eq!(document, json!({"a": 1, "b": {"c/d": 2}}));
        remove(&mut document, "/b/c~1d");
        remove(&mut document, "/x/y");
        assert_eq!(document, json!({"a": 1, "b": {}}));
    }
}

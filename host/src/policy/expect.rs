//! An enrollment against the one that was expected.

use serde_json::Value;

use super::case::Matching;
use crate::enrollment::child;

/// The key of `expected.json` that tells editors of its schema.
pub(super) const SCHEMA: &str = "$schema";

/// One value that is not as it was expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// Where, in the canonical view of an enrollment.
    pub pointer: String,
    /// What was expected; none where there was to be nothing.
    pub expected: Option<Value>,
    /// What there is; none where there is nothing.
    pub actual: Option<Value>,
}

/// Where the view `actual` is not as `expected` says, sorted by pointer. Objects
/// are gone into; arrays are values.
pub fn mismatches(expected: &Value, actual: &Value, matching: Matching) -> Vec<Mismatch> {
    let mut found = Vec::new();
    compare("", Some(expected), Some(actual), matching, &mut found);
    found
}

fn compare(
    pointer: &str,
    expected: Option<&Value>,
    actual: Option<&Value>,
    matching: Matching,
    found: &mut Vec<Mismatch>,
) {
    let partial = matching == Matching::Partial;
    match (expected, actual) {
        (Some(Value::Object(expected)), Some(Value::Object(actual))) => {
            let mut keys: Vec<_> = expected.keys().collect();
            if !partial {
                keys.extend(actual.keys().filter(|key| !expected.contains_key(*key)));
            }
            keys.sort();
            for key in keys {
                let (expected, actual) = (expected.get(key), actual.get(key));
                compare(&child(pointer, key), expected, actual, matching, found);
            }
        }
        // A field too many, told by its values.
        (None, Some(Value::Object(actual))) if !actual.is_empty() => {
            for (key, actual) in actual {
                compare(&child(pointer, key), None, Some(actual), matching, found);
            }
        }
        (Some(Value::Null), None) if partial => {}
        // That something in it is not there holds where it is not there itself.
        (Some(Value::Object(expected)), None) if partial && !expected.is_empty() => {
            for (key, expected) in expected {
                compare(&child(pointer, key), Some(expected), None, matching, found);
            }
        }
        (expected, actual) if expected == actual => {}
        (expected, actual) => found.push(Mismatch {
            pointer: pointer.to_owned(),
            expected: expected.cloned(),
            actual: actual.cloned(),
        }),
    }
}

/// What `expected.json` is to say for `actual` to be right: all of it, or the
/// same parts as before. That it tells editors of its schema stays.
pub fn accepted(before: Option<&Value>, actual: &Value, matching: Matching) -> Value {
    let mut made = same_parts(before, actual, matching);
    let schema = before.and_then(|before| before.get(SCHEMA));
    if let (Value::Object(parts), Some(schema)) = (&mut made, schema) {
        parts.insert(SCHEMA.into(), schema.clone());
    }
    made
}

fn same_parts(before: Option<&Value>, actual: &Value, matching: Matching) -> Value {
    match (before, actual, matching) {
        (Some(Value::Object(before)), Value::Object(actual), Matching::Partial) => {
            let parts = before.iter().map(|(key, before)| {
                let part = match actual.get(key) {
                    Some(actual) => same_parts(Some(before), actual, matching),
                    None => Value::Null,
                };
                (key.clone(), part)
            });
            Value::Object(parts.collect())
        }
        _ => actual.clone(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn pointers(expected: &Value, actual: &Value, matching: Matching) -> Vec<String> {
        let found = mismatches(expected, actual, matching);
        found.into_iter().map(|one| one.pointer).collect()
    }

    #[test]
    fn a_field_too_many_fails_unless_only_parts_are_expected() {
        let expected = json!({"node": {"name": "a", "extra": {"x": 1}}, "traits": {}});
        let actual = json!({
            "node": {"name": "a", "extra": {"x": 2, "y": {"z": 3}}},
            "traits": {"HW": true},
        });
        assert_eq!(
            pointers(&expected, &actual, Matching::Exact),
            ["/node/extra/x", "/node/extra/y/z", "/traits/HW"]
        );
        assert_eq!(
            pointers(&expected, &actual, Matching::Partial),
            ["/node/extra/x"]
        );
    }

    #[test]
    fn null_asks_for_nothing_in_a_part() {
        let actual = json!({"node": {"name": "a"}});
        for (expected, wrong) in [
            (json!({"node": {"owner": null}}), vec![]),
            (json!({"node": {"extra": {"x": null}}}), vec![]),
            (
                json!({"node": {"extra": {"x": 1, "y": null}}}),
                vec!["/node/extra/x"],
            ),
            (json!({"node": {"extra": {}}}), vec!["/node/extra"]),
            (json!({"node": {"name": null}}), vec!["/node/name"]),
            (json!({"node": null}), vec!["/node"]),
        ] {
            assert_eq!(
                pointers(&expected, &actual, Matching::Partial),
                wrong,
                "{expected}"
            );
        }
    }

    #[test]
    fn what_is_accepted_keeps_to_the_same_parts() {
        let actual = json!({"node": {"name": "b", "driver": "redfish"}, "traits": {}});
        let before = json!({"node": {"name": "a", "owner": "x"}});
        assert_eq!(
            accepted(Some(&before), &actual, Matching::Partial),
            json!({"node": {"name": "b", "owner": null}})
        );
        assert_eq!(accepted(Some(&before), &actual, Matching::Exact), actual);
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!({})),
            any::<bool>().prop_map(Value::from),
            "[a-c]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            proptest::collection::btree_map("[a-c~/]{1,2}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect()))
        })
    }

    proptest! {
        #[test]
        fn what_was_accepted_is_right_afterwards(before in value(), actual in value()) {
            for matching in [Matching::Exact, Matching::Partial] {
                let expected = accepted(Some(&before), &actual, matching);
                prop_assert_eq!(mismatches(&expected, &actual, matching), vec![]);
            }
        }

        #[test]
        fn exactly_the_same_is_all_that_is_right(one in value(), other in value()) {
            let found = mismatches(&one, &other, Matching::Exact);
            prop_assert_eq!(found.is_empty(), one == other);
        }
    }
}

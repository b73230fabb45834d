//! Objects that were left without a value: what their last values were is in the
//! changes, and so is that they are empty now, or nobody would have made them so.

use std::collections::BTreeMap;

use serde_json::Value;

use super::authors::around;
use crate::enrollment::{Difference, Enrollment, view};

/// The objects that `differences`, from `before` to `after`, took the last value of.
pub(super) fn emptied(
    before: &Enrollment,
    after: &Enrollment,
    differences: &[Difference],
) -> Vec<Difference> {
    let removed = || differences.iter().filter(|one| one.to.is_none());
    // Most changes remove nothing, and cost no view.
    if removed().next().is_none() {
        return Vec::new();
    }
    let (before, after) = (view(before), view(after));
    let mut found = BTreeMap::new();
    for one in removed() {
        let is_left = |outer: &str| Some((outer.to_owned(), after.pointer(outer)?));
        let Some((outer, left)) = around(&one.pointer).skip(1).find_map(is_left) else {
            continue;
        };
        // The sections themselves are no values of anybody's.
        let is_section = outer.rfind('/') == Some(0);
        if !is_section && left.as_object().is_some_and(|left| left.is_empty()) {
            found.insert(outer, left.clone());
        }
    }
    let told = |(pointer, to): (String, Value)| Difference {
        from: before.pointer(&pointer).cloned(),
        to: Some(to),
        pointer,
    };
    found.into_iter().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::super::ledger::leaves;
    use super::*;
    use serde_json::json;

    fn found(before: Value, after: Value) -> Vec<(String, Option<Value>)> {
        let enrollment = |value| serde_json::from_value::<Enrollment>(value).unwrap();
        let (before, after) = (enrollment(before), enrollment(after));
        let found = emptied(&before, &after, &leaves(&before, &after));
        found
            .into_iter()
            .map(|one| (one.pointer, one.from))
            .collect()
    }

    #[test]
    fn only_what_is_empty_now_and_was_not_is_told() {
        let before = json!({
            "node": {"extra": {"a": {"b": 1}, "c": 2}, "network_data": {}},
            "ports": [{"address": "aa:00:00:00:00:01", "extra": {"x": 1}}],
            "traits": ["HW_X"],
        });
        let mut after = before.clone();
        after["node"]["extra"] = json!({"a": {}, "c": 2});
        after["ports"][0]["extra"] = json!({});
        after["traits"] = json!([]);
        let expected = [
            ("/node/extra/a".into(), Some(json!({"b": 1}))),
            (
                "/ports/aa:00:00:00:00:01/extra".into(),
                Some(json!({"x": 1})),
            ),
        ];
        assert_eq!(found(before.clone(), after), expected);
        let mut after = before.clone();
        after["node"] = json!({"extra": {}});
        let expected = [("/node/extra".into(), Some(json!({"a": {"b": 1}, "c": 2})))];
        assert_eq!(found(before.clone(), after), expected);
        let mut after = before.clone();
        after["node"] = json!({"extra": {"c": 3}});
        assert_eq!(found(before, after), []);
    }
}

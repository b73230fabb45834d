//! The keys of settings: those that a schema knows, and those that cases set.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::enrollment::Object;

/// Deeper than anybody nests settings: a schema may hold itself.
const DEEPEST: usize = 8;
/// What stands for each item of a list, and for each key that a site chooses.
const ANY: &str = "*";

/// All keys that `schema` names, those of tables within tables by their whole path:
/// `rules/*/traits`.
pub(super) fn keys(schema: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    go_through(schema, schema, "", DEEPEST, &mut found);
    found
}

fn go_through(root: &Value, part: &Value, at: &str, depth: usize, found: &mut BTreeSet<String>) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    let mut within = |part: &Value, at: &str| go_through(root, part, at, depth, found);
    let reference = part.get("$ref").and_then(Value::as_str);
    if let Some(definition) = reference.and_then(|to| root.pointer(to.strip_prefix('#')?)) {
        within(definition, at);
    }
    for one_of in ["anyOf", "oneOf", "allOf"] {
        let parts = part.get(one_of).and_then(Value::as_array);
        parts
            .into_iter()
            .flatten()
            .for_each(|part| within(part, at));
    }
    for each in ["items", "additionalProperties"] {
        if let Some(part) = part.get(each) {
            within(part, &below(at, ANY));
        }
    }
    let properties = part.get("properties").and_then(Value::as_object);
    for (key, part) in properties.into_iter().flatten() {
        let key = below(at, key);
        go_through(root, part, &key, depth, found);
        found.insert(key);
    }
}

/// All keys that `settings` set, with the numbers of items as `*`.
pub(super) fn set(settings: &Object) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (key, value) in settings {
        enter(value, key.clone(), &mut found);
    }
    found
}

fn enter(value: &Value, at: String, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(inner) => {
            for (key, value) in inner {
                enter(value, below(&at, key), found);
            }
        }
        Value::Array(items) => {
            for item in items {
                enter(item, below(&at, ANY), found);
            }
        }
        _ => {}
    }
    found.insert(at);
}

/// Those of `keys` that are not among `set`. What is within an untried table is not
/// told besides.
pub(super) fn untried(keys: BTreeSet<String>, set: &BTreeSet<String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for key in keys {
        let told = found.iter().any(|outer| {
            let rest = key.strip_prefix(outer.as_str());
            rest.is_some_and(|rest| rest.starts_with('/'))
        });
        if !told && !set.iter().any(|set| is(&key, set)) {
            found.push(key);
        }
    }
    found
}

/// Whether the key that was set is the one of the schema.
fn is(key: &str, set: &str) -> bool {
    let (mut wanted, mut found) = (key.split('/'), set.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some(wanted), Some(found)) if wanted == ANY || wanted == found => {}
            _ => return false,
        }
    }
}

fn below(at: &str, key: &str) -> String {
    match at {
        "" => key.to_owned(),
        at => format!("{at}/{key}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({
            "properties": {
                "prefix": {"type": "string"},
                "rules": {"type": "array", "items": {"$ref": "#/$defs/rule"}},
                "sites": {"additionalProperties": {"properties": {"rack": {}}}},
                "else": {"anyOf": [{"$ref": "#/$defs/rule"}, {"type": "null"}]},
            },
            "$defs": {"rule": {"properties": {
                "class": {}, "traits": {}, "but": {"$ref": "#/$defs/rule"},
            }}},
        })
    }

    fn left(settings: Value) -> Vec<String> {
        let Value::Object(settings) = settings else {
            panic!("settings are a table");
        };
        untried(keys(&schema()), &set(&settings))
    }

    #[test]
    fn keys_within_lists_and_tables_count_each() {
        assert_eq!(left(json!({})), ["else", "prefix", "rules", "sites"]);
        let some = json!({
            "prefix": "a",
            "else": {"class": "b", "traits": [], "but": {"class": "c"}},
            "rules": [{"class": "b"}, {"traits": ["x"]}],
            "sites": {"dc1": {}},
        });
        let left = left(some);
        for untried in [
            "else/but/but",
            "else/but/traits",
            "rules/*/but",
            "sites/*/rack",
        ] {
            assert!(left.iter().any(|key| key == untried), "{untried}: {left:?}");
        }
        assert_eq!(left.len(), 4, "{left:?}");
    }
}

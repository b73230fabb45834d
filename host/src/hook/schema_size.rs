//! How much work a schema is, told without doing it: a hook brings its schema
//! along, and a few lines can ask for more than any machine gets done.

use std::collections::HashMap;

use serde_json::Value;

use crate::text::tame;

/// Schemas that one value has to be held against.
const MOST_SCHEMAS: usize = 1000;
/// How deep these stand in each other.
const DEEPEST: usize = 16;
/// Regular expressions.
const MOST_PATTERNS: usize = 100;

/// Refuses what would take too long, in words.
pub(super) fn check(schema: &Value) -> Result<(), String> {
    let mut walk = Walk {
        root: schema,
        known: HashMap::new(),
        path: Vec::new(),
        patterns: 0,
    };
    walk.all(schema)
}

struct Walk<'a> {
    root: &'a Value,
    /// By address: the schemas that a value has to be held against, and how deep
    /// they stand.
    known: HashMap<*const Value, (usize, usize)>,
    path: Vec<*const Value>,
    patterns: usize,
}

impl<'a> Walk<'a> {
    /// Looks at everything, as anything can be a schema.
    fn all(&mut self, value: &'a Value) -> Result<(), String> {
        match value {
            Value::Array(items) => items.iter().try_for_each(|item| self.all(item)),
            Value::Object(entries) => {
                self.one(value)?;
                for (key, inner) in entries {
                    self.keyword(std::ptr::eq(value, self.root), key, inner)?;
                    self.all(inner)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn keyword(&mut self, at_root: bool, key: &str, value: &Value) -> Result<(), String> {
        self.patterns += match (key, value) {
            ("pattern", Value::String(_)) => 1,
            ("patternProperties", Value::Object(patterns)) => patterns.len(),
            ("$dynamicRef" | "$recursiveRef" | "$anchor" | "$dynamicAnchor", Value::String(_)) => {
                return Err(format!("`{key}` is not supported"));
            }
            // With these a `$ref` would lead elsewhere than it is followed to here.
            ("$id" | "$schema", Value::String(_)) if !at_root => {
                return Err(format!("`{key}` is only supported at its top"));
            }
            _ => 0,
        };
        if self.patterns > MOST_PATTERNS {
            return Err(format!("it has more than {MOST_PATTERNS} patterns"));
        }
        Ok(())
    }

    /// How many schemas a value has to be held against for this one, and how deep
    /// they stand in each other.
    fn one(&mut self, schema: &'a Value) -> Result<(usize, usize), String> {
        let address = std::ptr::from_ref(schema);
        if let Some(known) = self.known.get(&address) {
            return Ok(*known);
        }
        if self.path.contains(&address) {
            return Err("it refers to itself in a circle".into());
        }
        if self.path.len() > DEEPEST {
            return Err(format!("its schemas are nested more than {DEEPEST} deep"));
        }
        self.path.push(address);
        let (mut schemas, mut depth) = (1, 0);
        for inner in self.same_place(schema)? {
            let (more, deep) = self.one(inner)?;
            schemas = more.saturating_add(schemas);
            depth = deep.max(depth);
        }
        self.path.pop();
        depth += 1;
        if depth > DEEPEST {
            return Err(format!("its schemas are nested more than {DEEPEST} deep"));
        }
        if schemas > MOST_SCHEMAS {
            return Err(format!(
                "one value would be held against more than {MOST_SCHEMAS} schemas"
            ));
        }
        self.known.insert(address, (schemas, depth));
        Ok((schemas, depth))
    }

    /// The schemas that hold for the very value that `schema` holds for.
    fn same_place(&self, schema: &'a Value) -> Result<Vec<&'a Value>, String> {
        let mut inner = Vec::new();
        for key in ["allOf", "anyOf", "oneOf"] {
            inner.extend(
                schema
                    .get(key)
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten(),
            );
        }
        for key in ["not", "if", "then", "else"] {
            inner.extend(schema.get(key));
        }
        for key in ["dependentSchemas", "dependencies"] {
            let named = schema.get(key).and_then(Value::as_object);
            inner.extend(named.into_iter().flatten().map(|(_, schema)| schema));
        }
        if let Some(Value::String(reference)) = schema.get("$ref") {
            inner.push(self.target(reference)?);
        }
        Ok(inner)
    }

    fn target(&self, reference: &str) -> Result<&'a Value, String> {
        // Escapes of urls are undone by whoever follows the reference, and not here.
        let target = reference
            .strip_prefix('#')
            .filter(|pointer| !pointer.contains('%'))
            .and_then(|pointer| self.root.pointer(pointer));
        target.ok_or_else(|| {
            format!(
                "`$ref` `{}` leads nowhere: it is to be `#/…`, a place in this schema",
                tame(reference, 100)
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn schemas_of_real_hooks_are_little_work() {
        let schema = json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "$id": "https://example.org/schema.json",
            "type": "object",
            "properties": {
                "$id": {"type": "string"},
                "rules": {"type": "array", "items": {"$ref": "#/$defs/Rule"}},
                "name": {"type": "string", "pattern": "^[a-z]+$"},
            },
            // A tree of rules: it refers to itself, one level down.
            "$defs": {"Rule": {
                "type": "object",
                "properties": {"not": {"$ref": "#/$defs/Rule"}, "$ref": {"type": "string"}},
                "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
            }},
        });
        assert_eq!(check(&schema), Ok(()));
    }

    #[test]
    fn what_would_never_end_is_refused_in_words() {
        let doubling: serde_json::Map<_, _> = (0..40)
            .map(|n| {
                let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
                (format!("d{n}"), json!({"allOf": [next, next]}))
            })
            .chain([("d40".to_owned(), json!(true))])
            .collect();
        let patterns: serde_json::Map<_, _> =
            (0..101).map(|n| (format!("a{n}"), json!({}))).collect();
        let deep = (0..20).fold(json!({}), |inner, _| json!({"allOf": [inner]}));
        let wide = vec![json!({}); 1001];
        for (schema, expected) in [
            (json!({"$ref": "#"}), "circle"),
            (
                json!({"allOf": [{"$ref": "#/a"}], "a": {"not": {"$ref": "#"}}}),
                "circle",
            ),
            (json!({"$ref": "#/$defs/d0", "$defs": doubling}), "deep"),
            (deep, "deep"),
            (json!({"anyOf": wide}), "more than 1000 schemas"),
            (
                json!({"patternProperties": patterns}),
                "more than 100 patterns",
            ),
            (json!({"$ref": "https://example.org/x"}), "leads nowhere"),
            (json!({"items": {"$dynamicRef": "#a"}}), "not supported"),
            (json!({"items": {"$anchor": "a"}}), "not supported"),
            (json!({"items": {"$dynamicAnchor": "a"}}), "not supported"),
            (json!({"items": {"$id": "http://e/a"}}), "at its top"),
            (
                json!({"items": {"$schema": "http://json-schema.org/draft-04/schema#"}}),
                "at its top",
            ),
            (
                json!({"$ref": "#/%61", "a": true, "%61": true}),
                "leads nowhere",
            ),
        ] {
            let refused = check(&schema).unwrap_err();
            assert!(refused.contains(expected), "{refused}");
        }
    }
}

//! Settings of a hook against the JSON Schema that the hook brings along.

use jsonschema::{Draft, PatternOptions};
use serde_json::Value;

use super::schema_size;
use crate::text::tame;

/// More would be read by nobody.
const MOST_PROBLEMS: usize = 10;
/// What one regular expression may take, compiled.
const LARGEST_PATTERN: usize = 1 << 20;

/// What is wrong with `settings`, a sentence each; an error if it is the schema
/// itself that is wrong.
pub(super) fn problems(schema: &Value, settings: &Value) -> Result<Vec<String>, String> {
    schema_size::check(schema)?;
    let validator = jsonschema::options()
        .with_draft(Draft::Draft202012)
        // An engine whose time grows with the text, not with the pattern's wit.
        .with_pattern_options(PatternOptions::regex().size_limit(LARGEST_PATTERN))
        .build(schema)
        .map_err(|error| tame(&error.to_string(), 300))?;
    Ok(validator
        .iter_errors(settings)
        .take(MOST_PROBLEMS)
        .map(|error| {
            let place = error.instance_path().as_str().to_owned();
            format!(
                "`settings{}`: {}",
                tame(&place, 200),
                tame(&error.to_string(), 300)
            )
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_problem_names_its_key() {
        let schema = json!({
            "type": "object",
            "properties": {"prefix": {"type": "string"}, "racks": {"type": "array", "items": {"type": "integer"}}},
            "additionalProperties": false,
        });
        assert_eq!(problems(&schema, &json!({"prefix": "dc1"})), Ok(vec![]));
        let found = problems(&schema, &json!([])).unwrap();
        assert!(found[0].starts_with("`settings`: "), "{found:?}");
        let found = problems(&schema, &json!({"prefix": 1, "racks": [1, "x"]})).unwrap();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("`settings/prefix`: "), "{found:?}");
        assert!(found[1].starts_with("`settings/racks/1`: "), "{found:?}");
    }

    #[test]
    fn a_schema_that_is_none_is_said_to_be() {
        assert!(problems(&json!({"type": 7}), &json!({})).is_err());
        assert!(problems(&json!({"$ref": "https://example.org/x"}), &json!({})).is_err());
    }
}

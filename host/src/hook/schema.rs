//! Settings of a hook against the JSON Schema that the hook brings along.

use std::sync::Arc;
use std::time::Duration;

use jsonschema::{Draft, PatternOptions};
use serde_json::Value;
use tokio::sync::oneshot;

use super::schema_size;
use super::state::Settings;
use crate::text::tame;

/// How long checking may take: what gets past the bounds of `schema_size` after all
/// is to hold nobody up.
const LONGEST: Duration = Duration::from_secs(10);

/// More would be read by nobody.
const MOST_PROBLEMS: usize = 10;
/// What one regular expression may take, compiled.
const LARGEST_PATTERN: usize = 1 << 20;

/// As [`problems`], in a thread of its own, within a time. Neither the runtime nor the
/// end of the process waits for a thread that is still at it then.
pub(super) async fn problems_in_time(
    schema: &Value,
    settings: &Arc<Settings>,
) -> Result<Vec<String>, String> {
    let (schema, settings) = (schema.clone(), Arc::clone(settings));
    let work = move || problems(&schema, &settings.value);
    in_time(LONGEST, work).await.unwrap_or_else(Err)
}

async fn in_time<T: Send + 'static>(
    longest: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    let (answer, answered) = oneshot::channel();
    std::thread::Builder::new()
        .name("schema".into())
        .spawn(move || {
            // Nobody may wait for it any more.
            let _ = answer.send(work());
        })
        .map_err(|error| format!("it cannot be checked: {error}"))?;
    match tokio::time::timeout(longest, answered).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(_)) => Err("checking it broke down".into()),
        Err(_) => Err(format!(
            "checking it takes longer than {} s",
            longest.as_secs()
        )),
    }
}

/// What is wrong with `settings`, a sentence each; an error if it is the schema
/// itself that is wrong.
pub(super) fn problems(schema: &Value, settings: &Value) -> Result<Vec<String>, String> {
    schema_size::check(schema)?;
    // All is read as of one draft: what it says itself would be heeded within it.
    let mut schema = schema.clone();
    if let Value::Object(keywords) = &mut schema {
        keywords.remove("$schema");
    }
    let validator = jsonschema::options()
        .with_draft(Draft::Draft202012)
        // An engine whose time grows with the text, not with the pattern's wit.
        .with_pattern_options(PatternOptions::regex().size_limit(LARGEST_PATTERN))
        .build(&schema)
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
    fn another_draft_changes_nothing() {
        let schema = json!({
            "$schema": "http://json-schema.org/draft-04/schema#",
            "$ref": "#/$defs/a",
            "name": {"type": "string"},
            "$defs": {"a": {"id": "http://e/a", "$ref": "#/name", "name": {"type": "integer"}}},
        });
        assert_eq!(problems(&schema, &json!("x")), Ok(vec![]));
    }

    #[tokio::test]
    async fn what_takes_too_long_or_breaks_down_is_given_up() {
        let (go_on, wait) = std::sync::mpsc::channel::<()>();
        let longest = Duration::from_millis(20);
        let late = in_time(longest, move || wait.recv()).await;
        assert!(late.is_err_and(|said| said.contains("takes longer")));
        drop(go_on);
        let broken: Result<(), _> =
            in_time(LONGEST, || std::panic::resume_unwind(Box::new(()))).await;
        assert_eq!(broken, Err("checking it broke down".into()));
        assert_eq!(in_time(LONGEST, || 7).await, Ok(7));
    }

    #[test]
    fn a_schema_that_is_none_is_said_to_be() {
        assert!(problems(&json!({"type": 7}), &json!({})).is_err());
        assert!(problems(&json!({"$ref": "https://example.org/x"}), &json!({})).is_err());
    }
}

//! Whatever stands in `valence.toml` for a hook: it is taken, or refused in words,
//! by the file or by the schema that the hook brings along.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseResult;
use serde_json::{Value, json};

use super::written;
use crate::fuzz::fuzz;
use crate::hook::testing::settings_problems;

const KEYS: [&str; 16] = [
    "name",
    "path",
    "sha256",
    "settings",
    "when",
    "writes",
    "overrides",
    "credentials",
    "mode",
    "on_failure",
    "limits",
    "patterns",
    "fuel",
    "manufacturer",
    "deadline",
    "setting",
];

const VALUES: [&str; 26] = [
    "\"a\"",
    "\"\"",
    "1",
    "-1",
    "1.5",
    "nan",
    "inf",
    "true",
    "[]",
    "[1, \"a\"]",
    "{}",
    "{ a = 1 }",
    "\"64MiB\"",
    "\"1s\"",
    "\"-1s\"",
    "\"99999999999999999999GiB\"",
    "9223372036854775807",
    "[\"/node/*\"]",
    "[\"node\"]",
    "\"enforce\"",
    "\"skip\"",
    "1979-05-27T07:32:00Z",
    "{ password = \"x\" }",
    "\"\\u001b[31m\"",
    "\"seed\"",
    "[[[[]]]]",
];

/// Lines of TOML, at times broken ones.
fn lines() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        8 => select(VALUES.to_vec()).prop_map(str::to_owned),
        1 => ".{0,12}",
        1 => "[\\[\\]{}\"=,.0-9a-z\\\\]{0,16}",
    ];
    let key = prop_oneof![9 => select(KEYS.to_vec()).prop_map(str::to_owned), 1 => "[a-z.\"]{0,8}"];
    let line = prop_oneof![
        8 => (key, value).prop_map(|(key, value)| format!("{key} = {value}")),
        1 => select(vec!["[hook.settings]", "[hook.limits]", "[[hook]]", "[hook.when]", "[[", "#"])
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(line, 0..8).prop_map(|lines| lines.join("\n"))
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let key = prop_oneof![select(KEYS.to_vec()).prop_map(str::to_owned), ".{0,6}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Schemas as derives make them, and as nobody should.
fn schema() -> impl Strategy<Value = Value> {
    let words = select(vec![
        "type",
        "properties",
        "required",
        "items",
        "pattern",
        "enum",
        "$ref",
        "$defs",
        "anyOf",
        "not",
        "minimum",
        "format",
        "additionalProperties",
        "$schema",
        "$id",
        "const",
    ]);
    let odd = prop::collection::btree_map(words, json_value(), 0..5).prop_map(|map| {
        let object = map.into_iter().map(|(key, value)| (key.to_owned(), value));
        Value::Object(object.collect())
    });
    let sound = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "patterns": {"type": "array", "items": {"type": "string", "pattern": "^[a-z{}]+$"}},
            "name": {"$ref": "#/$defs/Name"},
            "limits": {"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 0}]},
        },
        "required": ["patterns"],
        "additionalProperties": false,
        "$defs": {"Name": {"enum": ["keep", "lower"]}},
    });
    prop_oneof![2 => Just(sound), 1 => odd, 1 => json_value()]
}

fn is_clear(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(|c| c.is_control() && c != '\n')
}

fn judge((file, schema, settings): (String, Value, Value)) -> TestCaseResult {
    let text = format!("[[hook]]\nname = \"site\"\npath = \"site.wasm\"\n{file}\n");
    if let Err(error) = written(&text).load([]) {
        prop_assert!(is_clear(&error.to_string()), "{:?}", error.to_string());
    }
    match settings_problems(&schema, &settings) {
        Ok(problems) => {
            for problem in &problems {
                prop_assert!(
                    is_clear(problem) && problem.starts_with("`settings"),
                    "{:?}",
                    problem
                );
            }
            prop_assert!(problems.len() <= 10);
            // The same question has the same answer.
            prop_assert_eq!(settings_problems(&schema, &settings), Ok(problems));
        }
        Err(reason) => prop_assert!(is_clear(&reason), "{:?}", reason),
    }
    Ok(())
}

#[test]
fn whatever_is_written_for_a_hook_is_taken_or_refused_in_words() {
    fuzz(file!(), (lines(), schema(), json_value()), judge);
}

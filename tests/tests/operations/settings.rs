//! docs/settings.md has every setting, as `valence.toml` describes it.

use std::fmt::Write as _;

use serde_json::{Map, Value};
use valence_tests::{root, target};

/// Rows for the keys of a table, and the tables in it behind them.
fn table(text: &mut String, name: &str, of: &Value) {
    let Some(keys) = of["properties"].as_object() else {
        return;
    };
    let is_table =
        |of: &&Value| of["properties"].is_object() || of["items"]["properties"].is_object();
    writeln!(text, "\n## `{name}`\n").unwrap();
    if let Some(said) = of["description"].as_str() {
        writeln!(text, "{}\n", escaped(said)).unwrap();
    }
    rows(text, keys);
    let name = name.trim_matches(['[', ']']);
    for (key, of) in keys.iter().filter(|(_, of)| is_table(of)) {
        table(text, &format!("[{name}.{key}]"), of);
    }
}

fn rows(text: &mut String, keys: &Map<String, Value>) {
    text.push_str("| Key | Default | What it is |\n|---|---|---|\n");
    for (key, of) in keys {
        if of["properties"].is_object() {
            continue;
        }
        let default = match &of["default"] {
            Value::Null => String::new(),
            Value::String(text) => format!("`\"{}\"`", escaped(text)),
            other => format!("`{other}`"),
        };
        let said = escaped(of["description"].as_str().unwrap_or_default());
        writeln!(text, "| `{key}` | {default} | {said} |").unwrap();
    }
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[test]
fn every_setting_is_in_its_table() {
    let schema = root().join("docs/schemas/valence.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let mut text = "# Settings\n\nEvery key of `valence.toml`, as the annotated file describes it; each can be set by the environment as in \
        `VALENCE__SERVER__LISTEN`,\nbut for those of `[[pod_manager]]` and `[[hook]]`. How it all fits together is in [operations.md](operations.md).\n"
        .to_owned();
    for (name, of) in schema["properties"].as_object().unwrap() {
        match (&of["items"], &of["additionalProperties"]) {
            (Value::Object(_), _) => table(&mut text, &format!("[[{name}]]"), &of["items"]),
            (_, Value::Object(_)) => {
                table(
                    &mut text,
                    &format!("[{name}.NAME]"),
                    &of["additionalProperties"],
                );
            }
            _ => table(&mut text, &format!("[{name}]"), of),
        }
    }
    let written = std::fs::read_to_string(root().join("docs/settings.md")).unwrap_or_default();
    if written != text {
        let new = target().join("settings.md");
        std::fs::write(&new, &text).unwrap();
        panic!(
            "docs/settings.md is not as valence.toml says: copy `{}` over it",
            new.display()
        );
    }
}

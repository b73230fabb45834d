//! The JSON Schema of `valence.toml`: of the keys that sections ask for, each with the
//! schema of its type, and with what the annotated sample says of it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::environment::Environment;
use super::load::from_entries;
use super::{ConfigError, Origin, Shown, sample, tree};

/// The least that a file may hold in which there is one of all tables, so that all
/// keys are asked for. `NAME` is one that a site chooses.
pub(super) const LEAST: &str = "[ironic]\nendpoint = 'http://a'\n\
    [credentials.NAME]\nusername = 'x'\npassword_env = 'X'\n\
    [[pod_manager]]\nname = 'a'\nurl = 'https://a'\ndriver = 'redfish'\n\
    [[hook]]\nname = 'a'\npath = 'a.wasm'\n";
const CHOSEN: &str = "NAME";

/// The JSON Schema (2020-12) of `valence.toml`.
///
/// # Errors
/// If a file of ours cannot be read by ourselves.
pub fn schema() -> Result<Value, ConfigError> {
    let entries = tree::parse("valence.toml".into(), LEAST)?;
    let loaded = from_entries(None, entries, &Environment::default())?;
    let comments = comments(sample());
    let mut root = Table::default();
    for shown in &loaded.asked {
        let table = root.at(&shown.section, &comments);
        if shown.required {
            table.required.push(shown.key);
        }
        let comment = comments.get(&(shown.heading.clone(), shown.key.to_owned()));
        table.keys.insert(shown.key, key(shown, comment));
    }
    let Value::Object(mut schema) = root.schema() else {
        return Ok(Value::Null);
    };
    schema.insert(
        "$schema".into(),
        "https://json-schema.org/draft/2020-12/schema".into(),
    );
    schema.insert("title".into(), "valence.toml".into());
    Ok(Value::Object(schema))
}

/// The schema of one key.
fn key(shown: &Shown, comment: Option<&String>) -> Value {
    let mut schema = shown.schema.clone();
    let Some(parts) = schema.as_object_mut() else {
        return schema;
    };
    if let Some(comment) = comment {
        parts.insert("description".into(), comment.as_str().into());
    }
    let default = shown
        .value
        .as_ref()
        .filter(|_| shown.origin == Origin::Default);
    if let Some(default) = default.and_then(|text| of_toml(text)) {
        parts.insert("default".into(), default);
    }
    schema
}

/// A value as it is written in TOML.
fn of_toml(text: &str) -> Option<Value> {
    let mut table: Map<String, Value> = toml::from_str(&format!("value = {text}")).ok()?;
    table.remove("value")
}

/// How a table stands in the one around it.
#[derive(Clone, Copy, Default)]
enum Shape {
    /// By its name.
    #[default]
    One,
    /// As one of a list.
    List,
}

/// A table's keys, and the tables in it.
#[derive(Default)]
struct Table {
    description: Option<String>,
    keys: BTreeMap<&'static str, Value>,
    required: Vec<&'static str>,
    tables: BTreeMap<String, (Shape, Table)>,
}

impl Table {
    /// The table at `section`: `hook[1].limits`.
    fn at(&mut self, section: &str, comments: &Comments) -> &mut Self {
        let (mut table, mut path) = (self, Vec::new());
        for part in section.split('.').filter(|part| !part.is_empty()) {
            let (name, shape) = match part.strip_suffix("[1]") {
                Some(name) => (name, Shape::List),
                None => (part, Shape::One),
            };
            path.push(name);
            let path = path.join(".");
            let below = table.tables.entry(name.to_owned()).or_insert_with(|| {
                let headings = [format!("[{path}]"), format!("[[{path}]]")];
                let description = headings
                    .into_iter()
                    .find_map(|heading| comments.get(&(heading, String::new())).cloned());
                let made = Self {
                    description,
                    ..Self::default()
                };
                (shape, made)
            });
            table = &mut below.1;
        }
        table
    }

    fn schema(self) -> Value {
        let mut properties = Map::new();
        let mut others = json!(false);
        for (name, (shape, table)) in self.tables {
            let description = table.description.clone();
            let schema = match (name.as_str(), shape) {
                (CHOSEN, _) => {
                    others = table.schema();
                    continue;
                }
                (_, Shape::One) => table.schema(),
                (_, Shape::List) => {
                    json!({"type": "array", "description": description, "items": table.schema()})
                }
            };
            properties.insert(name, schema);
        }
        let keys = self.keys.into_iter();
        properties.extend(keys.map(|(key, schema)| (key.to_owned(), schema)));
        let mut schema = json!({
            "type": "object",
            "description": self.description,
            "properties": properties,
            "required": self.required,
            "additionalProperties": others,
        });
        if let Some(parts) = schema.as_object_mut() {
            parts.retain(|_, part| !part.is_null() && *part != json!([]) && *part != json!({}));
        }
        schema
    }
}

/// What the sample says, by heading and key; of the table itself by no key.
type Comments = BTreeMap<(String, String), String>;

/// The comments above the keys and headings of `sample`. Keys right after another
/// share the comment above that.
fn comments(sample: &str) -> Comments {
    let mut found = Comments::new();
    let (mut heading, mut comment, mut is_open) = (String::new(), String::new(), false);
    for line in sample.lines() {
        let words = line.strip_prefix("# ").filter(|_| line != "#");
        if let Some(words) = words {
            if !is_open {
                comment.clear();
            }
            let gap = if comment.is_empty() { "" } else { " " };
            comment.push_str(&format!("{gap}{words}"));
            is_open = true;
            continue;
        }
        is_open = false;
        let line = line.strip_prefix('#').unwrap_or(line);
        if line.starts_with('[') {
            heading = line.to_owned();
            let table = line.trim_matches(['[', ']']);
            // A table of a site's own keys is the key of the one around it.
            if let Some((outer, key)) = table.rsplit_once('.') {
                found.insert((format!("[{outer}]"), key.to_owned()), comment.clone());
                if outer == "credentials" {
                    heading = format!("[{outer}.{CHOSEN}]");
                }
            }
            if !comment.is_empty() {
                found
                    .entry((heading.clone(), String::new()))
                    .or_insert(comment.clone());
            }
            comment.clear();
        } else if let Some((key, _)) = line.split_once(" = ") {
            let key = (heading.clone(), key.to_owned());
            found.entry(key).or_insert(comment.clone());
        } else {
            comment.clear();
        }
    }
    found.retain(|_, comment| !comment.is_empty());
    found
}

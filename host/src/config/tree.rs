//! The file as a tree whose values know where they stand.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Number;
use toml::de::{DeTable, DeValue};

use super::{ConfigError, Origin, Problem};
use crate::enrollment::Object;

/// A table of the file.
pub(super) type Table = BTreeMap<String, Node>;

/// A value and where it stands.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) origin: Origin,
    pub(super) value: Value,
}

/// A value of the file, or of a variable.
#[derive(Clone)]
pub(super) enum Value {
    /// What a variable holds: what it is depends on who asks.
    Words(String),
    Text(String),
    Integer(i64),
    /// A whole number of more than 64 bits, as it is written: no key takes it.
    Huge(String),
    Float(f64),
    Truth(bool),
    /// A date or time, as it is written.
    Time(String),
    List(Vec<Node>),
    Table(Table),
}

/// Reads the text of the file at `path`.
pub(super) fn parse(path: PathBuf, text: &str) -> Result<Table, ConfigError> {
    let path = Arc::new(path);
    match DeTable::parse(text) {
        Ok(table) => Ok(convert_table(table.into_inner(), &|offset| {
            Origin::at(&path, text, offset)
        })),
        Err(error) => Err(ConfigError::Syntax {
            origin: Origin::at(&path, text, error.span().map_or(0, |span| span.start)),
            reason: crate::text::tame(error.message(), 300),
        }),
    }
}

fn convert_table(table: DeTable<'_>, origin: &dyn Fn(usize) -> Origin) -> Table {
    table
        .into_iter()
        .map(|(key, value)| {
            let node = Node {
                origin: origin(key.span().start),
                value: convert(value.into_inner(), origin),
            };
            (key.into_inner().into_owned(), node)
        })
        .collect()
}

fn convert(value: DeValue<'_>, origin: &dyn Fn(usize) -> Origin) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::Huge(number.to_string()),
        },
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(truth) => Value::Truth(truth),
        DeValue::Datetime(time) => Value::Time(time.to_string()),
        DeValue::Array(values) => Value::List(
            values
                .into_iter()
                .map(|value| Node {
                    origin: origin(value.span().start),
                    value: convert(value.into_inner(), origin),
                })
                .collect(),
        ),
        DeValue::Table(table) => Value::Table(convert_table(table, origin)),
    }
}

/// Lays what the variable holds over the value at `path`. A part of the path
/// means the key that is the same but for case and `-` for `_`; where there is
/// none, the key in lower case.
pub(super) fn lay_over(
    table: &mut Table,
    variable: &str,
    path: &[&str],
    words: &str,
) -> Result<(), ConfigError> {
    let Some((first, rest)) = path.split_first() else {
        return Ok(());
    };
    let plain = |key: &str| key.to_lowercase().replace('-', "_");
    let origin = Origin::Environment(variable.to_owned());
    let known = table.keys().find(|key| plain(key) == plain(first));
    let key = known.cloned().unwrap_or_else(|| first.to_lowercase());
    if rest.is_empty() {
        let value = Value::Words(words.to_owned());
        table.insert(key, Node { origin, value });
        return Ok(());
    }
    let below = table.entry(key.clone()).or_insert_with(|| Node {
        origin: origin.clone(),
        value: Value::Table(Table::new()),
    });
    match &mut below.value {
        Value::Table(below) => lay_over(below, variable, rest, words),
        _ => Err(ConfigError::Key {
            origin,
            key,
            problem: Problem::Impossible(
                "this is no table, so no variable can set a part of it".into(),
            ),
        }),
    }
}

impl Value {
    /// What `words` of a variable are in TOML, where they are any.
    fn of_words(words: &str) -> Option<Self> {
        let value = DeValue::parse(words).ok()?.into_inner();
        Some(convert(value, &|_| Origin::Default))
    }

    /// The value with words understood as TOML; words that are none are text.
    pub(super) fn plain(&self) -> Self {
        match self {
            Self::Words(words) => {
                Self::of_words(words).unwrap_or_else(|| Self::Text(words.clone()))
            }
            value => value.clone(),
        }
    }

    /// Text, of the file or of a variable.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Words(text) => Some(text),
            _ => None,
        }
    }

    /// The value as JSON; none for numbers that JSON has not.
    pub(super) fn json(&self) -> Option<serde_json::Value> {
        Some(match self.plain() {
            Self::Words(text) | Self::Text(text) | Self::Time(text) => text.into(),
            Self::Integer(number) => number.into(),
            Self::Huge(_) => return None,
            Self::Float(number) => Number::from_f64(number)?.into(),
            Self::Truth(truth) => truth.into(),
            Self::List(values) => {
                let values: Option<Vec<_>> =
                    values.iter().map(|value| value.value.json()).collect();
                values?.into()
            }
            Self::Table(table) => {
                let object: Option<Object> = table
                    .iter()
                    .map(|(key, value)| Some((key.clone(), value.value.json()?)))
                    .collect();
                object?.into()
            }
        })
    }

    /// The value as an error calls it.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Words(text) | Self::Text(text) | Self::Time(text) | Self::Huge(text) => {
                format!("`{}`", crate::text::tame(text, 80))
            }
            Self::Integer(number) => format!("`{number}`"),
            Self::Float(number) => format!("`{number}`"),
            Self::Truth(truth) => format!("`{truth}`"),
            Self::List(_) => "a list".into(),
            Self::Table(_) => "a table".into(),
        }
    }
}

//! The contents of `clouds.yaml`, any of which may be a secret.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::secret::Secret;

/// A table, its keys with `_` for `-`, as OpenStack's clients read them.
pub(super) type Table = BTreeMap<String, Value>;

/// A value. It has no `Debug`: a password may be anywhere.
#[derive(Clone)]
pub(super) enum Value {
    Nothing,
    /// Texts, numbers and truths alike.
    Text(Secret),
    List(Vec<Self>),
    Table(Table),
}

impl Value {
    pub(super) fn text(&self) -> Option<&Secret> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    pub(super) fn into_table(self) -> Table {
        match self {
            Self::Table(table) => table,
            _ => Table::new(),
        }
    }

    /// The texts of a list, or of one text between commas.
    pub(super) fn texts(&self) -> Vec<String> {
        match self {
            Self::List(values) => values
                .iter()
                .filter_map(|value| Some(value.text()?.expose().to_owned()))
                .collect(),
            Self::Text(text) => text
                .expose()
                .split(',')
                .map(|part| part.trim().to_owned())
                .filter(|part| !part.is_empty())
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// Lays `over` over `table`: tables merge, anything else replaces.
pub(super) fn lay_over(table: &mut Table, over: Table) {
    for (key, value) in over {
        match (table.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay_over(below, above),
            (_, value) => {
                table.insert(key, value);
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl Any {
    fn text<E>(text: impl Into<String>) -> Result<Value, E> {
        Ok(Value::Text(Secret::new(text)))
    }
}

impl<'de> Visitor<'de> for Any {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a list or a table")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Self::text(value.to_string())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Self::text(value.to_string())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Self::text(value.to_string())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Self::text(value.to_string())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Self::text(value)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(Self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = values.next_element()? {
            list.push(value);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut table = Table::new();
        while let Some((key, value)) = entries.next_entry::<String, Value>()? {
            table.insert(key, value);
        }
        Ok(Value::Table(table))
    }
}

/// The keys of `table` and of the tables in it, with `_` for `-`.
pub(super) fn settle_keys(table: Table) -> Table {
    let settle = |value| match value {
        Value::Table(table) => Value::Table(settle_keys(table)),
        other => other,
    };
    let entries = table.into_iter();
    entries
        .map(|(key, value)| (key.replace('-', "_"), settle(value)))
        .collect()
}

//! The second pass: replacements take the places of values.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::find::of_property;
use super::identity::{Identity, Kind};
use super::keys;
use super::literals::Literals;
use super::shapes::shapes;
use super::vocabulary::Vocabulary;

/// Puts replacements in the places of values.
pub(super) struct Rewriter {
    names: BTreeMap<Identity, String>,
    literals: Literals,
}

impl Rewriter {
    /// One for the replacements `names`.
    pub(super) fn new(names: BTreeMap<Identity, String>, vocabulary: &Vocabulary) -> Self {
        let literals = Literals::new(&names, vocabulary);
        Self { names, literals }
    }

    /// `value`, that of the property `key`, with all replacements.
    pub(super) fn value(&self, key: Option<&str>, value: &Value) -> Value {
        match value {
            Value::Object(object) => Value::Object(self.object(object)),
            Value::Array(items) => items.iter().map(|item| self.value(key, item)).collect(),
            Value::String(text) => Value::String(self.text(key, text)),
            Value::Number(number) => {
                let text = number.to_string();
                let replaced = of_property(key, &text).map(|_| self.text(key, &text));
                match replaced {
                    // Digits stay digits.
                    Some(text) => text.parse().map_or(Value::String(text), Value::Number),
                    None => value.clone(),
                }
            }
            Value::Null | Value::Bool(_) => value.clone(),
        }
    }

    fn object(&self, object: &Map<String, Value>) -> Map<String, Value> {
        let replaced = object.iter().map(|(inner, value)| {
            let name = keys::name_of(object, inner);
            (self.text(None, inner), self.value(Some(name), value))
        });
        replaced.collect()
    }

    /// `text`, the value of the property `key`, with all replacements.
    pub(super) fn text(&self, key: Option<&str>, text: &str) -> String {
        if let Some(identity) = of_property(key, text)
            && let Some(name) = self.names.get(&identity)
        {
            let (head, bare) = text.split_at(text.len() - text.trim_start().len());
            let tail = bare.get(bare.trim_end().len()..).unwrap_or_default();
            return format!("{head}{}{tail}", spelt(bare.trim_end(), &identity, name));
        }
        let mut found = shapes(text);
        found.retain(|(_, identity)| self.names.contains_key(identity));
        for (at, identity) in self.literals.find(text) {
            let apart = |(other, _): &(std::ops::Range<usize>, Identity)| {
                at.end <= other.start || other.end <= at.start
            };
            if found.iter().all(apart) {
                found.push((at, identity));
            }
        }
        found.sort_by_key(|(at, _)| at.start);
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for (at, identity) in found {
            let name = self.names.get(&identity);
            let (Some(name), Some(before), Some(old)) =
                (name, text.get(from..at.start), text.get(at.clone()))
            else {
                continue;
            };
            out.push_str(before);
            out.push_str(&spelt(old, &identity, name));
            from = at.end;
        }
        out.push_str(text.get(from..).unwrap_or_default());
        out
    }
}

/// `name` in the spelling of `old`.
fn spelt(old: &str, identity: &Identity, name: &str) -> String {
    match identity.kind {
        Kind::Mac | Kind::Uuid | Kind::Octets => digits(old, name),
        Kind::Ipv4 | Kind::Ipv6 => name.to_owned(),
        Kind::Host | Kind::Serial => {
            if old.chars().count() != name.chars().count() {
                return name.to_owned();
            }
            let pairs = old.chars().zip(name.chars());
            pairs
                .map(|(old, new)| match old.is_uppercase() {
                    true => new.to_ascii_uppercase(),
                    false => new,
                })
                .collect()
        }
    }
}

/// The digits `name` with what stands between those of `old`, and in its case.
fn digits(old: &str, name: &str) -> String {
    let between = |rest: &str| rest.get(..3).is_some_and(|c| c.eq_ignore_ascii_case("%3a"));
    let upper = old
        .replace("%3A", "")
        .contains(|c: char| c.is_ascii_uppercase());
    let mut name = name.chars();
    let mut out = String::with_capacity(old.len());
    let mut rest = old;
    while let Some(c) = rest.chars().next() {
        let taken = if between(rest) { 3 } else { c.len_utf8() };
        let (part, after) = rest.split_at(taken);
        let is_digit = taken == 1 && c.is_ascii_hexdigit();
        match is_digit.then(|| name.next()).flatten() {
            Some(digit) if upper => out.push(digit.to_ascii_uppercase()),
            Some(digit) => out.push(digit),
            None => out.push_str(part),
        }
        rest = after;
    }
    out
}

//! The values of what was returned: their JSON, their depth, their characters.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::breach::Breach;
use super::super::spec::Limits;
use super::Flaw;
use crate::enrollment::{Object, PROSE, Place, child};
use crate::text::{lower, tame};

pub(super) fn object(pointer: &str, text: &str, limits: &Limits) -> Result<Object, Flaw> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let said = error.to_string();
        // It has no other name, and stands at the end of what may be configured.
        if said.starts_with("recursion limit exceeded") {
            return Flaw::TooMuch(Breach::depth(limits));
        }
        Flaw::at(
            pointer,
            format!("what it returned is no json: {}", tame(&said, 200)),
        )
    })?;
    let Value::Object(object) = value else {
        return Err(Flaw::at(pointer, "what it returned is no json object"));
    };
    walk(pointer, &object, 1, limits)?;
    Ok(object)
}

/// Each value inside an object is recorded with the keys of all that is around it:
/// one long key would be written down a thousand times.
pub(in crate::hook) const LONGEST_POINTER: usize = 1024;

fn walk(pointer: &str, object: &Object, depth: usize, limits: &Limits) -> Result<(), Flaw> {
    let place = Place::At(pointer);
    for (key, inner) in object {
        plain(place, key)?;
        let lines = depth == 1 && (PROSE.contains(&key.as_str()) || pointer == "/extension");
        value(Place::Key(&place, key), inner, depth, lines, limits)?;
    }
    Ok(())
}

fn value(
    place: Place<'_>,
    value_: &Value,
    depth: usize,
    lines: bool,
    limits: &Limits,
) -> Result<(), Flaw> {
    if depth > limits.depth {
        return Err(Flaw::TooMuch(Breach::depth(limits)));
    }
    if place.longest() > LONGEST_POINTER && place.pointer().len() > LONGEST_POINTER {
        return Err(Flaw::at(
            tame(&place.pointer(), 200),
            format!("its pointer is longer than {LONGEST_POINTER} bytes: shorten the keys"),
        ));
    }
    match value_ {
        Value::String(text) if lines => characters(place, text, &['\n', '\t']),
        Value::String(text) => plain(place, text),
        Value::Array(values) => values.iter().enumerate().try_for_each(|(index, inner)| {
            value(Place::Index(&place, index), inner, depth + 1, lines, limits)
        }),
        Value::Object(object) => object.iter().try_for_each(|(key, inner)| {
            plain(place, key)?;
            value(Place::Key(&place, key), inner, depth + 1, lines, limits)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

pub(super) fn plain(place: Place<'_>, text: &str) -> Result<(), Flaw> {
    characters(place, text, &[])
}

/// Control characters reach boot scripts and terminals; none belongs in a value.
fn characters(place: Place<'_>, text: &str, allowed: &[char]) -> Result<(), Flaw> {
    // Most text is plain ASCII, and told to be by its bytes alone.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Ok(());
    }
    match text
        .chars()
        .find(|c| c.is_control() && !allowed.contains(c))
    {
        Some(c) => Err(Flaw::at(
            tame(&place.pointer(), 200),
            format!("it has the control character {}", c.escape_unicode()),
        )),
        None => Ok(()),
    }
}

pub(super) fn traits(list: Vec<String>) -> Result<BTreeSet<String>, Flaw> {
    for name in &list {
        plain(Place::At("/traits"), name)?;
    }
    Ok(list.into_iter().collect())
}

/// Two ports of one MAC would be one to everything that goes by MACs.
pub(super) fn distinct(
    parent: &str,
    key: &str,
    called: &str,
    objects: &[Object],
) -> Result<(), Flaw> {
    let mut seen = BTreeSet::new();
    for name in objects
        .iter()
        .filter_map(|object| object.get(key)?.as_str())
    {
        let name = if key == "address" {
            lower(name.to_owned())
        } else {
            name.to_owned()
        };
        if seen.contains(&name) {
            let pointer = child(parent, &name);
            return Err(Flaw::at(pointer, format!("two have this {called}")));
        }
        seen.insert(name);
    }
    Ok(())
}

//! The values of what was returned: their JSON, their depth, their characters.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use super::super::breach::Breach;
use super::super::spec::Limits;
use super::Flaw;
use crate::enrollment::{Body, LONGEST_POINTER, Object, PROSE, Place, child, misplaced};
use crate::text::{lower, tame};

/// The object that `text` is, unchecked otherwise.
pub(super) fn parsed(pointer: &str, text: &str, limits: &Limits) -> Result<Object, Flaw> {
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
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(Flaw::at(pointer, "what it returned is no json object")),
    }
}

/// Checks what of `object` is not as `given`: for the rest the hook cannot be blamed.
pub(super) fn check(
    pointer: &str,
    object: &Object,
    given: Option<&Object>,
    limits: &Limits,
) -> Result<(), Flaw> {
    let place = Place::At(pointer);
    for (key, inner) in object {
        let given = given.and_then(|given| given.get(key));
        if given.is_none() {
            plain(place, key)?;
        }
        let prose = PROSE.contains(&key.as_str()) || pointer == "/extension";
        let within = Within {
            depth: 1,
            prose,
            limits,
        };
        value(Place::Key(&place, key), inner, given, within)?;
    }
    Ok(())
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Within<'a> {
    depth: usize,
    /// Whether a line may end there.
    prose: bool,
    limits: &'a Limits,
}

impl Within<'_> {
    fn deeper(self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self
        }
    }
}

fn value(
    place: Place<'_>,
    value_: &Value,
    given: Option<&Value>,
    within: Within<'_>,
) -> Result<(), Flaw> {
    if given == Some(value_) {
        return Ok(());
    }
    if within.depth > within.limits.depth {
        return Err(Flaw::TooMuch(Breach::depth(within.limits)));
    }
    if place.longest() > LONGEST_POINTER && place.pointer().len() > LONGEST_POINTER {
        return Err(Flaw::at(
            tame(&place.pointer(), 200),
            format!("its pointer is longer than {LONGEST_POINTER} bytes: shorten the keys"),
        ));
    }
    match value_ {
        Value::String(text) => characters(place, text, within.prose),
        Value::Array(values) => values.iter().enumerate().try_for_each(|(index, inner)| {
            let given = given.and_then(|given| given.get(index));
            value(Place::Index(&place, index), inner, given, within.deeper())
        }),
        Value::Object(object) => object.iter().try_for_each(|(key, inner)| {
            let given = given.and_then(|given| given.get(key));
            if given.is_none() {
                plain(place, key)?;
            }
            value(Place::Key(&place, key), inner, given, within.deeper())
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

pub(super) fn plain(place: Place<'_>, text: &str) -> Result<(), Flaw> {
    characters(place, text, false)
}

fn characters(place: Place<'_>, text: &str, prose: bool) -> Result<(), Flaw> {
    match misplaced(text, prose) {
        Some(c) => Err(Flaw::at(
            tame(&place.pointer(), 200),
            format!("it has the control character {}", c.escape_unicode()),
        )),
        None => Ok(()),
    }
}

/// Those that are among `given` are not the hook's doing.
pub(super) fn traits(
    list: Vec<String>,
    given: &BTreeSet<String>,
) -> Result<BTreeSet<String>, Flaw> {
    for name in list.iter().filter(|name| !given.contains(*name)) {
        plain(Place::At("/traits"), name)?;
    }
    Ok(list.into_iter().collect())
}

/// Two ports of one MAC would be one to everything that goes by MACs.
pub(super) fn distinct(parent: &str, key: &str, called: &str, bodies: &[Body]) -> Result<(), Flaw> {
    let mut seen = BTreeSet::new();
    for name in bodies.iter().filter_map(|body| body.get(key)?.as_str()) {
        let name = match key {
            "address" if name.contains(|c: char| !c.is_ascii() || c.is_ascii_uppercase()) => {
                Cow::Owned(lower(name.to_owned()))
            }
            _ => Cow::Borrowed(name),
        };
        if seen.contains(&name) {
            let pointer = child(parent, &name);
            return Err(Flaw::at(pointer, format!("two have this {called}")));
        }
        seen.insert(name);
    }
    Ok(())
}

//! The values of what was returned: their JSON, their depth, their characters.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::breach::Breach;
use super::super::spec::Limits;
use super::Flaw;
use crate::enrollment::{LONGEST_POINTER, Object, PROSE, Place, child, misplaced};
use crate::text::{lower, tame};

/// The object that `text` is, checked where it differs from the one that the guest
/// was given in its place: what it was given is not its doing.
pub(super) fn object<'a>(
    pointer: &str,
    text: &str,
    given: impl FnOnce(&Object) -> Option<&'a Object>,
    limits: &Limits,
) -> Result<Object, Flaw> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        Flaw::at(
            pointer,
            format!(
                "what it returned is no json: {}",
                tame(&error.to_string(), 200)
            ),
        )
    })?;
    let Value::Object(object) = value else {
        return Err(Flaw::at(pointer, "what it returned is no json object"));
    };
    walk(pointer, &object, given(&object), limits)?;
    Ok(object)
}

fn walk(
    pointer: &str,
    object: &Object,
    given: Option<&Object>,
    limits: &Limits,
) -> Result<(), Flaw> {
    let place = Place::At(pointer);
    for (key, inner) in object {
        let prose = PROSE.contains(&key.as_str()) || pointer == "/extension";
        let walk = Walk { prose, limits };
        walk.entry(place, key, inner, given, 1)?;
    }
    Ok(())
}

#[derive(Clone, Copy)]
struct Walk<'a> {
    prose: bool,
    limits: &'a Limits,
}

impl Walk<'_> {
    fn entry(
        self,
        place: Place<'_>,
        key: &str,
        value: &Value,
        around: Option<&Object>,
        depth: usize,
    ) -> Result<(), Flaw> {
        let given = around.and_then(|around| around.get(key));
        if given.is_none() {
            plain(place, key)?;
        }
        self.value(Place::Key(&place, key), value, given, depth)
    }

    fn value(
        self,
        place: Place<'_>,
        value: &Value,
        given: Option<&Value>,
        depth: usize,
    ) -> Result<(), Flaw> {
        if given == Some(value) {
            return Ok(());
        }
        if given.is_none() {
            self.placed(place, depth)?;
        }
        match value {
            Value::String(text) => characters(place, text, self.prose),
            Value::Array(values) => {
                let given = given.and_then(Value::as_array);
                values.iter().enumerate().try_for_each(|(index, inner)| {
                    let given = given.and_then(|given| given.get(index));
                    self.value(Place::Index(&place, index), inner, given, depth + 1)
                })
            }
            Value::Object(object) => {
                let given = given.and_then(Value::as_object);
                object
                    .iter()
                    .try_for_each(|(key, inner)| self.entry(place, key, inner, given, depth + 1))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        }
    }

    /// Whether there may be a value at `place`, whichever.
    fn placed(self, place: Place<'_>, depth: usize) -> Result<(), Flaw> {
        if depth > self.limits.depth {
            return Err(Flaw::TooMuch(Breach::depth(self.limits)));
        }
        if place.longest() > LONGEST_POINTER && place.pointer().len() > LONGEST_POINTER {
            return Err(Flaw::at(
                tame(&place.pointer(), 200),
                format!("its pointer is longer than {LONGEST_POINTER} bytes: shorten the keys"),
            ));
        }
        Ok(())
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

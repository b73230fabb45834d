//! Whether a BMC takes images to boot from.

use valence_hook::inventory::Manager;
use valence_hook::{Document, ReadError, Registration, Value};

/// What stands where an image can be inserted.
const ACTION: &str = "/Actions/#VirtualMedia.InsertMedia";

/// Whether a drive for CDs or DVDs is there into which an image can be inserted. It
/// stands with the system since 2021, with its manager before.
pub(crate) fn insertable(
    registration: &Registration,
    manager: Option<&Manager>,
) -> Result<bool, ReadError> {
    if of(&registration.system())? {
        return Ok(true);
    }
    let manager = manager.and_then(|manager| registration.document(&manager.uri));
    manager.map_or(Ok(false), |manager| of(&manager))
}

fn of(document: &Document) -> Result<bool, ReadError> {
    let Some(collection) = document.follow("/VirtualMedia")? else {
        return Ok(false);
    };
    let members = match collection.members() {
        Err(error) if error.is_not_found() => return Ok(false),
        other => other?.unwrap_or_default(),
    };
    for member in members {
        let [types, action] = match member.get_many(["/MediaTypes", ACTION]) {
            Err(error) if error.is_not_found() => continue,
            other => other?,
        };
        if action.is_some() && types.as_ref().is_some_and(takes_discs) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn takes_discs(types: &Value) -> bool {
    let all = types.as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().any(|one| one == "CD" || one == "DVD")
}

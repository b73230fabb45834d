//! What does not belong into objects that hold secrets in Ironic, nor into what
//! hooks are given.

use serde_json::Value;

use super::check::Violation;
use crate::enrollment::{Object, Place};
use crate::secret::MASK;
use crate::text::names_secret;

/// Ironic would store it literally, over the secret.
const MASKED: &str = "is what Ironic shows instead of a secret: leave it out to keep the secret";

/// An enrollment is shown, stored and handed from hook to hook.
const NAMED: &str = "passwords do not belong into an enrollment: name credentials \
    (`[credentials.NAME]`), or give `redfish_username` and `redfish_password` in the register \
    request";

/// The objects whose secrets Ironic masks when it shows them.
const MASKING: [&str; 2] = ["driver_info", "instance_info"];

/// What is the site's own, and shown by Ironic to everybody who may see the node: a
/// secret is in the wrong place there, and a key that only sounds like one in its own.
const SHOWN: [&str; 3] = ["extra", "properties", "network_data"];

/// Looks for masks and for keys that name a secret, at any depth of what of `node`
/// Ironic masks.
pub(super) fn check(node: &Object, found: &mut Vec<Violation>) {
    let at = Place::At("/node");
    for field in MASKING {
        if let Some(Value::Object(object)) = node.get(field) {
            keys(Place::Key(&at, field), object, true, found);
        }
    }
}

/// The same of a node, port or port group that stands at `at` and that no hook has
/// seen yet: also where no object belongs.
pub(super) fn check_given(at: &str, object: &Object, found: &mut Vec<Violation>) {
    let at = Place::At(at);
    for (key, value) in object {
        if !SHOWN.contains(&key.as_str()) {
            one(at, key, value, MASKING.contains(&key.as_str()), found);
        }
    }
}

fn keys(at: Place<'_>, object: &Object, masks: bool, found: &mut Vec<Violation>) {
    for (key, value) in object {
        one(at, key, value, masks, found);
    }
}

fn one(at: Place<'_>, key: &str, value: &Value, masks: bool, found: &mut Vec<Violation>) {
    let at = Place::Key(&at, key);
    let is_mask = masks && value.as_str() == Some(MASK);
    if names_secret(key) && !is_mask {
        found.push(Violation::at(at.pointer(), NAMED));
    } else {
        look(at, value, masks, found);
    }
}

fn look(at: Place<'_>, value: &Value, masks: bool, found: &mut Vec<Violation>) {
    match value {
        Value::String(text) if masks && text == MASK => {
            found.push(Violation::at(at.pointer(), MASKED));
        }
        Value::Object(object) => keys(at, object, masks, found),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                look(Place::Index(&at, index), item, masks, found);
            }
        }
        _ => {}
    }
}

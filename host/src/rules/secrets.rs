//! What does not belong into objects that hold secrets in Ironic.

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

/// Looks for masks and, unless `may_name_secrets`, for keys that name a secret, at
/// any depth of `object`, which stands at `at`.
pub(super) fn check(at: &str, object: &Object, may_name_secrets: bool, found: &mut Vec<Violation>) {
    keys(Place::At(at), object, may_name_secrets, found);
}

fn keys(at: Place<'_>, object: &Object, may_name_secrets: bool, found: &mut Vec<Violation>) {
    for (key, value) in object {
        let at = Place::Key(&at, key);
        if value.as_str() != Some(MASK) && !may_name_secrets && names_secret(key) {
            found.push(Violation::at(at.pointer(), NAMED));
        } else {
            look(at, value, may_name_secrets, found);
        }
    }
}

fn look(at: Place<'_>, value: &Value, may_name_secrets: bool, found: &mut Vec<Violation>) {
    match value {
        Value::String(text) if text == MASK => found.push(Violation::at(at.pointer(), MASKED)),
        Value::Object(object) => keys(at, object, may_name_secrets, found),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                look(Place::Index(&at, index), item, may_name_secrets, found);
            }
        }
        _ => {}
    }
}

//! What no hook gets to see.

use serde_json::Value;

use crate::redfish::ResourcePath;

/// Blanks password-like properties.
pub(super) fn redact(document: &mut Value) {
    match document {
        Value::Object(object) => {
            for (key, value) in object {
                if key.to_ascii_lowercase().contains("password") {
                    *value = Value::Null;
                } else {
                    redact(value);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(redact),
        _ => {}
    }
}

/// Whether a resource is no hook's business on any service.
pub(super) fn forbidden_to_hooks(path: &ResourcePath) -> bool {
    ["/redfish/v1/AccountService", "/redfish/v1/SessionService"]
        .iter()
        .any(|service| path.as_str().starts_with(service))
}

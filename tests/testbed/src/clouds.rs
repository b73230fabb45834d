//! `clouds.yaml`, as OpenStack's clients and Valence read it.

use serde_json::json;

/// The name of the one cloud in it.
pub(crate) const CLOUD: &str = "testbed";

/// The text of the file; JSON is YAML too, and needs no writer of its own.
pub(crate) fn text(endpoint: &str, basic: Option<(&str, &str)>) -> String {
    let cloud = match basic {
        Some((username, password)) => json!({
            "auth_type": "http_basic",
            "auth": {"endpoint": endpoint, "username": username, "password": password},
        }),
        None => json!({"auth_type": "none", "auth": {"endpoint": endpoint}}),
    };
    json!({"clouds": {CLOUD: cloud}}).to_string()
}

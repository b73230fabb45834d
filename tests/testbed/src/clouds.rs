//! `clouds.yaml`, as OpenStack's clients and Valence read it.

use serde_json::{Value, json};

/// The name of the one cloud in it.
pub(crate) const CLOUD: &str = "testbed";

/// The text of the file; JSON is YAML too, and needs no writer of its own.
pub(crate) fn text(cloud: &Value) -> String {
    json!({"clouds": {CLOUD: cloud}}).to_string()
}

/// An Ironic that lets everybody in.
pub(crate) fn open(endpoint: &str) -> Value {
    json!({"auth_type": "none", "auth": {"endpoint": endpoint}})
}

/// An Ironic with one account.
pub(crate) fn http_basic(endpoint: &str, username: &str, password: &str) -> Value {
    json!({
        "auth_type": "http_basic",
        "auth": {"endpoint": endpoint, "username": username, "password": password},
    })
}

/// The Ironic of the Keystone at `auth_url`, for the user `valence`.
pub(crate) fn keystone(auth_url: &str) -> Value {
    json!({
        "auth": {
            "auth_url": auth_url,
            "username": "valence",
            "password": "valence-pa55word",
            "user_domain_name": "site",
            "project_name": "metal",
            "project_domain_name": "site",
        },
        "region_name": "north",
    })
}

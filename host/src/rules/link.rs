//! `local_link_connection` of a port: which switch it is plugged into.

use serde_json::Value;

use super::check::Violation;
use super::mac::Mac;
use super::microversion::Microversion;
use crate::enrollment::{Object, child};
use crate::text::tame;

/// All texts.
const KEYS: [&str; 7] = [
    "port_id",
    "switch_id",
    "hostname",
    "switch_info",
    "network_type",
    "vtep-logical-switch",
    "vtep-physical-switch",
];

/// One of these is to be complete, unless the connection is empty or unmanaged.
const COMPLETE: [&[&str]; 3] = [
    &["port_id", "switch_id"],
    &["port_id", "hostname"],
    &["port_id", "vtep-logical-switch", "vtep-physical-switch"],
];

pub(super) fn check(at: &str, connection: &Object, found: &mut Vec<Violation>) {
    for (key, value) in connection {
        if let Some(message) = problem(key, value) {
            found.push(Violation::at(child(at, key), message));
        }
    }
    let unmanaged = connection.get("network_type").and_then(Value::as_str) == Some("unmanaged");
    let complete = COMPLETE
        .iter()
        .any(|keys| keys.iter().all(|key| connection.contains_key(*key)));
    let one_vtep = connection.contains_key("vtep-logical-switch")
        != connection.contains_key("vtep-physical-switch");
    if one_vtep || !(connection.is_empty() || unmanaged || complete) {
        found.push(Violation::at(
            at,
            "needs `port_id` and `switch_id`, or `port_id` and `hostname`, or both VTEP switches, \
             or `network_type` `unmanaged`",
        ));
    }
}

fn problem(key: &str, value: &Value) -> Option<String> {
    if !KEYS.contains(&key) {
        return Some(format!("a link has no `{}`", tame(key, 60)));
    }
    let Some(text) = value.as_str() else {
        return Some("is to be text".into());
    };
    match key {
        "switch_id" if text.parse::<Mac>().is_err() && !is_datapath_id(text) => Some(format!(
            "`{}` is neither the switch's MAC nor its OpenFlow datapath id; its name goes to \
             `switch_info`",
            tame(text, 60)
        )),
        "network_type" if !matches!(text, "managed" | "unmanaged") => {
            Some("is to be `managed` or `unmanaged`".into())
        }
        _ => None,
    }
}

/// Whether it says what Ironic asks for of a smart NIC.
pub(super) fn is_smart_nics(connection: &Object) -> bool {
    connection.contains_key("port_id") && connection.contains_key("hostname")
}

fn is_datapath_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The version that brought `key`.
pub(super) fn since(key: &str) -> Microversion {
    match key {
        "network_type" => Microversion::LINK_NETWORK_TYPE,
        "vtep-logical-switch" | "vtep-physical-switch" => Microversion::OVN_VTEP,
        _ => Microversion::PORT_ADVANCED_NET_FIELDS,
    }
}

/// The oldest version that knows all keys of `connection`.
pub(super) fn minimum(connection: &Object) -> Microversion {
    connection
        .keys()
        .map(|key| since(key))
        .max()
        .unwrap_or(Microversion::INITIAL)
}

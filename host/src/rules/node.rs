//! What holds for the node.

use serde_json::Value;

use super::check::Violation;
use super::field::Kind::{Flag, Map, Text, Uuid, Word};
use super::field::{COLUMN, Field, Schema, field};
use super::microversion::Microversion as V;
use super::{name, secrets};
use crate::enrollment::{Object, child};

/// `POST /v1/nodes`, less what is Valence's to give.
pub(super) const NODE: Schema = Schema {
    of: "node",
    fields: &FIELDS,
    refused: &[
        ("uuid", "valence gives the node its uuid"),
        ("traits", "traits stand beside the node, not in it"),
        ("ports", "ports stand beside the node, not in it"),
        ("portgroups", "port groups stand beside the node, not in it"),
        (
            "provision_state",
            "Ironic starts every node in `enroll`; `baremetal node manage` takes it on",
        ),
        (
            "protected",
            "Ironic takes `protected` only for a deployed node",
        ),
        (
            "protected_reason",
            "Ironic takes `protected` only for a deployed node",
        ),
        ("allocation_uuid", "Ironic's allocations set this"),
        ("chassis_id", "Ironic's name for it is `chassis_uuid`"),
    ],
};

const FIELDS: [Field; 38] = [
    field("automated_clean", Flag, V::AUTOMATED_CLEAN),
    field("bios_interface", Text(COLUMN), V::BIOS_INTERFACE),
    field("boot_interface", Text(COLUMN), V::DYNAMIC_INTERFACES),
    field("boot_mode", Text(COLUMN), V::BOOT_MODE),
    field("chassis_uuid", Uuid, V::INITIAL),
    field("conductor_group", Text(COLUMN), V::CONDUCTOR_GROUP),
    field("console_enabled", Flag, V::INITIAL),
    field("console_interface", Text(COLUMN), V::DYNAMIC_INTERFACES),
    field("deploy_interface", Text(COLUMN), V::DYNAMIC_INTERFACES),
    field("description", Text(4096), V::DESCRIPTION),
    field("disable_power_off", Flag, V::DISABLE_POWER_OFF),
    field("driver", Word(COLUMN), V::INITIAL),
    field("driver_info", Map, V::INITIAL),
    field("extra", Map, V::INITIAL),
    field("firmware_interface", Text(COLUMN), V::FIRMWARE_INTERFACE),
    field("inspect_interface", Text(COLUMN), V::DYNAMIC_INTERFACES),
    field("instance_info", Map, V::INITIAL),
    field("instance_name", Word(255), V::INSTANCE_NAME),
    field("instance_uuid", Uuid, V::INITIAL),
    field("lessee", Text(COLUMN), V::LESSEE),
    field("maintenance", Flag, V::INITIAL),
    field("management_interface", Text(COLUMN), V::DYNAMIC_INTERFACES),
    // Its length is checked with the rest of it.
    field("name", Text(usize::MAX), V::NODE_NAME),
    field("network_data", Map, V::NETWORK_DATA),
    field("network_interface", Text(COLUMN), V::NETWORK_INTERFACE),
    field("owner", Text(COLUMN), V::OWNER),
    field("parent_node", Text(36), V::PARENT_NODE),
    field("power_interface", Text(COLUMN), V::DYNAMIC_INTERFACES),
    field("properties", Map, V::INITIAL),
    field("raid_interface", Text(COLUMN), V::DYNAMIC_INTERFACES),
    field("rescue_interface", Text(COLUMN), V::RESCUE_INTERFACE),
    field("resource_class", Text(80), V::RESOURCE_CLASS),
    field("retired", Flag, V::RETIRED),
    field("retired_reason", Text(4096), V::RETIRED),
    field("secure_boot", Flag, V::BOOT_MODE),
    field("shard", Text(COLUMN), V::SHARD),
    field("storage_interface", Text(COLUMN), V::STORAGE_INTERFACE),
    field("vendor_interface", Text(COLUMN), V::DYNAMIC_INTERFACES),
];

/// What the table does not say.
pub(super) fn check(node: &Object, found: &mut Vec<Violation>) {
    if node.get("driver").is_none_or(Value::is_null) {
        found.push(Violation::at("/node/driver", "a node needs a `driver`"));
    }
    if let Some(Value::String(text)) = node.get("name")
        && let Some(message) = name::problem(text)
    {
        found.push(Violation::at("/node/name", message));
    }
    if let Some(Value::String(group)) = node.get("conductor_group") {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !group.chars().all(legal) {
            found.push(Violation::at(
                "/node/conductor_group",
                "a conductor group has letters, digits, `_`, `-` and `.` only",
            ));
        }
    }
    if let Some(Value::Object(properties)) = node.get("properties")
        && let Some(value) = properties.get("capabilities")
        && !matches!(value, Value::String(_) | Value::Object(_))
    {
        found.push(Violation::at(
            "/node/properties/capabilities",
            "is to be text as `boot_mode:uefi,key:value`, or an object",
        ));
    }
    if let Some(Value::Object(driver_info)) = node.get("driver_info") {
        check_driver_info(driver_info, found);
    }
    secrets::check(node, found);
}

/// Ironic takes anything here, and fails when it first needs it.
fn check_driver_info(driver_info: &Object, found: &mut Vec<Violation>) {
    for (key, value) in driver_info {
        let pointer = || child("/node/driver_info", key);
        let message = match (key.as_str(), value) {
            ("redfish_system_id", Value::String(path)) if path.starts_with('/') => None,
            ("redfish_system_id", _) => {
                Some("is to be the system's path as text, as `/redfish/v1/Systems/1`")
            }
            ("redfish_address" | "redfish_username", Value::String(_)) => None,
            ("redfish_address" | "redfish_username", _) => Some("is to be text"),
            ("redfish_verify_ca", Value::String(_) | Value::Bool(_)) => None,
            ("redfish_verify_ca", _) => Some("is to be `true`, `false` or a path"),
            ("redfish_auth_type", Value::String(way))
                if matches!(way.as_str(), "basic" | "session" | "auto") =>
            {
                None
            }
            ("redfish_auth_type", _) => Some("is to be `basic`, `session` or `auto`"),
            _ => None,
        };
        if let Some(message) = message {
            found.push(Violation::at(pointer(), message));
        }
    }
}

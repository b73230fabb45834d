//! What holds for ports.

use std::collections::BTreeMap;

use serde_json::Value;

use super::check::{Violation, port_pointer};
use super::field::Kind::{Boolean, Flag, Map, Text, Word};
use super::field::{COLUMN, Field, Schema, field};
use super::link;
use super::mac::Mac;
use super::microversion::Microversion as V;
use crate::enrollment::{Body, Enrollment, Object, child};
use crate::text::tame;

/// `POST /v1/ports`, less what is Valence's to give. `portgroup` is Valence's own:
/// the name of one in the same enrollment.
pub(super) const PORT: Schema = Schema {
    of: "port",
    fields: &FIELDS,
    refused: &[
        ("uuid", "valence gives the port its uuid"),
        ("node_uuid", "a port belongs to the node beside it"),
        ("node_ident", "a port belongs to the node beside it"),
        (
            "portgroup_uuid",
            "a port names its port group in `portgroup`",
        ),
    ],
};

const FIELDS: [Field; 12] = [
    field("address", Word(COLUMN), V::INITIAL),
    field(
        "available_for_dynamic_portgroup",
        Boolean,
        V::DYNAMIC_PORTGROUP,
    ),
    field("category", Text(80), V::PORT_CATEGORY),
    field("description", Text(255), V::PORT_DESCRIPTION),
    field("extra", Map, V::INITIAL),
    field("is_smartnic", Flag, V::PORT_SMARTNIC),
    field("local_link_connection", Map, V::PORT_ADVANCED_NET_FIELDS),
    field("name", Word(COLUMN), V::PORT_NAME),
    field("physical_network", Word(64), V::PORT_PHYSICAL_NETWORK),
    field("portgroup", Word(COLUMN), V::PORTGROUP_OF_PORT),
    field("pxe_enabled", Flag, V::PORT_ADVANCED_NET_FIELDS),
    field("vendor", Text(32), V::PORT_VENDOR),
];

/// What the table does not say, of each port and between them.
pub(super) fn check(enrollment: &Enrollment, found: &mut Vec<Violation>) {
    let mut macs = BTreeMap::new();
    let mut names = BTreeMap::new();
    for (place, port) in enrollment.ports.iter().enumerate() {
        let at = port_pointer(port, place);
        address(&at, port, &mut macs, found);
        if let Some(Value::String(name)) = port.get("name")
            && names.insert(name, place).is_some()
        {
            found.push(Violation::at(
                child(&at, "name"),
                format!(
                    "another port of this node is called `{}` too",
                    tame(name, 60)
                ),
            ));
        }
        if let Some(Value::Object(connection)) = port.get("local_link_connection") {
            let at = child(&at, "local_link_connection");
            link::check(&at, connection, found);
            // Without any connection Ironic takes a smart NIC, against its own rule.
            if is_true(port.get("is_smartnic")) && !link::is_smart_nics(connection) {
                found.push(Violation::at(
                    at,
                    "a smart NIC's needs `port_id` and `hostname`",
                ));
            }
        }
        membership(&at, port, enrollment, found);
    }
}

fn address(at: &str, port: &Object, macs: &mut BTreeMap<Mac, usize>, found: &mut Vec<Violation>) {
    let pointer = || child(at, "address");
    let Some(Value::String(text)) = port.get("address") else {
        found.push(Violation::at(pointer(), "a port needs a MAC in `address`"));
        return;
    };
    match text.parse::<Mac>() {
        Err(_) => found.push(Violation::at(pointer(), not_a_mac(text))),
        Ok(mac) => {
            if let Some(problem) = mac.problem() {
                found.push(Violation::at(pointer(), format!("`{mac}` {problem}")));
            }
            if macs.insert(mac, 0).is_some() {
                found.push(Violation::at(
                    pointer(),
                    format!("two ports of this node have the MAC `{mac}`"),
                ));
            }
        }
    }
}

pub(super) fn not_a_mac(text: &str) -> String {
    format!(
        "`{}` is no MAC: a MAC looks like `aa:bb:cc:dd:ee:0f`",
        tame(text, 40)
    )
}

/// What a port and its port group ask of each other.
fn membership(at: &str, port: &Object, enrollment: &Enrollment, found: &mut Vec<Violation>) {
    let Some(Value::String(name)) = port.get("portgroup") else {
        return;
    };
    let named = |group: &&Body| group.get("name").and_then(Value::as_str) == Some(name);
    let Some(group) = enrollment.portgroups.iter().find(named) else {
        found.push(Violation::at(
            child(at, "portgroup"),
            format!(
                "there is no port group `{}` in this enrollment",
                tame(name, 60)
            ),
        ));
        return;
    };
    if is_true(port.get("pxe_enabled"))
        && group.get("standalone_ports_supported").is_some()
        && !is_true(group.get("standalone_ports_supported"))
    {
        found.push(Violation::at(
            child(at, "pxe_enabled"),
            "its port group does not support standalone ports, so it cannot boot by itself",
        ));
    }
    let network = |object: &Object| object.get("physical_network").cloned();
    let mut others = enrollment
        .ports
        .iter()
        .filter(|other| other.get("portgroup").and_then(Value::as_str) == Some(name));
    if others
        .next()
        .is_some_and(|first| network(first) != network(port))
    {
        found.push(Violation::at(
            child(at, "physical_network"),
            "the ports of one port group have the same physical network",
        ));
    }
}

fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(value)) => *value,
        Some(Value::String(text)) => {
            matches!(
                text.trim().to_lowercase().as_str(),
                "true" | "t" | "yes" | "y" | "on" | "1"
            )
        }
        _ => false,
    }
}

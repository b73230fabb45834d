//! What holds for port groups.

use std::collections::BTreeSet;

use serde_json::Value;

use super::check::{Violation, portgroup_pointer};
use super::field::Kind::{Flag, Map, Text, Word};
use super::field::{COLUMN, Field, Schema, field};
use super::mac::Mac;
use super::microversion::Microversion as V;
use super::name;
use super::port::not_a_mac;
use crate::enrollment::{Enrollment, child};
use crate::text::tame;

/// `POST /v1/portgroups`, less what is Valence's to give.
pub(super) const PORTGROUP: Schema = Schema {
    of: "port group",
    fields: &FIELDS,
    refused: &[
        ("uuid", "valence gives the port group its uuid"),
        ("node_uuid", "a port group belongs to the node beside it"),
    ],
};

const FIELDS: [Field; 8] = [
    field("address", Text(COLUMN), V::PORTGROUPS),
    field("category", Text(80), V::PORTGROUP_CATEGORY),
    field("extra", Map, V::PORTGROUPS),
    field("mode", Text(COLUMN), V::PORTGROUP_MODE_PROPERTIES),
    field("name", Word(COLUMN), V::PORTGROUPS),
    field("physical_network", Word(64), V::PORTGROUP_PHYSICAL_NETWORK),
    field("properties", Map, V::PORTGROUP_MODE_PROPERTIES),
    field("standalone_ports_supported", Flag, V::PORTGROUPS),
];

/// What the table does not say, of each port group and between them.
pub(super) fn check(enrollment: &Enrollment, found: &mut Vec<Violation>) {
    let mut names = BTreeSet::new();
    for (place, group) in enrollment.portgroups.iter().enumerate() {
        let at = portgroup_pointer(group, place);
        match group.get("name") {
            Some(Value::String(text)) => {
                let quoted = tame(text, 60);
                if !text.is_empty() && !name::is_logical(text) {
                    found.push(Violation::at(
                        child(&at, "name"),
                        "a name has letters, digits, `-`, `.`, `_` and `~` only",
                    ));
                }
                if !names.insert(text) {
                    found.push(Violation::at(
                        child(&at, "name"),
                        format!("two port groups are called `{quoted}`"),
                    ));
                }
            }
            // Ironic does not ask for one, but the uuid is made of it.
            _ => found.push(Violation::at(
                child(&at, "name"),
                "a port group needs a name, by which ports join it",
            )),
        }
        if let Some(Value::String(text)) = group.get("address")
            && text.parse::<Mac>().is_err()
        {
            found.push(Violation::at(child(&at, "address"), not_a_mac(text)));
        }
    }
}

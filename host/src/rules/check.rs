//! All rules, over one enrollment.

use std::collections::BTreeSet;

use serde_json::Value;

use super::microversion::{IronicProfile, Microversion};
use super::newer::newer;
use super::node::NODE;
use super::port::PORT;
use super::portgroup::PORTGROUP;
use super::{contents, link, node, port, portgroup, secrets, traits};
use crate::enrollment::{Body, Enrollment, Object, child, misplaced};
use crate::text::{lower, tame};

/// One rule that an enrollment breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where, in the canonical view of the enrollment.
    pub pointer: String,
    /// What is wrong and what would be right: lower case, no full stop.
    pub message: String,
    /// Whether this is no violation where the configuration's
    /// `[register.defaults]` set the value: the operator may.
    pub operator_may: bool,
}

impl Violation {
    /// A violation by whomever.
    pub fn at(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            message: message.into(),
            operator_may: false,
        }
    }
}

/// What hooks may not write without a grant that names it, and callers not unless
/// they may administer: with the address a hook would get the password sent.
pub const PROTECTED: [&str; 7] = [
    "/node/uuid",
    "/node/owner",
    "/node/driver_info/redfish_address",
    "/node/driver_info/redfish_system_id",
    "/node/driver_info/redfish_username",
    "/node/driver_info/redfish_password",
    "/node/extra/valence",
];

/// Every rule of Ironic's, as far as it can be told without asking, that
/// `enrollment` breaks. None: Ironic will at worst say that something is taken or
/// that it has no such driver.
pub fn check(enrollment: &Enrollment, profile: IronicProfile) -> Vec<Violation> {
    let mut found = Vec::new();
    NODE.check("/node", &enrollment.node, &mut found);
    contents::check("/node", &enrollment.node, &mut found);
    node::check(&enrollment.node, &mut found);
    for (place, group) in enrollment.portgroups.iter().enumerate() {
        let at = portgroup_pointer(group, place);
        PORTGROUP.check(&at, group, &mut found);
        contents::check(&at, group, &mut found);
    }
    portgroup::check(enrollment, &mut found);
    for (place, port) in enrollment.ports.iter().enumerate() {
        let at = port_pointer(port, place);
        PORT.check(&at, port, &mut found);
        contents::check(&at, port, &mut found);
    }
    port::check(enrollment, &mut found);
    traits::check(enrollment, &mut found);
    found.extend(newer(enrollment, profile.api));
    found
}

/// What of `given`, all that a request or the configured defaults ask for, no hook is
/// to see, or to answer for: secrets, texts that may stand nowhere, two ports or port
/// groups that are the same, and too much.
pub fn check_given(given: &Enrollment) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut check = |at: &str, object: &Object| {
        contents::check(at, object, &mut found);
        secrets::check_given(at, object, &mut found);
    };
    check("/node", &given.node);
    for (place, group) in given.portgroups.iter().enumerate() {
        check(&portgroup_pointer(group, place), group);
    }
    for (place, port) in given.ports.iter().enumerate() {
        check(&port_pointer(port, place), port);
    }
    if found.is_empty() {
        found.extend(contents::too_much(given));
    }
    found.extend(twice("/ports", "address", &given.ports));
    found.extend(twice("/portgroups", "name", &given.portgroups));
    let odd = given.traits.iter().find_map(|name| misplaced(name, false));
    found.extend(odd.map(|c| Violation::at("/traits", contents::control_character(c))));
    found
}

/// That two of `bodies` have the same `key`, by which hooks tell them apart.
fn twice(parent: &str, key: &str, bodies: &[Body]) -> Option<Violation> {
    let mut seen = BTreeSet::new();
    let mut names = bodies.iter().filter_map(|body| body.get(key)?.as_str());
    let is_mac = key == "address";
    let again = names.find_map(|name| {
        let name = match is_mac {
            true => lower(name.to_owned()),
            false => name.to_owned(),
        };
        (!seen.insert(name.clone())).then_some(name)
    })?;
    Some(Violation::at(
        child(&child(parent, &again), key),
        format!("two have the {key} `{}`", tame(&again, 60)),
    ))
}

/// The oldest version of Ironic's API that knows everything in `enrollment`; never
/// older than Valence itself needs.
pub fn minimum_version(enrollment: &Enrollment) -> Microversion {
    let groups = enrollment
        .portgroups
        .iter()
        .map(|group| PORTGROUP.minimum(group).max(Microversion::PORTGROUPS));
    let ports = enrollment.ports.iter().map(|port| {
        let link = match port.get("local_link_connection") {
            Some(Value::Object(connection)) => link::minimum(connection),
            _ => Microversion::INITIAL,
        };
        PORT.minimum(port).max(link)
    });
    groups
        .chain(ports)
        .chain([NODE.minimum(&enrollment.node)])
        .fold(Microversion::TRAITS, Microversion::max)
}

/// Where `port` stands in the canonical view.
pub(super) fn port_pointer(port: &Object, place: usize) -> String {
    lower(key_pointer("/ports", port, "address", place))
}

/// Where `group` stands in the canonical view.
pub(super) fn portgroup_pointer(group: &Object, place: usize) -> String {
    key_pointer("/portgroups", group, "name", place)
}

fn key_pointer(parent: &str, object: &Object, key: &str, place: usize) -> String {
    match object.get(key).and_then(Value::as_str) {
        Some(name) => child(parent, name),
        None => child(parent, &format!("#{place}")),
    }
}

#[cfg(test)]
mod tests;

//! Ironic's rules by name, as docs/ironic-rules.md lists them, each with what
//! breaks it and what does not.

mod nodes;
mod portgroups;
mod ports;
mod secrets;
mod traits;

use serde_json::{Value, json};
use valence::rules::Microversion;

use super::ask::mac;

/// A rule of Ironic's, or one that Valence adds.
pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) cases: Vec<Case>,
}

/// An enrollment, and what is to be said of it.
pub(super) struct Case {
    pub(super) enrollment: Value,
    /// Where Valence refuses it, if it does.
    pub(super) at: Option<String>,
    pub(super) says: Says,
}

/// What Ironic says of an enrollment.
pub(super) enum Says {
    Refuses,
    Takes,
}

fn node(more: Value) -> Value {
    let mut node = json!({"driver": "fake-hardware"});
    node.as_object_mut()
        .expect("an object")
        .extend(more.as_object().expect("an object").clone());
    json!({ "node": node })
}

/// A node with ports that have MACs of their own, and `more` of each.
fn ports<const N: usize>(more: [Value; N]) -> Value {
    let ports = more.map(|more| {
        let mut port = json!({ "address": mac() });
        port.as_object_mut()
            .expect("an object")
            .extend(more.as_object().expect("an object").clone());
        port
    });
    json!({"node": {"driver": "fake-hardware"}, "ports": ports.to_vec()})
}

fn link(connection: Value) -> Value {
    ports([json!({ "local_link_connection": connection })])
}

fn grouped<const N: usize>(group: Value, more: [Value; N]) -> Value {
    let mut enrollment = ports(more);
    enrollment["portgroups"] = json!([group]);
    enrollment
}

fn traits(traits: Value) -> Value {
    json!({"node": {"driver": "fake-hardware"}, "traits": traits})
}

/// Both refuse it, Valence at `at`; in a port, `at` is what comes after its MAC.
fn refused(at: &str, enrollment: Value) -> Case {
    let at = in_port(at, &enrollment);
    Case {
        enrollment,
        at: Some(at),
        says: Says::Refuses,
    }
}

/// Valence refuses it at `at`, and Ironic would take it.
fn stricter(at: &str, enrollment: Value) -> Case {
    let at = in_port(at, &enrollment);
    Case {
        enrollment,
        at: Some(at),
        says: Says::Takes,
    }
}

/// Both take it.
fn taken(enrollment: Value) -> Case {
    Case {
        enrollment,
        at: None,
        says: Says::Takes,
    }
}

fn in_port(at: &str, enrollment: &Value) -> String {
    let Some(rest) = at.strip_prefix("port:") else {
        return at.to_owned();
    };
    let ports = enrollment["ports"].as_array().expect("ports");
    let mac = ports
        .last()
        .and_then(|port| port["address"].as_str())
        .expect("a MAC");
    format!("/ports/{}{rest}", mac.to_lowercase())
}

fn rule<const N: usize>(name: &'static str, cases: [Case; N]) -> Rule {
    Rule {
        name,
        cases: cases.into(),
    }
}

pub(super) fn rules() -> Vec<Rule> {
    let mut rules = nodes::of_nodes();
    rules.extend(secrets::of_secrets());
    rules.extend(ports::of_ports());
    rules.extend(portgroups::of_portgroups());
    rules.extend(traits::of_traits());
    rules
}

/// Fields with the version that brought each.
pub(super) fn newer_fields() -> Vec<(Value, Microversion)> {
    let mut fields = Vec::new();
    for (name, value, since) in [
        ("rescue_interface", json!(null), 38),
        ("bios_interface", json!("no-bios"), 40),
        ("automated_clean", json!(true), 47),
        ("owner", json!("x"), 50),
        ("description", json!("x"), 51),
        ("retired", json!(true), 61),
        ("lessee", json!("x"), 65),
        ("network_data", json!({}), 66),
        ("boot_mode", json!("uefi"), 75),
        ("secure_boot", json!(true), 75),
        ("shard", json!("x"), 82),
        ("firmware_interface", json!("no-firmware"), 86),
        ("disable_power_off", json!(true), 95),
        ("instance_name", json!("x"), 104),
    ] {
        if !value.is_null() {
            fields.push((node(json!({ name: value })), Microversion(since)));
        }
    }
    for (name, value, since) in [
        ("is_smartnic", json!(true), 53),
        (
            "local_link_connection",
            json!({"network_type": "unmanaged"}),
            64,
        ),
        ("name", json!("x"), 88),
        (
            "local_link_connection",
            json!({"port_id": "1", "vtep-logical-switch": "a", "vtep-physical-switch": "b"}),
            90,
        ),
        ("description", json!("x"), 97),
        ("vendor", json!("x"), 100),
        ("category", json!("x"), 101),
        ("available_for_dynamic_portgroup", json!(true), 111),
    ] {
        fields.push((ports([json!({ name: value })]), Microversion(since)));
    }
    for (name, since) in [("physical_network", 102), ("category", 103)] {
        fields.push((
            grouped(json!({"name": "bond0", name: "x"}), []),
            Microversion(since),
        ));
    }
    fields
}

//! Ironic's rules by name, as docs/ironic-rules.md lists them, each with what
//! breaks it and what does not.

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
    let mut rules = of_nodes();
    rules.extend(of_secrets());
    rules.extend(of_ports());
    rules.extend(of_portgroups());
    rules.extend(of_traits());
    rules
}

fn of_nodes() -> Vec<Rule> {
    let long = |length| "x".repeat(length);
    vec![
        rule(
            "a driver is needed",
            [refused("/node/driver", json!({"node": {"name": "a"}}))],
        ),
        rule(
            "known keys only",
            [
                refused("/node/resource_clas", node(json!({"resource_clas": "x"}))),
                refused("/node/traits", node(json!({"traits": ["HW_CPU_X86_AVX2"]}))),
                refused(
                    "/node/provision_state",
                    node(json!({"provision_state": "active"})),
                ),
                refused("/node/protected", node(json!({"protected": true}))),
                refused(
                    "/node/allocation_uuid",
                    node(json!({"allocation_uuid": "38947555-7742-3448-3784-823347823834"})),
                ),
            ],
        ),
        rule(
            "types of fields",
            [
                refused("/node/extra", node(json!({"extra": []}))),
                refused("/node/name", node(json!({"name": 7}))),
                refused("/node/maintenance", node(json!({"maintenance": "maybe"}))),
                refused("/node/instance_uuid", node(json!({"instance_uuid": "1"}))),
                taken(node(
                    json!({"maintenance": "off", "automated_clean": "true"}),
                )),
            ],
        ),
        rule(
            "lengths of fields",
            [
                refused(
                    "/node/resource_class",
                    node(json!({"resource_class": long(81)})),
                ),
                taken(node(json!({"resource_class": long(80)}))),
                refused(
                    "/node/description",
                    node(json!({"description": long(4097)})),
                ),
                taken(node(json!({"description": long(4096)}))),
            ],
        ),
        rule(
            "objects are not null",
            [
                stricter("/node/properties", node(json!({"properties": null}))),
                stricter("/node/driver_info", node(json!({"driver_info": null}))),
            ],
        ),
        rule(
            "names of nodes",
            [
                refused("/node/name", node(json!({"name": "Dell Inc._SN1"}))),
                refused(
                    "/node/name",
                    node(json!({"name": "38947555-7742-3448-3784-823347823834"})),
                ),
                refused(
                    "/node/name",
                    node(json!({"name": "38947555774234483784823347823834"})),
                ),
                refused("/node/name", node(json!({"name": "validate"}))),
                refused("/node/name", node(json!({"name": "vendor_passthru"}))),
                refused("/node/name", node(json!({"name": long(256)}))),
                taken(node(json!({"name": long(255)}))),
                taken(node(json!({"name": "a.b_c~d-E"}))),
            ],
        ),
        rule(
            "names that the API cannot find again",
            [
                stricter("/node/name", node(json!({"name": "ports"}))),
                stricter("/node/name", node(json!({"name": "traits"}))),
            ],
        ),
        rule(
            "an owner comes after",
            [taken(node(json!({"owner": "admin"})))],
        ),
        rule(
            "conductor groups",
            [
                refused(
                    "/node/conductor_group",
                    node(json!({"conductor_group": "rack a"})),
                ),
                taken(node(json!({"conductor_group": ""}))),
            ],
        ),
        rule(
            "resource classes are free text",
            [taken(node(json!({"resource_class": "Dell Inc/R7615 é"})))],
        ),
        rule(
            "capabilities",
            [
                stricter(
                    "/node/properties/capabilities",
                    node(json!({"properties": {"capabilities": 5}})),
                ),
                taken(node(
                    json!({"properties": {"capabilities": {"boot_mode": "uefi"}}}),
                )),
                taken(node(
                    json!({"properties": {"capabilities": "boot_mode:uefi"}}),
                )),
            ],
        ),
        rule(
            "driver_info is understood",
            [
                stricter(
                    "/node/driver_info/redfish_system_id",
                    node(json!({"driver_info": {"redfish_system_id": 1}})),
                ),
                stricter(
                    "/node/driver_info/redfish_verify_ca",
                    node(json!({"driver_info": {"redfish_verify_ca": 1}})),
                ),
                stricter(
                    "/node/driver_info/redfish_auth_type",
                    node(json!({"driver_info": {"redfish_auth_type": "none"}})),
                ),
            ],
        ),
        rule(
            "sizes of bodies",
            [stricter(
                "/node/extra",
                node(json!({"extra": {"a": "x".repeat(110_000)}})),
            )],
        ),
        rule(
            "no control characters",
            [stricter(
                "/node/extra/a",
                node(json!({"extra": {"a": "\u{1b}[2J"}})),
            )],
        ),
        rule(
            "no files, no scripts",
            [
                stricter(
                    "/node/driver_info/a",
                    node(json!({"driver_info": {"a": "file:///etc/shadow"}})),
                ),
                stricter(
                    "/node/instance_info/a",
                    node(json!({"instance_info": {"a": "#!ipxe"}})),
                ),
            ],
        ),
    ]
}

fn of_secrets() -> Vec<Rule> {
    vec![
        rule(
            "a mask is no secret",
            [
                stricter(
                    "/node/driver_info/x_password",
                    node(json!({"driver_info": {"x_password": "******"}})),
                ),
                stricter(
                    "/node/driver_info/a/b",
                    node(json!({"driver_info": {"a": {"b": "******"}}})),
                ),
                stricter(
                    "/node/instance_info/a",
                    node(json!({"instance_info": {"a": "******"}})),
                ),
                taken(node(json!({"extra": {"a": "******"}}))),
            ],
        ),
        rule(
            "no passwords in an enrollment",
            [
                stricter(
                    "/node/driver_info/ipmi_password",
                    node(json!({"driver_info": {"ipmi_password": "canary"}})),
                ),
                stricter(
                    "/node/driver_info/a/0/api_token",
                    node(json!({"driver_info": {"a": [{"api_token": "canary"}]}})),
                ),
            ],
        ),
    ]
}

fn of_ports() -> Vec<Rule> {
    let zero = "00:00:00:00:00:00";
    let same = mac();
    vec![
        rule(
            "known keys of ports only",
            [
                refused("port:/nonsense", ports([json!({"nonsense": 1})])),
                taken(ports([
                    json!({"pxe_enabled": false, "physical_network": "net1", "extra": {"slot": 1}}),
                ])),
            ],
        ),
        rule(
            "a port has a MAC",
            [
                refused(
                    "/ports/#0/address",
                    json!({"node": {"driver": "fake-hardware"}, "ports": [{}]}),
                ),
                refused(
                    "port:/address",
                    ports([json!({"address": "b8-3f-d2-90-97-c4"})]),
                ),
                refused(
                    "port:/address",
                    ports([
                        json!({"address": "80:00:00:48:fe:80:00:00:00:00:00:00:00:02:c9:03:00:1a:0f:01"}),
                    ]),
                ),
                taken(ports([json!({"address": mac().to_uppercase()})])),
            ],
        ),
        rule(
            "a NIC's MAC",
            [
                stricter("port:/address", ports([json!({"address": zero})])),
                stricter(
                    "port:/address",
                    ports([json!({"address": "01:00:5e:00:00:01"})]),
                ),
            ],
        ),
        rule(
            "MACs are unique",
            [refused(
                "port:/address",
                ports([
                    json!({"address": same}),
                    json!({"address": same.to_uppercase()}),
                ]),
            )],
        ),
        rule(
            "physical networks",
            [
                refused(
                    "port:/physical_network",
                    ports([json!({"physical_network": ""})]),
                ),
                refused(
                    "port:/physical_network",
                    ports([json!({"physical_network": "x".repeat(65)})]),
                ),
                taken(ports([json!({"physical_network": "x".repeat(64)})])),
            ],
        ),
        rule(
            "keys of links",
            [
                refused(
                    "port:/local_link_connection/colour",
                    link(
                        json!({"switch_id": "00:11:22:33:44:55", "port_id": "1", "colour": "red"}),
                    ),
                ),
                refused(
                    "port:/local_link_connection/port_id",
                    link(json!({"switch_id": "00:11:22:33:44:55", "port_id": 1})),
                ),
                taken(link(
                    json!({"switch_id": "00:11:22:33:44:55", "port_id": "Eth1/1", "switch_info": "leaf1"}),
                )),
                taken(link(json!({}))),
            ],
        ),
        rule(
            "switches of links",
            [
                refused(
                    "port:/local_link_connection/switch_id",
                    link(json!({"switch_id": "leaf1", "port_id": "1"})),
                ),
                taken(link(
                    json!({"switch_id": "0000001122334455", "port_id": "1"}),
                )),
            ],
        ),
        rule(
            "links are complete",
            [
                refused(
                    "port:/local_link_connection",
                    link(json!({"switch_id": "00:11:22:33:44:55"})),
                ),
                refused("port:/local_link_connection", link(json!({"port_id": "1"}))),
                taken(link(json!({"port_id": "1", "hostname": "leaf1"}))),
                taken(link(json!({"network_type": "unmanaged"}))),
                refused(
                    "port:/local_link_connection/network_type",
                    link(
                        json!({"network_type": "other", "switch_id": "00:11:22:33:44:55", "port_id": "1"}),
                    ),
                ),
            ],
        ),
        rule(
            "smart NICs",
            [
                refused(
                    "port:/local_link_connection",
                    ports([
                        json!({"is_smartnic": true, "local_link_connection": {"switch_id": "00:11:22:33:44:55", "port_id": "1"}}),
                    ]),
                ),
                taken(ports([
                    json!({"is_smartnic": true, "local_link_connection": {"port_id": "1", "hostname": "h"}}),
                ])),
                taken(ports([json!({"is_smartnic": true})])),
            ],
        ),
    ]
}

fn of_portgroups() -> Vec<Rule> {
    let bond = || json!({"name": "bond0"});
    vec![
        rule(
            "known keys of port groups only",
            [
                refused(
                    "/portgroups/bond0/nonsense",
                    grouped(json!({"name": "bond0", "nonsense": 1}), []),
                ),
                taken(grouped(
                    json!({"name": "bond0", "mode": "802.3ad", "properties": {"miimon": 100}, "extra": {}}),
                    [],
                )),
            ],
        ),
        rule(
            "names of port groups",
            [
                refused("/portgroups/a b/name", grouped(json!({"name": "a b"}), [])),
                stricter(
                    "/portgroups/#0/name",
                    grouped(json!({"mode": "802.3ad"}), []),
                ),
            ],
        ),
        rule(
            "MACs of port groups",
            [
                refused(
                    "/portgroups/bond0/address",
                    grouped(json!({"name": "bond0", "address": "leaf1"}), []),
                ),
                taken(grouped(json!({"name": "bond0", "address": mac()}), [])),
            ],
        ),
        rule(
            "members have one physical network",
            [
                refused(
                    "port:/physical_network",
                    grouped(
                        bond(),
                        [
                            json!({"portgroup": "bond0", "physical_network": "a"}),
                            json!({"portgroup": "bond0", "physical_network": "b"}),
                        ],
                    ),
                ),
                taken(grouped(
                    bond(),
                    [
                        json!({"portgroup": "bond0", "physical_network": "a"}),
                        json!({"portgroup": "bond0", "physical_network": "a"}),
                    ],
                )),
            ],
        ),
        rule(
            "members boot only where standalone ports may",
            [
                refused(
                    "port:/pxe_enabled",
                    grouped(
                        json!({"name": "bond0", "standalone_ports_supported": false}),
                        [json!({"portgroup": "bond0", "pxe_enabled": true})],
                    ),
                ),
                taken(grouped(
                    json!({"name": "bond0", "standalone_ports_supported": false}),
                    [json!({"portgroup": "bond0", "pxe_enabled": false})],
                )),
            ],
        ),
        rule(
            "members name a group that is there",
            [refused(
                "port:/portgroup",
                ports([json!({"portgroup": "bond1"})]),
            )],
        ),
    ]
}

fn of_traits() -> Vec<Rule> {
    let many = |count| {
        (0..count)
            .map(|n| format!("CUSTOM_{n}"))
            .collect::<Vec<_>>()
    };
    vec![
        rule(
            "traits are standard or custom",
            [
                refused("/traits/gpu", traits(json!(["gpu"]))),
                refused("/traits/CUSTOM_a", traits(json!(["CUSTOM_a"]))),
                refused("/traits/CUSTOM_", traits(json!(["CUSTOM_"]))),
                taken(traits(json!(["CUSTOM_A_1", "HW_CPU_X86_AVX2"]))),
            ],
        ),
        rule(
            "lengths of traits",
            [
                refused(
                    &format!("/traits/CUSTOM_{}", "A".repeat(249)),
                    traits(json!([format!("CUSTOM_{}", "A".repeat(249))])),
                ),
                taken(traits(json!([format!("CUSTOM_{}", "A".repeat(248))]))),
            ],
        ),
        rule(
            "fifty traits at most",
            [
                refused("/traits", traits(json!(many(51)))),
                taken(traits(json!(many(50)))),
            ],
        ),
    ]
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

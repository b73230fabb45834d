//! Of ports.

use super::*;

pub(super) fn of_ports() -> Vec<Rule> {
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

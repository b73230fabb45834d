//! Of port groups.

use super::*;

pub(super) fn of_portgroups() -> Vec<Rule> {
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

//! From network interfaces to ports.

use std::collections::BTreeMap;

use valence_hook::inventory::Nic;
use valence_hook::text::{legal_name, mac, matches_any};
use valence_hook::{Enrollment, Port, because, log};

use crate::Settings;

/// What is known of a node's network interfaces.
pub(crate) struct Known {
    pub(crate) nics: Vec<Nic>,
    /// The ids of those that the BIOS boots from; none where it does not say.
    pub(crate) bootable: Option<Vec<String>>,
}

impl Settings {
    /// Makes the ports of the enrollment those that `nics` may become. Ports of
    /// other addresses, such as the caller's own, stay as they are.
    pub(crate) fn apply(&self, all: &Known, enrollment: &mut Enrollment) {
        let node = enrollment.name().unwrap_or_default().to_owned();
        let address = |nic: &Nic| nic.mac.as_deref().and_then(mac);
        let known: Vec<_> = all
            .nics
            .iter()
            .filter_map(|nic| Some((nic, address(nic)?)))
            .collect();
        let mut wanted: BTreeMap<&str, &Nic> = BTreeMap::new();
        for (nic, address) in &known {
            if self.against(nic, address).is_none() {
                wanted.entry(address).or_insert(nic);
            }
        }
        for (nic, address) in &known {
            match wanted.get(address.as_str()) {
                Some(first) if first.uri == nic.uri => {
                    let port = enrollment.port_mut(address);
                    self.shape(port, nic, &node);
                    if let Some(bootable) = &all.bootable {
                        because(
                            format!("/ports/{address}/pxe_enabled"),
                            "what the BIOS says",
                        );
                        port.set_pxe_enabled(bootable.contains(&nic.id));
                    }
                    if let Some(rule) = self.rules.iter().find(|rule| rule.fits(nic)) {
                        rule.apply(address, &self.portgroups, enrollment);
                    }
                }
                // A partition of an adapter's port shares its address.
                Some(first) => log::debug(format!("{} has the address of {}", nic.uri, first.uri)),
                None => {
                    enrollment.ports.retain(|port| !port.has_address(address));
                    because(
                        format!("/ports/{address}"),
                        self.against(nic, address).unwrap_or_default(),
                    );
                }
            }
        }
    }

    /// What speaks against making a port of `nic`.
    fn against(&self, nic: &Nic, address: &str) -> Option<&'static str> {
        if !self.include.is_empty() && !matches_any(&self.include, &nic.id) {
            Some("not among the interfaces that are included")
        } else if matches_any(&self.exclude, &nic.id) {
            Some("among the interfaces that are excluded")
        } else if matches_any(&self.placeholders, address) {
            Some("a placeholder, not an address")
        } else if self.require_link && nic.link_up == Some(false) {
            Some("no link")
        } else {
            None
        }
    }

    fn shape(&self, port: &mut Port, nic: &Nic, node: &str) {
        let fill = |place: &str| match place {
            "node" => Some(node.to_owned()),
            "nic" => Some(nic.id.clone()),
            _ => None,
        };
        if let Some(Ok(name)) = self.name.as_ref().map(|name| name.fill(fill)) {
            port.set_name(legal_name(&name));
        }
        if self.bios_name {
            port.set_extra("bios_name", nic.id.as_str());
        }
        if self.local_link
            && let (Some(switch), Some(on_switch)) = (self.switch(nic), &nic.switch_port_id)
        {
            let on_switch = self.long_name(on_switch);
            port.set_local_link(&switch, &on_switch, nic.switch_system_name.as_deref());
        }
    }

    /// The MAC address of the switch: Ironic takes no name in its place.
    fn switch(&self, nic: &Nic) -> Option<String> {
        let said = [&nic.switch_chassis_id, &nic.switch_system_name];
        let mut said = said.into_iter().flatten();
        said.find_map(|name| mac(name).or_else(|| mac(self.switches.get(name)?)))
    }

    /// `Ethernet1/7` of `Eth1/7`.
    fn long_name(&self, on_switch: &str) -> String {
        let long = self.long_names.iter().find_map(|(short, long)| {
            let number = on_switch.strip_prefix(short.as_str())?;
            let is_number = number.starts_with(|letter: char| letter.is_ascii_digit());
            is_number.then(|| format!("{long}{number}"))
        });
        long.unwrap_or_else(|| on_switch.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use valence_hook::json;

    use super::*;
    use crate::rule::Rule;

    fn nic(id: &str, address: &str) -> Nic {
        Nic {
            uri: format!("/{id}"),
            id: id.into(),
            mac: Some(address.into()),
            ..Nic::default()
        }
    }

    fn all(nics: &[Nic]) -> Known {
        Known {
            nics: nics.to_vec(),
            bootable: None,
        }
    }

    fn ports(settings: &Settings, nics: &[Nic], before: &[&str]) -> Vec<String> {
        let mut enrollment = Enrollment {
            ports: before.iter().map(|address| Port::new(address)).collect(),
            ..Enrollment::default()
        };
        settings.apply(&all(nics), &mut enrollment);
        enrollment
            .ports
            .iter()
            .filter_map(|port| port.address())
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn interfaces_are_chosen_by_id_address_and_link() {
        let (one, two, bad) = (
            "02:00:00:00:00:01",
            "02:00:00:00:00:02",
            "00:a0:c9:00:00:00",
        );
        let down = Nic {
            link_up: Some(false),
            ..nic("NIC.3", "02:00:00:00:00:03")
        };
        let nics = [
            nic("NIC.1-1", one),
            nic("NIC.1", one),
            nic("usb0", two),
            nic("NIC.2", bad),
            down,
        ];
        let settings = Settings {
            exclude: vec!["USB*".into(), "*-1".into()],
            placeholders: vec!["00:a0:c9:*".into()],
            require_link: true,
            ..Settings::default()
        };
        let foreign = "02:00:00:00:00:99";
        assert_eq!(
            ports(&settings, &nics, &[one, two, bad, foreign]),
            [one, foreign]
        );
        let settings = Settings {
            include: vec!["usb?".into()],
            ..Settings::default()
        };
        assert_eq!(ports(&settings, &nics, &[]), [two]);
    }

    #[test]
    fn the_first_rule_that_fits_says_what_a_port_is_for() {
        let rule = |nic: &str, network: &str, pxe| Rule {
            nic: Some(nic.into()),
            physical_network: Some(network.into()),
            pxe_enabled: Some(pxe),
            ..Rule::default()
        };
        let settings = Settings {
            name: Some("{node}-{nic}".parse().unwrap()),
            bios_name: true,
            local_link: true,
            rules: vec![
                rule("*1-1", "provisioning", true),
                rule("*", "storage", false),
            ],
            ..Settings::default()
        };
        let lldp = Nic {
            switch_chassis_id: Some("02-AA-00-00-00-01".into()),
            switch_port_id: Some("Ethernet1/7".into()),
            ..nic("NIC 1-1", "02:00:00:00:00:01")
        };
        let mut enrollment = Enrollment::default();
        enrollment.set_name("r12-u07");
        let nics = [lldp, nic("2", "02:00:00:00:00:02")];
        settings.apply(&all(&nics), &mut enrollment);
        let bodies: Vec<_> = enrollment.ports.iter().map(|port| json!(port.0)).collect();
        assert_eq!(
            bodies,
            [
                json!({
                    "address": "02:00:00:00:00:01", "name": "r12-u07-NIC-1-1", "pxe_enabled": true,
                    "physical_network": "provisioning", "extra": {"bios_name": "NIC 1-1"},
                    "local_link_connection": {"switch_id": "02:aa:00:00:00:01", "port_id": "Ethernet1/7"},
                }),
                json!({
                    "address": "02:00:00:00:00:02", "name": "r12-u07-2", "pxe_enabled": false,
                    "physical_network": "storage", "extra": {"bios_name": "2"},
                }),
            ]
        );
    }

    #[test]
    fn switches_are_called_as_ironic_and_the_site_do() {
        let pair = |a: &str, b: &str| BTreeMap::from([(a.to_owned(), b.to_owned())]);
        let settings = Settings {
            local_link: true,
            switches: pair("leaf-2", "02:aa:00:00:00:02"),
            long_names: pair("Eth", "Ethernet"),
            ..Settings::default()
        };
        for (chassis, name, on_switch, expected) in [
            (
                "leaf-2",
                None,
                "Eth1/7",
                Some(("02:aa:00:00:00:02", "Ethernet1/7")),
            ),
            (
                "x",
                Some("leaf-2"),
                "Ether7",
                Some(("02:aa:00:00:00:02", "Ether7")),
            ),
            (
                "02aa00000003",
                Some("leaf-2"),
                "7",
                Some(("02:aa:00:00:00:03", "7")),
            ),
            ("leaf-1", Some("leaf-1"), "7", None),
        ] {
            let nic = Nic {
                switch_chassis_id: Some(chassis.into()),
                switch_port_id: Some(on_switch.into()),
                switch_system_name: name.map(str::to_owned),
                ..nic("1", "02:00:00:00:00:01")
            };
            let mut enrollment = Enrollment::default();
            settings.apply(&all(&[nic]), &mut enrollment);
            let link = enrollment.ports[0].get("local_link_connection");
            let part = |key: &str| link.and_then(|link| link.get(key)?.as_str());
            assert_eq!(part("switch_id").zip(part("port_id")), expected);
        }
    }

    #[test]
    fn the_bios_says_what_boots_and_rules_what_is_grouped() {
        let rule = Rule {
            nic: Some("b*".into()),
            portgroup: Some("{node}-bond0".parse().unwrap()),
            traits: vec!["CUSTOM_BOND".into()],
            ..Rule::default()
        };
        let settings = Settings {
            rules: vec![rule],
            ..Settings::default()
        };
        let mac = |number| format!("02:00:00:00:00:0{number}");
        let nics = [("a", 1), ("b1", 2), ("b2", 3)].map(|(id, number)| nic(id, &mac(number)));
        let mut enrollment = Enrollment::default();
        enrollment.set_name("n1");
        let known = Known {
            bootable: Some(vec!["a".into()]),
            ..all(&nics)
        };
        settings.apply(&known, &mut enrollment);
        let of = |key: &str| -> Vec<_> {
            let ports = enrollment.ports.iter();
            ports.map(|port| port.get(key).cloned()).collect()
        };
        assert_eq!(
            of("pxe_enabled"),
            [Some(json!(true)), Some(json!(false)), Some(json!(false))]
        );
        let bond = Some(json!("n1-bond0"));
        assert_eq!(of("portgroup"), [None, bond.clone(), bond]);
        assert_eq!(enrollment.portgroups.len(), 1);
        assert!(enrollment.has_trait("CUSTOM_BOND"));
    }
}

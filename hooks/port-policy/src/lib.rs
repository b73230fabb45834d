//! Decides which network interfaces become ports of the node, and for what.

mod adapters;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use valence_hook::inventory::Nic;
use valence_hook::text::{Template, legal_name, mac, matches, matches_any};
use valence_hook::{Configure, Enrollment, Error, Map, Port, Registration, Result, because, log};

/// Which network interfaces become ports, and for what.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    /// Globs for the ids of interfaces that may become ports; all where there is none.
    include: Vec<String>,
    /// Globs for the ids of interfaces that never do: `*-2`, a partition, or `usb*`.
    exclude: Vec<String>,
    /// Globs for MAC addresses that are no addresses, but what a service puts in their place.
    placeholders: Vec<String>,
    /// Leave out interfaces that say they have no link.
    require_link: bool,
    /// Also take the interfaces of the chassis' network adapters that the system does not list:
    /// some services list only those that have a link, or had one when the host last booted.
    adapters: bool,
    /// The name of a port, of {node} and {nic}. Without it, ports have no names.
    name: Option<Template>,
    /// Keep the interface's id in the port's extra.bios_name.
    bios_name: bool,
    /// Fill in local_link_connection from what LLDP told the interface.
    local_link: bool,
    /// The fewest ports that a node needs: with fewer it is denied.
    min_ports: usize,
    /// What ports are for: the first rule that an interface fits is its own.
    rules: Vec<Rule>,
}

/// What a port is for. Globs (`*`, `?`) take no notice of case.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// A glob for the interface's id.
    nic: Option<String>,
    /// A glob for the name of the switch that it is connected to.
    switch: Option<String>,
    /// The least speed, in Mbit/s.
    speed_mbps: Option<u32>,
    /// The port's physical_network.
    physical_network: Option<String>,
    /// Whether the node may boot from the port.
    pxe_enabled: Option<bool>,
}

struct PortPolicy;

impl Map for PortPolicy {
    fn map(registration: &Registration, enrollment: &mut Enrollment) -> Result {
        let settings: Settings = registration.settings()?;
        let mut nics = registration.nics()?;
        if settings.adapters {
            let listed: Vec<_> = nics.iter().filter_map(|nic| nic.mac.clone()).collect();
            let further = adapters::nics(registration)?.into_iter();
            nics.extend(
                further.filter(|nic| !nic.mac.as_ref().is_some_and(|mac| listed.contains(mac))),
            );
        }
        settings.apply(&nics, enrollment);
        if enrollment.ports.len() < settings.min_ports {
            return Err(Error::Denied(format!(
                "{} of {} network interfaces may become ports, but {} are required",
                enrollment.ports.len(),
                nics.len(),
                settings.min_ports
            )));
        }
        Ok(())
    }
}

impl Configure for PortPolicy {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<(), String> {
        settings.name.iter().try_for_each(|name| {
            name.check(&["node", "nic"])?;
            match name.places().any(|place| place == "nic") {
                true => Ok(()),
                false => Err(format!(
                    "`{name}` has no place {{nic}}: all ports of a node would have one name"
                )),
            }
        })
    }
}

valence_hook::export!(PortPolicy: Map, Configure);

impl Settings {
    /// Makes the ports of the enrollment those that `nics` may become. Ports of
    /// other addresses, such as the caller's own, stay as they are.
    fn apply(&self, nics: &[Nic], enrollment: &mut Enrollment) {
        let node = enrollment.name().unwrap_or_default().to_owned();
        let address = |nic: &Nic| nic.mac.as_deref().and_then(mac);
        let known: Vec<_> = nics
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
                    self.shape(enrollment.port_mut(address), nic, &node);
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
        let switch = nic.switch_chassis_id.as_deref().and_then(mac);
        if self.local_link
            && let (Some(switch), Some(on_switch)) = (switch, &nic.switch_port_id)
        {
            port.set_local_link(&switch, on_switch, nic.switch_system_name.as_deref());
        }
        if let Some(rule) = self.rules.iter().find(|rule| rule.fits(nic)) {
            port.set_physical_network(rule.physical_network.as_deref());
            rule.pxe_enabled
                .into_iter()
                .for_each(|enabled| port.set_pxe_enabled(enabled));
        }
    }
}

impl Rule {
    fn fits(&self, nic: &Nic) -> bool {
        let switch = nic.switch_system_name.as_deref();
        self.nic.as_ref().is_none_or(|glob| matches(glob, &nic.id))
            && self
                .switch
                .as_ref()
                .is_none_or(|glob| switch.is_some_and(|name| matches(glob, name)))
            && self
                .speed_mbps
                .is_none_or(|least| nic.speed_mbps.is_some_and(|speed| speed >= least))
    }
}

#[cfg(test)]
mod tests {
    use valence_hook::json;

    use super::*;

    fn nic(id: &str, address: &str) -> Nic {
        Nic {
            uri: format!("/{id}"),
            id: id.into(),
            mac: Some(address.into()),
            ..Nic::default()
        }
    }

    fn ports(settings: &Settings, nics: &[Nic], before: &[&str]) -> Vec<String> {
        let mut enrollment = Enrollment {
            ports: before.iter().map(|address| Port::new(address)).collect(),
            ..Enrollment::default()
        };
        settings.apply(nics, &mut enrollment);
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
        settings.apply(&[lldp, nic("2", "02:00:00:00:00:02")], &mut enrollment);
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
}

//! Decides which network interfaces become ports of the node, and for what.

mod adapters;
mod boot;
mod dell;
mod ports;
mod rule;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use valence_hook::text::{Template, mac};
use valence_hook::{Configure, Enrollment, Error, Map, Registration, Result};

use ports::Known;
use rule::{Group, Rule};

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
    /// Take switches from the collection in which Dell's BMCs keep them, where LLDP told none.
    dell_switches: bool,
    /// MAC addresses of switches that say none by LLDP, by what they say: their name, mostly.
    switches: BTreeMap<String, String>,
    /// Short names of switches' ports and the long ones: `{ Eth = "Ethernet" }`.
    long_names: BTreeMap<String, String>,
    /// The node may boot from the interfaces only that its BIOS boots from by network, where the
    /// BIOS says which these are (Dell's do, for UEFI).
    bios_pxe: bool,
    /// How the port groups are that rules put ports into.
    portgroups: Group,
    /// The fewest ports that a node needs: with fewer it is denied.
    min_ports: usize,
    /// What ports are for: the first rule that an interface fits is its own.
    rules: Vec<Rule>,
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
        if settings.dell_switches {
            dell::add_switches(registration, &mut nics)?;
        }
        let known = Known {
            bootable: match settings.bios_pxe {
                true => boot::bootable(registration)?,
                false => None,
            },
            nics,
        };
        settings.apply(&known, enrollment);
        if enrollment.ports.len() < settings.min_ports {
            return Err(Error::Denied(format!(
                "{} of {} network interfaces may become ports, but {} are required",
                enrollment.ports.len(),
                known.nics.len(),
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
        })?;
        if let Some((name, other)) = settings
            .switches
            .iter()
            .find(|(_, address)| mac(address).is_none())
        {
            return Err(format!("`{other}` is no MAC address of switch `{name}`"));
        }
        settings.rules.iter().try_for_each(Rule::check)
    }
}

valence_hook::export!(PortPolicy: Map, Configure);

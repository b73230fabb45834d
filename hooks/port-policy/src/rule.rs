//! What ports are for.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use valence_hook::inventory::Nic;
use valence_hook::text::{Template, custom_trait, legal_name, matches};
use valence_hook::{Enrollment, Portgroup, Value, because};

/// What a port is for. Globs (`*`, `?`) take no notice of case.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// A glob for the interface's id.
    pub(crate) nic: Option<String>,
    /// A glob for the name of the switch that it is connected to.
    pub(crate) switch: Option<String>,
    /// The least speed, in Mbit/s.
    pub(crate) speed_mbps: Option<u32>,
    /// The port's physical_network.
    pub(crate) physical_network: Option<String>,
    /// Whether the node may boot from the port.
    pub(crate) pxe_enabled: Option<bool>,
    /// The port's category, a word of the site's.
    pub(crate) category: Option<String>,
    /// The name of the port group that the port is in, with a place {node} if need be.
    pub(crate) portgroup: Option<Template>,
    /// Traits of a node that has such a port: CUSTOM_STORAGE_SWITCH.
    #[serde(default)]
    pub(crate) traits: Vec<String>,
}

impl Rule {
    pub(crate) fn fits(&self, nic: &Nic) -> bool {
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

    pub(crate) fn check(&self) -> Result<(), String> {
        if let Some(name) = &self.portgroup {
            name.check(&["node"])?;
        }
        let illegal = |name: &&String| name.starts_with("CUSTOM_") && **name != custom_trait(name);
        match self.traits.iter().find(illegal) {
            Some(name) => Err(format!(
                "trait `{name}` is not legal: try `{}`",
                custom_trait(name)
            )),
            None => Ok(()),
        }
    }

    /// What the rule says of a port, and of the node that has it.
    pub(crate) fn apply(&self, address: &str, groups: &Group, enrollment: &mut Enrollment) {
        let node = enrollment.name().unwrap_or_default().to_owned();
        let group = self.portgroup.as_ref().and_then(|name| {
            let name = name.fill(|_| Some(node.clone())).ok()?;
            Some(legal_name(&name))
        });
        let port = enrollment.port_mut(address);
        port.set_physical_network(self.physical_network.as_deref());
        if let Some(enabled) = self.pxe_enabled {
            port.set_pxe_enabled(enabled);
        }
        if let Some(category) = &self.category {
            port.insert("category".to_owned(), category.as_str().into());
        }
        if let Some(name) = group {
            port.set_portgroup(name.as_str());
            groups.add(name, &mut enrollment.portgroups);
        }
        for name in &self.traits {
            because(format!("/traits/{name}"), format!("port {address}"));
            enrollment.add_trait(name.as_str());
        }
    }
}

/// How port groups are.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Group {
    /// The mode of the bond: `802.3ad`, `active-backup`, …
    mode: Option<String>,
    /// Whether their ports may be used alone, to boot from for one.
    standalone_ports: Option<bool>,
    /// Properties of the bond: `miimon`, `xmit_hash_policy`.
    properties: BTreeMap<String, Value>,
}

impl Group {
    /// Adds the group `name`, unless it is there.
    fn add(&self, name: String, all: &mut Vec<Portgroup>) {
        if all.iter().any(|group| group.name() == Some(&name)) {
            return;
        }
        let mut group = Portgroup::new(&name);
        group.set_mode(self.mode.as_deref());
        if let Some(supported) = self.standalone_ports {
            group.set_standalone_ports_supported(supported);
        }
        for (key, value) in &self.properties {
            group.set_property(key, value.clone());
        }
        all.push(group);
    }
}

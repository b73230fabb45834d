//! Everything that Valence will create in Ironic for one node.

mod body;
mod capabilities;
mod port;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::contract::imports::hooks::types::Enrollment as Raw;

pub use body::Body;
pub use port::{Port, Portgroup};

/// A JSON object.
pub type Object = Map<String, Value>;

/// Everything that Valence will create in Ironic for one node.
///
/// The methods are for what everybody sets; all else is in the maps, which are
/// the bodies of Ironic's own API. Where a method takes a value, null (a `None`)
/// changes nothing: what is absent in Redfish is left out, never written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Enrollment {
    /// The body of `POST /v1/nodes`.
    pub node: Body,
    /// The bodies of `POST /v1/portgroups`.
    pub portgroups: Vec<Portgroup>,
    /// The bodies of `POST /v1/ports`.
    pub ports: Vec<Port>,
    /// The node's traits: standard ones, or ones that begin with `CUSTOM_`.
    pub traits: BTreeSet<String>,
    /// The name, in Valence's configuration, of the credentials with which
    /// Ironic will reach the BMC. None: those of the pod manager.
    pub credentials: Option<String>,
    /// Room for what this version does not know. Hand on what you find here.
    pub extension: Option<Body>,
}

impl Enrollment {
    /// The node's name.
    pub fn name(&self) -> Option<&str> {
        self.node.get("name")?.as_str()
    }

    /// Names the node.
    pub fn set_name(&mut self, name: impl Into<Value>) {
        set(&mut self.node, "name", name);
    }

    /// The node's resource class.
    pub fn resource_class(&self) -> Option<&str> {
        self.node.get("resource_class")?.as_str()
    }

    /// Sets the node's resource class, which flavours ask for.
    pub fn set_resource_class(&mut self, class: impl Into<Value>) {
        set(&mut self.node, "resource_class", class);
    }

    /// The node's driver.
    pub fn driver(&self) -> Option<&str> {
        self.node.get("driver")?.as_str()
    }

    /// Sets the node's driver, such as `redfish` or `idrac`.
    pub fn set_driver(&mut self, driver: impl Into<Value>) {
        set(&mut self.node, "driver", driver);
    }

    /// Sets one of the driver's interfaces: `set_interface("bios", "idrac-redfish")`
    /// writes `bios_interface`.
    pub fn set_interface(&mut self, kind: &str, name: impl Into<Value>) {
        set(&mut self.node, &format!("{kind}_interface"), name);
    }

    /// A value of `properties`.
    pub fn property(&self, key: &str) -> Option<&Value> {
        self.node.get("properties")?.get(key)
    }

    /// Sets a value of `properties`.
    pub fn set_property(&mut self, key: &str, value: impl Into<Value>) {
        set_in(&mut self.node, "properties", key, value);
    }

    /// A value of `driver_info`.
    pub fn driver_info(&self, key: &str) -> Option<&Value> {
        self.node.get("driver_info")?.get(key)
    }

    /// Sets a value of `driver_info`. Addresses and credentials of the BMC are
    /// Valence's own, unless the operator grants them to the hook.
    pub fn set_driver_info(&mut self, key: &str, value: impl Into<Value>) {
        set_in(&mut self.node, "driver_info", key, value);
    }

    /// A value of `extra`.
    pub fn extra(&self, key: &str) -> Option<&Value> {
        self.node.get("extra")?.get(key)
    }

    /// Sets a value of `extra`.
    pub fn set_extra(&mut self, key: &str, value: impl Into<Value>) {
        set_in(&mut self.node, "extra", key, value);
    }

    /// The capabilities in `properties`, which Ironic keeps as one text,
    /// `key:value,key:value`.
    pub fn capabilities(&self) -> BTreeMap<String, String> {
        self.property("capabilities")
            .map(capabilities::parse)
            .unwrap_or_default()
    }

    /// Sets one capability and leaves the others.
    pub fn set_capability(&mut self, key: &str, value: impl Into<String>) {
        let mut all = self.capabilities();
        all.insert(key.to_owned(), value.into());
        self.set_property("capabilities", capabilities::print(&all));
    }

    /// Whether the node has a trait.
    pub fn has_trait(&self, name: &str) -> bool {
        self.traits.contains(name)
    }

    /// Adds a trait as it stands: see [`custom_trait`](crate::text::custom_trait)
    /// for making a legal one of any text.
    pub fn add_trait(&mut self, name: impl Into<String>) {
        self.traits.insert(name.into());
    }

    /// Has Ironic use other credentials than the pod manager's, by their name in
    /// Valence's configuration. The operator grants names to hooks.
    pub fn set_credentials(&mut self, name: impl Into<String>) {
        self.credentials = Some(name.into());
    }

    /// The port with this MAC address.
    pub fn port(&self, address: &str) -> Option<&Port> {
        self.ports.iter().find(|port| port.has_address(address))
    }

    /// The port with this MAC address, which is added if there is none yet.
    pub fn port_mut(&mut self, address: &str) -> &mut Port {
        let known = self.ports.iter().position(|port| port.has_address(address));
        let index = known.unwrap_or_else(|| {
            self.ports.push(Port::new(address));
            self.ports.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "found or pushed just before")]
        &mut self.ports[index]
    }

    pub(crate) fn receive(raw: Raw) -> Self {
        let bodies = |texts: Vec<String>| texts.into_iter().map(Body::received);
        Self {
            node: Body::received(raw.node),
            portgroups: bodies(raw.portgroups).map(Portgroup).collect(),
            ports: bodies(raw.ports).map(Port).collect(),
            traits: raw.traits.into_iter().collect(),
            credentials: raw.credentials,
            extension: raw.extension.map(Body::received),
        }
    }

    pub(crate) fn give(self) -> Raw {
        let groups = self.portgroups.into_iter();
        let ports = self.ports.into_iter();
        Raw {
            node: self.node.into_text(),
            portgroups: groups.map(|group| group.0.into_text()).collect(),
            ports: ports.map(|port| port.0.into_text()).collect(),
            traits: self.traits.into_iter().collect(),
            credentials: self.credentials,
            extension: self.extension.map(Body::into_text),
        }
    }
}

/// Sets `key`, unless the value is null.
fn set(object: &mut Object, key: &str, value: impl Into<Value>) {
    let value = value.into();
    if !value.is_null() {
        object.insert(key.to_owned(), value);
    }
}

/// Sets `key` of the object at `outer`, which is made where there is none.
fn set_in(object: &mut Object, outer: &str, key: &str, value: impl Into<Value>) {
    let value = value.into();
    if value.is_null() {
        return;
    }
    let inner = object.entry(outer).or_insert_with(|| Object::new().into());
    match inner {
        Value::Object(inner) => {
            inner.insert(key.to_owned(), value);
        }
        // No body of Ironic's has anything but an object, or null, there.
        other => *other = Value::Object(Object::from_iter([(key.to_owned(), value)])),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_none_changes_nothing() {
        let mut enrollment = Enrollment::default();
        enrollment.set_name("r12-u07");
        enrollment.set_property("vendor", "Dell");
        enrollment.set_name(None::<String>);
        enrollment.set_property("vendor", None::<String>);
        enrollment.set_extra("asset", None::<String>);
        assert_eq!(
            Value::from(enrollment.node),
            json!({"name": "r12-u07", "properties": {"vendor": "Dell"}})
        );
    }

    #[test]
    fn one_capability_leaves_the_others() {
        let mut enrollment = Enrollment::default();
        enrollment.set_property("capabilities", "boot_mode:uefi,gpus:2");
        enrollment.set_capability("gpus", "4");
        enrollment.set_capability("rack", "r12");
        assert_eq!(
            enrollment.property("capabilities"),
            Some(&json!("boot_mode:uefi,gpus:4,rack:r12"))
        );
    }

    #[test]
    fn crosses_the_contract_and_back_unchanged() {
        let raw = Raw {
            node: r#"{"driver":"redfish","extra":{"a":[1,null]},"name":"n"}"#.into(),
            portgroups: vec![r#"{"name":"bond0"}"#.into()],
            ports: vec![r#"{"address":"02:00:00:00:00:01","portgroup":"bond0"}"#.into()],
            traits: vec!["CUSTOM_A".into()],
            credentials: Some("rack-a".into()),
            extension: Some(r#"{"later":true}"#.into()),
        };
        let back = Enrollment::receive(raw.clone()).give();
        assert_eq!(format!("{back:?}"), format!("{raw:?}"));
    }

    #[test]
    fn finds_a_port_without_regard_to_case() {
        let mut enrollment = Enrollment::default();
        enrollment
            .port_mut("02:00:00:00:00:0a")
            .set_pxe_enabled(false);
        enrollment
            .port_mut("02:00:00:00:00:0A")
            .set_physical_network("storage");
        assert_eq!(enrollment.ports.len(), 1);
        assert_eq!(
            enrollment.ports[0].get("physical_network"),
            Some(&json!("storage"))
        );
    }
}

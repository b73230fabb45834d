//! Ports and port groups.

use std::ops::{Deref, DerefMut};

use serde_json::Value;

use super::{Body, Object, set, set_in};

/// The body of `POST /v1/ports`, without the node: a map with methods for what
/// everybody sets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Port(pub Body);

impl Port {
    /// A port with this MAC address.
    pub fn new(address: &str) -> Self {
        Self(Object::from_iter([("address".to_owned(), address.into())]).into())
    }

    /// The MAC address.
    pub fn address(&self) -> Option<&str> {
        self.get("address")?.as_str()
    }

    /// Whether this is its MAC address, in upper or lower case.
    pub fn has_address(&self, address: &str) -> bool {
        // From the end: the addresses of one machine begin alike.
        self.address().is_some_and(|own| {
            let pairs = own.bytes().rev().zip(address.bytes().rev());
            own.len() == address.len() && pairs.into_iter().all(|(a, b)| a.eq_ignore_ascii_case(&b))
        })
    }

    /// Names the port. Names are unique in all of Ironic.
    pub fn set_name(&mut self, name: impl Into<Value>) {
        set(self, "name", name);
    }

    /// Says whether the node may boot from this port.
    pub fn set_pxe_enabled(&mut self, enabled: bool) {
        set(self, "pxe_enabled", enabled);
    }

    /// Names the physical network that the port is connected to.
    pub fn set_physical_network(&mut self, network: impl Into<Value>) {
        set(self, "physical_network", network);
    }

    /// Says where the port is plugged in: the switch's MAC address or OpenFlow
    /// datapath, the switch's port, and the switch's name.
    pub fn set_local_link(&mut self, switch: &str, port: &str, info: Option<&str>) {
        set_in(self, "local_link_connection", "switch_id", switch);
        set_in(self, "local_link_connection", "port_id", port);
        set_in(self, "local_link_connection", "switch_info", info);
    }

    /// Puts the port into the port group of this name.
    pub fn set_portgroup(&mut self, name: impl Into<Value>) {
        set(self, "portgroup", name);
    }

    /// Sets a value of `extra`.
    pub fn set_extra(&mut self, key: &str, value: impl Into<Value>) {
        set_in(self, "extra", key, value);
    }
}

/// The body of `POST /v1/portgroups`, without the node: a map with methods for
/// what everybody sets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Portgroup(pub Body);

impl Portgroup {
    /// A port group of this name, by which ports join it.
    pub fn new(name: &str) -> Self {
        Self(Object::from_iter([("name".to_owned(), name.into())]).into())
    }

    /// The name.
    pub fn name(&self) -> Option<&str> {
        self.get("name")?.as_str()
    }

    /// Sets the mode of the bond, such as `802.3ad`.
    pub fn set_mode(&mut self, mode: impl Into<Value>) {
        set(self, "mode", mode);
    }

    /// Says whether its ports may be used alone.
    pub fn set_standalone_ports_supported(&mut self, supported: bool) {
        set(self, "standalone_ports_supported", supported);
    }

    /// Sets a value of `properties`, such as `miimon`.
    pub fn set_property(&mut self, key: &str, value: impl Into<Value>) {
        set_in(self, "properties", key, value);
    }
}

macro_rules! is_a_map {
    ($($name:ident),*) => {
        $(
            impl Deref for $name {
                type Target = Object;

                fn deref(&self) -> &Object {
                    &self.0
                }
            }

            impl DerefMut for $name {
                fn deref_mut(&mut self) -> &mut Object {
                    &mut self.0
                }
            }
        )*
    };
}

is_a_map!(Port, Portgroup);

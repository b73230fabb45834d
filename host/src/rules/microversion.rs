//! Versions of Ironic's API.

use std::fmt;
use std::str::FromStr;

/// A microversion of Ironic's API: the `115` of `1.115`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Microversion(pub u16);

/// Named after what each brought (Ironic's REST API version history).
impl Microversion {
    /// The newest that Valence has been tested against.
    pub const NEWEST_TESTED: Self = Self(115);
    /// The first.
    pub const INITIAL: Self = Self(1);
    /// Node names.
    pub const NODE_NAME: Self = Self(5);
    /// `pxe_enabled` and `local_link_connection` of ports.
    pub const PORT_ADVANCED_NET_FIELDS: Self = Self(19);
    /// `network_interface` of nodes.
    pub const NETWORK_INTERFACE: Self = Self(20);
    /// Resource classes.
    pub const RESOURCE_CLASS: Self = Self(21);
    /// Port groups.
    pub const PORTGROUPS: Self = Self(23);
    /// Ports that join a port group.
    pub const PORTGROUP_OF_PORT: Self = Self(24);
    /// `mode` and `properties` of port groups.
    pub const PORTGROUP_MODE_PROPERTIES: Self = Self(26);
    /// Most `*_interface`s of nodes.
    pub const DYNAMIC_INTERFACES: Self = Self(31);
    /// `storage_interface` of nodes.
    pub const STORAGE_INTERFACE: Self = Self(33);
    /// `physical_network` of ports.
    pub const PORT_PHYSICAL_NETWORK: Self = Self(34);
    /// Traits: the oldest that Valence can work with.
    pub const TRAITS: Self = Self(37);
    /// `rescue_interface` of nodes.
    pub const RESCUE_INTERFACE: Self = Self(38);
    /// `bios_interface` of nodes.
    pub const BIOS_INTERFACE: Self = Self(40);
    /// Conductor groups.
    pub const CONDUCTOR_GROUP: Self = Self(46);
    /// `automated_clean` of nodes.
    pub const AUTOMATED_CLEAN: Self = Self(47);
    /// Owners of nodes.
    pub const OWNER: Self = Self(50);
    /// Descriptions of nodes.
    pub const DESCRIPTION: Self = Self(51);
    /// `is_smartnic` of ports.
    pub const PORT_SMARTNIC: Self = Self(53);
    /// Retired nodes.
    pub const RETIRED: Self = Self(61);
    /// `network_type` in a port's `local_link_connection`.
    pub const LINK_NETWORK_TYPE: Self = Self(64);
    /// Lessees of nodes.
    pub const LESSEE: Self = Self(65);
    /// `network_data` of nodes.
    pub const NETWORK_DATA: Self = Self(66);
    /// `boot_mode` and `secure_boot` of nodes.
    pub const BOOT_MODE: Self = Self(75);
    /// Shards.
    pub const SHARD: Self = Self(82);
    /// `parent_node` of nodes.
    pub const PARENT_NODE: Self = Self(83);
    /// `firmware_interface` of nodes.
    pub const FIRMWARE_INTERFACE: Self = Self(86);
    /// Names of ports.
    pub const PORT_NAME: Self = Self(88);
    /// VTEP switches in a port's `local_link_connection`.
    pub const OVN_VTEP: Self = Self(90);
    /// `disable_power_off` of nodes.
    pub const DISABLE_POWER_OFF: Self = Self(95);
    /// Descriptions of ports.
    pub const PORT_DESCRIPTION: Self = Self(97);
    /// Vendors of ports.
    pub const PORT_VENDOR: Self = Self(100);
    /// Categories of ports.
    pub const PORT_CATEGORY: Self = Self(101);
    /// `physical_network` of port groups.
    pub const PORTGROUP_PHYSICAL_NETWORK: Self = Self(102);
    /// Categories of port groups.
    pub const PORTGROUP_CATEGORY: Self = Self(103);
    /// `instance_name` of nodes.
    pub const INSTANCE_NAME: Self = Self(104);
    /// `available_for_dynamic_portgroup` of ports.
    pub const DYNAMIC_PORTGROUP: Self = Self(111);
}

impl fmt::Display for Microversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.0)
    }
}

/// Text that is no microversion.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no version of Ironic's API: it is to look like `1.95`")]
pub struct MicroversionError(String);

impl FromStr for Microversion {
    type Err = MicroversionError;

    fn from_str(text: &str) -> Result<Self, MicroversionError> {
        text.strip_prefix("1.")
            .and_then(|minor| minor.parse().ok())
            .map(Self)
            .ok_or_else(|| MicroversionError(text.to_owned()))
    }
}

/// What the Ironic at hand can take. Part of an evaluation's input, so that an
/// offline evaluation can name an old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IronicProfile {
    /// The newest microversion that both it and Valence know.
    pub api: Microversion,
    /// What becomes of fields that are newer.
    pub newer_fields: NewerFields,
}

/// What becomes of a value in a field that the Ironic at hand does not know yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NewerFields {
    /// The node is not registered.
    #[default]
    Refuse,
    /// It is left out, and the caller is told.
    Warn,
}

impl Default for IronicProfile {
    fn default() -> Self {
        Self {
            api: Microversion::NEWEST_TESTED,
            newer_fields: NewerFields::default(),
        }
    }
}

//! The two policies that every contender carries out, as one would write them
//! without hooks: a Redfish system as JSON in, what Ironic is to be given as JSON
//! out. What is not needed of the document is passed over.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct System<I> {
    manufacturer: String,
    model: String,
    #[serde(rename = "SKU")]
    sku: Option<String>,
    serial_number: String,
    part_number: Option<String>,
    #[serde(rename = "UUID")]
    uuid: Option<String>,
    asset_tag: Option<String>,
    bios_version: Option<String>,
    system_type: Option<String>,
    status: Status,
    memory_summary: MemorySummary,
    ethernet_interfaces: I,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    health_rollup: Option<String>,
    health: Option<String>,
}

#[derive(Deserialize)]
struct MemorySummary {
    #[serde(rename = "TotalSystemMemoryGiB")]
    gib: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Interfaces {
    members: Vec<Interface>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Interface {
    id: String,
    #[serde(rename = "MACAddress")]
    mac: Option<String>,
    speed_mbps: Option<u32>,
    link_status: Option<String>,
}

#[derive(Serialize)]
struct Enrollment {
    node: Node,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ports: Vec<Port>,
    traits: BTreeSet<String>,
}

#[derive(Serialize)]
struct Node {
    name: String,
    resource_class: String,
    properties: BTreeMap<&'static str, serde_json::Value>,
    extra: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Port {
    address: String,
    pxe_enabled: bool,
    physical_network: &'static str,
    extra: Extra,
}

#[derive(Serialize)]
struct Extra {
    nic: String,
}

/// What is wanted of the network interfaces.
trait Ports: DeserializeOwned {
    fn ports(self) -> Vec<Port>;
}

impl Ports for IgnoredAny {
    fn ports(self) -> Vec<Port> {
        Vec::new()
    }
}

impl Ports for Interfaces {
    fn ports(self) -> Vec<Port> {
        let ports = self.members.into_iter().filter_map(|nic| {
            Some(Port {
                address: nic.mac?.to_lowercase(),
                pxe_enabled: nic.link_status.as_deref() == Some("LinkUp"),
                physical_network: match nic.speed_mbps {
                    Some(10_000..) => "data",
                    _ => "management",
                },
                extra: Extra { nic: nic.id },
            })
        });
        ports.collect()
    }
}

/// What Ironic is to be given for the system, or why it is given nothing: name,
/// resource class, properties, `extra`, traits, and a port for each interface.
pub fn map(system: &[u8]) -> Result<String, String> {
    mapped::<Interfaces>(system)
}

/// The same without ports, of a dozen values of the system itself.
pub fn dozen(system: &[u8]) -> Result<String, String> {
    mapped::<IgnoredAny>(system)
}

fn mapped<I: Ports>(system: &[u8]) -> Result<String, String> {
    let system: System<I> = serde_json::from_slice(system).map_err(|error| error.to_string())?;
    if system.system_type.as_deref() == Some("Virtual") {
        return Err("it is virtual".into());
    }
    let vendor = word(&system.manufacturer);
    // Dell's serial number is that of the board.
    let tag = match (vendor.as_str(), &system.sku) {
        ("dell", Some(sku)) => sku,
        _ => &system.serial_number,
    };
    let mut traits = BTreeSet::from([
        format!("CUSTOM_{}", upper(&vendor)),
        format!("CUSTOM_{}", upper(&system.model)),
    ]);
    let mut properties = BTreeMap::from([
        (
            "memory_mb",
            ((system.memory_summary.gib * 1024.0) as u64).into(),
        ),
        ("serial_number", system.serial_number.as_str().into()),
        ("model", system.model.as_str().into()),
        ("vendor", vendor.as_str().into()),
    ]);
    if let Some(version) = &system.bios_version {
        traits.insert(format!("CUSTOM_BIOS_{}", upper(version)));
        properties.insert("bios_version", version.as_str().into());
    }
    let node = Node {
        name: format!("{vendor}-{}", tag.to_lowercase()),
        resource_class: format!("baremetal-{vendor}-{}g", system.memory_summary.gib as u64),
        properties,
        extra: [
            (
                "health",
                system.status.health_rollup.or(system.status.health),
            ),
            ("uuid", system.uuid.map(|uuid| uuid.to_lowercase())),
            ("asset_tag", system.asset_tag.filter(|tag| !tag.is_empty())),
            ("part_number", system.part_number),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect(),
    };
    let enrollment = Enrollment {
        node,
        ports: system.ethernet_interfaces.ports(),
        traits,
    };
    serde_json::to_string(&enrollment).map_err(|error| error.to_string())
}

/// The first word of `text`, in lower case.
fn word(text: &str) -> String {
    let word = text.split(|c: char| !c.is_ascii_alphanumeric()).next();
    word.unwrap_or_default().to_ascii_lowercase()
}

/// `text` as a part of a trait.
fn upper(text: &str) -> String {
    let legal = |c: char| match c.is_ascii_alphanumeric() {
        true => c.to_ascii_uppercase(),
        false => '_',
    };
    text.chars().map(legal).collect()
}

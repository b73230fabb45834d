//! The records of the hook contract's interface `inventory`, as Rust types. What
//! is absent is none, never zero and never empty.

use serde::Serialize;

/// Who and what the system is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Redfish `Manufacturer`.
    pub manufacturer: Option<String>,
    /// Redfish `Model`.
    pub model: Option<String>,
    /// Redfish `SKU`: Dell's service tag.
    pub sku: Option<String>,
    /// Redfish `PartNumber`.
    pub part_number: Option<String>,
    /// Redfish `SerialNumber`, without the spaces around it.
    pub serial_number: Option<String>,
    /// Redfish `UUID`, canonical and in lower case.
    pub uuid: Option<String>,
    /// Redfish `AssetTag`.
    pub asset_tag: Option<String>,
    /// Redfish `HostName`.
    pub host_name: Option<String>,
    /// Redfish `BiosVersion`.
    pub bios_version: Option<String>,
    /// Redfish `SystemType`: `Physical`, `Composed`, …
    pub system_type: Option<String>,
    /// Redfish `Status.HealthRollup`, else `Status.Health`.
    pub health: Option<String>,
    /// `uefi` or `bios`.
    pub boot_mode: Option<String>,
}

/// A processor socket, or an accelerator that Redfish lists as a processor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Processor {
    /// Its `@odata.id`.
    pub uri: String,
    /// Redfish `ProcessorType`: `CPU`, `GPU`, `FPGA`, …
    pub kind: String,
    /// Redfish `Manufacturer`.
    pub manufacturer: Option<String>,
    /// Redfish `Model`.
    pub model: Option<String>,
    /// As Ironic writes it: `x86_64`, `aarch64`, …
    pub architecture: Option<String>,
    /// Redfish `TotalCores`.
    pub cores: Option<u32>,
    /// Redfish `TotalThreads`.
    pub threads: Option<u32>,
    /// Redfish `MaxSpeedMHz`.
    pub speed_mhz: Option<u32>,
}

/// A drive or volume that an operating system could be installed on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Drive {
    /// Its `@odata.id`, or that of the resource that lists it.
    pub uri: String,
    /// Redfish `Name`.
    pub name: Option<String>,
    /// Redfish `Manufacturer`.
    pub manufacturer: Option<String>,
    /// Redfish `Model`.
    pub model: Option<String>,
    /// Redfish `SerialNumber`.
    pub serial_number: Option<String>,
    /// Redfish `Identifiers` of the format `NAA` or `EUI`.
    pub wwn: Option<String>,
    /// Redfish `CapacityBytes`.
    pub capacity_bytes: Option<u64>,
    /// Redfish `MediaType`: `HDD`, `SSD`, …
    pub media: Option<String>,
    /// Redfish `Protocol`: `NVMe`, `SAS`, `SATA`, …
    pub protocol: Option<String>,
}

/// A network interface of the host, not of its BMC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Nic {
    /// Its `@odata.id`.
    pub uri: String,
    /// Redfish `Id`.
    pub id: String,
    /// Redfish `Name`.
    pub name: Option<String>,
    /// Redfish `MACAddress`: six octets, unicast, lower case, with colons.
    pub mac: Option<String>,
    /// Redfish `PermanentMACAddress`, likewise.
    pub permanent_mac: Option<String>,
    /// Redfish `SpeedMbps`.
    pub speed_mbps: Option<u32>,
    /// Redfish `LinkStatus`.
    pub link_up: Option<bool>,
    /// Redfish `UefiDevicePath`.
    pub uefi_device_path: Option<String>,
    /// What LLDP told the NIC of its switch: the chassis.
    pub switch_chassis_id: Option<String>,
    /// The switch's port.
    pub switch_port_id: Option<String>,
    /// The switch's port, in words.
    pub switch_port_description: Option<String>,
    /// The switch's name.
    pub switch_system_name: Option<String>,
}

/// A PCIe function. The numbers are lower-case hexadecimal without `0x`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PcieFunction {
    /// Its `@odata.id`.
    pub uri: String,
    /// Redfish `VendorId`.
    pub vendor_id: Option<String>,
    /// Redfish `DeviceId`.
    pub device_id: Option<String>,
    /// Redfish `SubsystemVendorId`.
    pub subsystem_vendor_id: Option<String>,
    /// Redfish `SubsystemId`.
    pub subsystem_id: Option<String>,
    /// Redfish `ClassCode`.
    pub class_code: Option<String>,
    /// Redfish `DeviceClass`.
    pub device_class: Option<String>,
    /// `PartNumber` of the PCIe device.
    pub part_number: Option<String>,
    /// `SerialNumber` of the PCIe device.
    pub serial_number: Option<String>,
}

/// Where the system stands: the nearest chassis that says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Location {
    /// Redfish `Location.Placement.Row`.
    pub row: Option<String>,
    /// Redfish `Location.Placement.Rack`.
    pub rack: Option<String>,
    /// Redfish `Location.Placement.RackOffset`.
    pub unit: Option<u32>,
    /// Redfish `Location.PartLocation.ServiceLabel`.
    pub service_label: Option<String>,
    /// Redfish `Location.Info`.
    pub info: Option<String>,
}

/// A chassis that the system stands in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Chassis {
    /// Its `@odata.id`.
    pub uri: String,
    /// Redfish `ChassisType`: `RackMount`, `Blade`, `Enclosure`, `Rack`, …
    pub kind: Option<String>,
    /// Redfish `Manufacturer`.
    pub manufacturer: Option<String>,
    /// Redfish `Model`.
    pub model: Option<String>,
    /// Redfish `PartNumber`.
    pub part_number: Option<String>,
    /// Redfish `SerialNumber`, without the spaces around it.
    pub serial_number: Option<String>,
    /// Redfish `AssetTag`.
    pub asset_tag: Option<String>,
}

/// The BMC that manages the system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Manager {
    /// Its `@odata.id`.
    pub uri: String,
    /// Redfish `Model`.
    pub model: Option<String>,
    /// Redfish `FirmwareVersion`.
    pub firmware_version: Option<String>,
    /// `HostName` of its own network interface.
    pub host_name: Option<String>,
}

/// A block of resources that the system is composed of (DSP0268,
/// `ResourceBlock`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ResourceBlock {
    /// Its `@odata.id`.
    pub uri: String,
    /// Redfish `Id`.
    pub id: String,
    /// Redfish `Name`.
    pub name: Option<String>,
    /// Redfish `ResourceBlockType`: `Compute`, `Storage`, `Network`, …
    pub kinds: Vec<String>,
    /// Redfish `CompositionStatus.CompositionState`: `Composed`,
    /// `ComposedAndAvailable`, …
    pub composition_state: Option<String>,
    /// Redfish `Pool`: `Active`, `Free`, `Unassigned`.
    pub pool: Option<String>,
    /// Redfish `Status.HealthRollup`, else `Status.Health`.
    pub health: Option<String>,
    /// The `@odata.id` of each resource zone that it is of.
    pub zones: Vec<String>,
    /// The `@odata.id` of each chassis that it is in.
    pub chassis: Vec<String>,
}

/// A set of resource blocks that can be composed with each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ResourceZone {
    /// Its `@odata.id`.
    pub uri: String,
    /// Redfish `Id`.
    pub id: String,
    /// Redfish `Name`.
    pub name: Option<String>,
}

/// A device that a node got by being composed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AttachedDevice {
    /// Its `@odata.id`.
    pub uri: String,
    /// What it is: `Processor`, `Memory`, `EthernetInterface`, `Drive`, …
    pub kind: String,
    /// The `@odata.id` of the resource block that it is of.
    pub block: Option<String>,
}

/// A network interface that gives no port, and why. Not part of the contract: the
/// seed tells the caller of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Its `@odata.id`.
    pub uri: String,
    /// Its Redfish `Id`.
    pub id: String,
    /// Why, to be read after "because": lower case, no full stop.
    pub reason: String,
}

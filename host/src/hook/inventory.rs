//! The interface `inventory`: our records as those of the contract.

use super::bindings::valence::hooks::inventory as contract;
use super::state::State;
use crate::inventory as ours;

impl contract::Host for State {}

impl From<&ours::Identity> for contract::Identity {
    fn from(from: &ours::Identity) -> Self {
        Self {
            manufacturer: from.manufacturer.clone(),
            model: from.model.clone(),
            sku: from.sku.clone(),
            part_number: from.part_number.clone(),
            serial_number: from.serial_number.clone(),
            uuid: from.uuid.clone(),
            asset_tag: from.asset_tag.clone(),
            host_name: from.host_name.clone(),
            bios_version: from.bios_version.clone(),
            system_type: from.system_type.clone(),
            health: from.health.clone(),
            boot_mode: from.boot_mode.clone(),
        }
    }
}

impl From<&ours::Processor> for contract::Processor {
    fn from(from: &ours::Processor) -> Self {
        Self {
            uri: from.uri.clone(),
            kind: from.kind.clone(),
            manufacturer: from.manufacturer.clone(),
            model: from.model.clone(),
            architecture: from.architecture.clone(),
            cores: from.cores,
            threads: from.threads,
            speed_mhz: from.speed_mhz,
        }
    }
}

impl From<&ours::Drive> for contract::Drive {
    fn from(from: &ours::Drive) -> Self {
        Self {
            uri: from.uri.clone(),
            name: from.name.clone(),
            manufacturer: from.manufacturer.clone(),
            model: from.model.clone(),
            serial_number: from.serial_number.clone(),
            wwn: from.wwn.clone(),
            capacity_bytes: from.capacity_bytes,
            media: from.media.clone(),
            protocol: from.protocol.clone(),
        }
    }
}

impl From<&ours::Nic> for contract::Nic {
    fn from(from: &ours::Nic) -> Self {
        Self {
            uri: from.uri.clone(),
            id: from.id.clone(),
            name: from.name.clone(),
            mac: from.mac.clone(),
            permanent_mac: from.permanent_mac.clone(),
            speed_mbps: from.speed_mbps,
            link_up: from.link_up,
            uefi_device_path: from.uefi_device_path.clone(),
            switch_chassis_id: from.switch_chassis_id.clone(),
            switch_port_id: from.switch_port_id.clone(),
            switch_port_description: from.switch_port_description.clone(),
            switch_system_name: from.switch_system_name.clone(),
        }
    }
}

impl From<&ours::PcieFunction> for contract::PcieFunction {
    fn from(from: &ours::PcieFunction) -> Self {
        Self {
            uri: from.uri.clone(),
            vendor_id: from.vendor_id.clone(),
            device_id: from.device_id.clone(),
            subsystem_vendor_id: from.subsystem_vendor_id.clone(),
            subsystem_id: from.subsystem_id.clone(),
            class_code: from.class_code.clone(),
            device_class: from.device_class.clone(),
            part_number: from.part_number.clone(),
            serial_number: from.serial_number.clone(),
        }
    }
}

impl From<&ours::Location> for contract::Location {
    fn from(from: &ours::Location) -> Self {
        Self {
            row: from.row.clone(),
            rack: from.rack.clone(),
            unit: from.unit,
            service_label: from.service_label.clone(),
            info: from.info.clone(),
        }
    }
}

impl From<&ours::Chassis> for contract::Chassis {
    fn from(from: &ours::Chassis) -> Self {
        Self {
            uri: from.uri.clone(),
            kind: from.kind.clone(),
            manufacturer: from.manufacturer.clone(),
            model: from.model.clone(),
            part_number: from.part_number.clone(),
            serial_number: from.serial_number.clone(),
            asset_tag: from.asset_tag.clone(),
        }
    }
}

impl From<&ours::Manager> for contract::Manager {
    fn from(from: &ours::Manager) -> Self {
        Self {
            uri: from.uri.clone(),
            model: from.model.clone(),
            firmware_version: from.firmware_version.clone(),
            host_name: from.host_name.clone(),
        }
    }
}

impl From<&ours::ResourceBlock> for contract::ResourceBlock {
    fn from(from: &ours::ResourceBlock) -> Self {
        Self {
            uri: from.uri.clone(),
            id: from.id.clone(),
            name: from.name.clone(),
            kinds: from.kinds.clone(),
            composition_state: from.composition_state.clone(),
            pool: from.pool.clone(),
            health: from.health.clone(),
            zones: from.zones.clone(),
            chassis: from.chassis.clone(),
        }
    }
}

impl From<&ours::ResourceZone> for contract::ResourceZone {
    fn from(from: &ours::ResourceZone) -> Self {
        Self {
            uri: from.uri.clone(),
            id: from.id.clone(),
            name: from.name.clone(),
        }
    }
}

impl From<&ours::AttachedDevice> for contract::AttachedDevice {
    fn from(from: &ours::AttachedDevice) -> Self {
        Self {
            uri: from.uri.clone(),
            kind: from.kind.clone(),
            block: from.block.clone(),
        }
    }
}

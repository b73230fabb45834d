//! How many bytes are carried between a guest and its host.

use super::bindings::exports::valence::hooks::review;
use super::bindings::valence::hooks::inventory as contract;
use super::bindings::valence::hooks::types::Enrollment as Raw;

/// What is handed to a guest, or comes from one.
pub(super) trait Carried {
    /// How many bytes that is, roughly.
    fn bytes(&self) -> usize;
}

impl Carried for String {
    fn bytes(&self) -> usize {
        self.len()
    }
}

impl Carried for u64 {
    fn bytes(&self) -> usize {
        size_of::<Self>()
    }
}

impl<T: Carried> Carried for Option<T> {
    fn bytes(&self) -> usize {
        self.as_ref().map_or(0, T::bytes)
    }
}

impl<T: Carried> Carried for Vec<T> {
    fn bytes(&self) -> usize {
        self.iter().map(T::bytes).sum()
    }
}

impl Carried for Raw {
    fn bytes(&self) -> usize {
        // Many empty strings are not nothing.
        let total = |texts: &[String]| texts.iter().map(|text| text.len() + 1).sum::<usize>();
        self.node.len()
            + total(&self.portgroups)
            + total(&self.ports)
            + total(&self.traits)
            + self.credentials.bytes()
            + self.extension.bytes()
    }
}

impl Carried for review::Finding {
    fn bytes(&self) -> usize {
        self.message.len() + self.pointer.bytes()
    }
}

/// Records with the fields that are texts.
macro_rules! carried {
    ($($record:ident: $($text:ident)*;)*) => {$(
        impl Carried for contract::$record {
            fn bytes(&self) -> usize {
                size_of::<Self>() $(+ self.$text.bytes())*
            }
        }
    )*};
}

carried! {
    Identity: manufacturer model sku part_number serial_number uuid asset_tag host_name
        bios_version system_type health boot_mode;
    Processor: uri kind manufacturer model architecture;
    Drive: uri name manufacturer model serial_number wwn media protocol;
    Nic: uri id name mac permanent_mac uefi_device_path switch_chassis_id switch_port_id
        switch_port_description switch_system_name;
    PcieFunction: uri vendor_id device_id subsystem_vendor_id subsystem_id class_code
        device_class part_number serial_number;
    Location: row rack service_label info;
    Chassis: uri kind manufacturer model part_number serial_number asset_tag;
    Manager: uri model firmware_version host_name;
    ResourceBlock: uri id name kinds composition_state pool health zones chassis;
    ResourceZone: uri id name;
    AttachedDevice: uri kind block;
}

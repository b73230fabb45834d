//! Which network interfaces of a system are its BMC's, or lead to it.

use serde_json::Value;

use super::quirks::BMC_NIC_NAMES;
use super::read::{linked, members, text};
use super::{mac, neighbours};
use crate::redfish::{Document, ReadError, ResourcePath, Snapshot};

/// What the system's managers say of their own network.
#[derive(Default)]
pub(super) struct Bmc {
    /// Interfaces of the manager, or of the host towards it.
    paths: Vec<ResourcePath>,
    /// Addresses of the manager's own interfaces.
    macs: Vec<String>,
}

impl Bmc {
    pub(super) async fn read(snapshot: &Snapshot, system: &Document) -> Result<Self, ReadError> {
        let mut bmc = Self::default();
        let of_system = system.link("/EthernetInterfaces").transpose()?;
        for manager in neighbours::managers(snapshot, system).await? {
            for interface in linked(snapshot, &manager, "/EthernetInterfaces").await? {
                bmc.macs.extend(mac::first([interface.get("/MACAddress")]));
                bmc.paths.push(interface.path().clone());
            }
            for host in linked(snapshot, &manager, "/HostInterfaces").await? {
                let Some(towards) = host.link("/HostEthernetInterfaces").transpose()? else {
                    continue;
                };
                // Some services name all of the system's interfaces here.
                if Some(&towards) != of_system.as_ref() {
                    bmc.paths.extend(members(snapshot, &towards).await?);
                }
            }
        }
        Ok(bmc)
    }

    /// Why `interface` is no NIC of the host, if it is none.
    pub(super) fn claims(&self, interface: &Document) -> Option<String> {
        if interface
            .get("/Links/HostInterface")
            .is_some_and(Value::is_object)
            || self.paths.contains(interface.path())
        {
            return Some("Redfish says that it leads to the BMC".into());
        }
        if mac::first([interface.get("/MACAddress")]).is_ok_and(|mac| self.macs.contains(&mac)) {
            return Some("its MAC is the BMC's own".into());
        }
        let named = |pointer| text(interface.body(), pointer).filter(|name| is_bmc_name(name));
        named("/Id").or_else(|| named("/Name")).map(|name| {
            format!(
                "interfaces called `{}` lead to the BMC",
                crate::text::tame(&name, 40)
            )
        })
    }
}

pub(super) fn is_bmc_name(name: &str) -> bool {
    let name = name.to_lowercase();
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
    BMC_NIC_NAMES.iter().any(|(known, _)| *known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_way_to_the_bmc() {
        for name in ["ToManager", "usb0", "USB", "hmcusb1"] {
            assert!(is_bmc_name(name), "{name}");
        }
        for name in [
            "NIC.Slot.5-1",
            "usbnic-a",
            "1",
            "ManagementEthernet",
            "mgmt1",
        ] {
            assert!(!is_bmc_name(name), "{name}");
        }
    }
}

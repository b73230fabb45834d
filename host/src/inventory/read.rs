//! The inventory of one system.

use std::sync::Arc;

use super::{Drive, Identity, Location, Manager, Nic, PcieFunction, Processor};
use crate::redfish::{ReadError, ResourcePath, Snapshot};

/// The inventory of one system: so far, who it is.
pub struct Inventory {
    snapshot: Arc<Snapshot>,
    system: ResourcePath,
    identity: tokio::sync::OnceCell<Identity>,
}

impl Inventory {
    /// The inventory of `system`.
    pub fn new(snapshot: Arc<Snapshot>, system: ResourcePath) -> Self {
        Self {
            snapshot,
            system,
            identity: tokio::sync::OnceCell::new(),
        }
    }

    /// Who and what the system is.
    pub async fn identity(&self) -> Result<&Identity, ReadError> {
        self.identity
            .get_or_try_init(|| async {
                let system = self.snapshot.read(&self.system).await?;
                let text = |pointer: &str| system.text(pointer).map(str::to_owned);
                Ok(Identity {
                    manufacturer: text("/Manufacturer"),
                    model: text("/Model"),
                    serial_number: text("/SerialNumber"),
                    system_type: text("/SystemType"),
                    ..Identity::default()
                })
            })
            .await
    }

    /// Its processors.
    pub async fn processors(&self) -> Result<&[Processor], ReadError> {
        Ok(&[])
    }

    /// Its memory in MiB.
    pub async fn memory_mib(&self) -> Result<Option<u64>, ReadError> {
        Ok(None)
    }

    /// Its drives.
    pub async fn drives(&self) -> Result<&[Drive], ReadError> {
        Ok(&[])
    }

    /// Its network interfaces.
    pub async fn nics(&self) -> Result<&[Nic], ReadError> {
        Ok(&[])
    }

    /// Its PCIe functions.
    pub async fn pcie_functions(&self) -> Result<&[PcieFunction], ReadError> {
        Ok(&[])
    }

    /// Where it stands.
    pub async fn location(&self) -> Result<&Location, ReadError> {
        const NOWHERE: &Location = &Location {
            row: None,
            rack: None,
            unit: None,
            service_label: None,
            info: None,
        };
        Ok(NOWHERE)
    }

    /// Its BMC.
    pub async fn manager(&self) -> Result<Option<&Manager>, ReadError> {
        Ok(None)
    }

    /// Reads what every registration records.
    pub async fn read_standard_set(&self) {
        let _ = self.snapshot.read(&self.system).await;
    }
}

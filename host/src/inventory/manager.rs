//! The BMC.

use super::neighbours;
use super::read::{linked, text};
use super::types::Manager;
use crate::redfish::{Document, ReadError, Snapshot};

pub(super) async fn read(
    snapshot: &Snapshot,
    system: &Document,
) -> Result<Option<Manager>, ReadError> {
    let managers = neighbours::managers(snapshot, system).await?;
    let is_bmc = |manager: &&_| {
        let manager: &&std::sync::Arc<Document> = manager;
        manager.text("/ManagerType") == Some("BMC")
    };
    // An enclosure's manager may be named beside the BMC.
    let Some(manager) = managers.iter().find(is_bmc).or(managers.first()) else {
        return Ok(None);
    };
    let interfaces = linked(snapshot, manager, "/EthernetInterfaces").await?;
    Ok(Some(Manager {
        uri: manager.path().to_string(),
        model: text(manager.body(), "/Model"),
        firmware_version: text(manager.body(), "/FirmwareVersion"),
        host_name: interfaces
            .iter()
            .find_map(|interface| text(interface.body(), "/HostName")),
    }))
}

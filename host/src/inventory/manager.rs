//! The BMC.

use std::borrow::Cow;
use std::sync::Arc;

use super::found::Source;
use super::neighbours;
use super::read::{linked, text};
use super::types::Manager;
use crate::redfish::{Document, ReadError, Snapshot};

pub(super) async fn read(
    snapshot: &Snapshot,
    system: &Document,
) -> Result<(Option<Manager>, Vec<Source>), ReadError> {
    let managers = neighbours::managers(snapshot, system).await?;
    let is_bmc = |manager: &&_| {
        let manager: &&Arc<Document> = manager;
        manager.text("/ManagerType") == Some("BMC")
    };
    // An enclosure's manager may be named beside the BMC.
    let Some(manager) = managers.iter().find(is_bmc).or(managers.first()) else {
        return Ok((None, Vec::new()));
    };
    let interfaces = linked(snapshot, manager, "/EthernetInterfaces").await?;
    let mut sources = Vec::new();
    let mut said = |document: &Arc<Document>, pointer| {
        let said = text(document.body(), pointer)?;
        sources.push((Arc::clone(document), Cow::Borrowed(pointer)));
        Some(said)
    };
    let found = Manager {
        uri: manager.path().to_string(),
        model: said(manager, "/Model"),
        firmware_version: said(manager, "/FirmwareVersion"),
        host_name: interfaces
            .iter()
            .find_map(|interface| said(interface, "/HostName")),
    };
    Ok((Some(found), sources))
}

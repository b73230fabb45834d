//! The chassis that a system stands in.

use std::sync::Arc;

use super::fields::Fields;
use super::found::Source;
use super::neighbours;
use super::types::Chassis;
use crate::redfish::{Document, ReadError, Snapshot};

/// Its own, and those around it, the nearest first.
pub(super) async fn read(
    snapshot: &Snapshot,
    system: &Document,
) -> Result<(Vec<Chassis>, Vec<Source>), ReadError> {
    let around = neighbours::chassis_around(snapshot, system).await?;
    let mut sources = Vec::new();
    let found = around
        .iter()
        .map(|document| chassis(document, &mut sources))
        .collect();
    Ok((found, sources))
}

fn chassis(document: &Arc<Document>, sources: &mut Vec<Source>) -> Chassis {
    let mut fields = Fields::of(document, sources);
    Chassis {
        uri: document.path().to_string(),
        kind: fields.text("/ChassisType"),
        manufacturer: fields.text("/Manufacturer"),
        model: fields.text("/Model"),
        part_number: fields.text("/PartNumber"),
        serial_number: fields.text("/SerialNumber"),
        asset_tag: fields.text("/AssetTag"),
    }
}

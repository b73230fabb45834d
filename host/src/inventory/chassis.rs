//! The chassis that a system stands in.

use super::neighbours;
use super::read::text;
use super::types::Chassis;
use crate::redfish::{Document, ReadError, Snapshot};

/// Its own, and those around it, the nearest first.
pub(super) async fn read(
    snapshot: &Snapshot,
    system: &Document,
) -> Result<Vec<Chassis>, ReadError> {
    let around = neighbours::chassis_around(snapshot, system).await?;
    Ok(around.iter().map(|document| chassis(document)).collect())
}

fn chassis(document: &Document) -> Chassis {
    let body = document.body();
    Chassis {
        uri: document.path().to_string(),
        kind: text(body, "/ChassisType"),
        manufacturer: text(body, "/Manufacturer"),
        model: text(body, "/Model"),
        part_number: text(body, "/PartNumber"),
        serial_number: text(body, "/SerialNumber"),
        asset_tag: text(body, "/AssetTag"),
    }
}

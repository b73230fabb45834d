//! What an operating system could be installed on.

use std::sync::Arc;

use serde_json::Value;

use super::read::{count, is_there, linked, references, text};
use super::types::Drive;
use crate::redfish::{Document, ReadError, ResourcePath, Snapshot};

/// Volumes that are made of several drives stand for these; any other drive
/// stands for itself, with its serial number. `SimpleStorage`, an older view of
/// the same controllers, is asked where `Storage` has nothing of a known size.
pub(super) async fn read(snapshot: &Snapshot, system: &Document) -> Result<Vec<Drive>, ReadError> {
    let mut found = Vec::new();
    for storage in linked(snapshot, system, "/Storage").await? {
        let drives = linked(snapshot, &storage, "/Drives").await?;
        let volumes = linked(snapshot, &storage, "/Volumes").await?;
        found.extend(of_storage(&drives, &volumes)?);
    }
    if found.iter().all(|drive| drive.capacity_bytes.is_none()) {
        let simple = linked(snapshot, system, "/SimpleStorage").await?;
        let devices: Vec<_> = simple.iter().flat_map(|storage| devices(storage)).collect();
        if !devices.is_empty() {
            return Ok(devices);
        }
    }
    Ok(found)
}

fn of_storage(
    drives: &[Arc<Document>],
    volumes: &[Arc<Document>],
) -> Result<Vec<Drive>, ReadError> {
    let mut found = Vec::new();
    let mut hidden: Vec<ResourcePath> = Vec::new();
    for volume in volumes.iter().filter(|volume| is_there(volume.body())) {
        let mut members = references(volume.body(), "/Links/Drives")?;
        for drive in drives {
            let names_volume = references(drive.body(), "/Links/Volumes")?;
            if names_volume.contains(volume.path()) && !members.contains(drive.path()) {
                members.push(drive.path().clone());
            }
        }
        // A volume of one drive is that drive, under a name that says less.
        if members.len() != 1 {
            found.push(of_volume(volume));
            hidden.append(&mut members);
        }
    }
    found.extend(
        drives
            .iter()
            .filter(|drive| is_there(drive.body()) && !hidden.contains(drive.path()))
            .map(|drive| of_drive(drive.path().as_str(), drive.body())),
    );
    Ok(found)
}

fn of_volume(volume: &Document) -> Drive {
    let body = volume.body();
    Drive {
        uri: volume.path().to_string(),
        name: text(body, "/Name"),
        manufacturer: text(body, "/Manufacturer"),
        model: text(body, "/Model"),
        wwn: wwn(body),
        capacity_bytes: count(body, "/CapacityBytes")
            .or_else(|| count(body, "/Capacity/Data/AllocatedBytes")),
        ..Drive::default()
    }
}

fn of_drive(uri: &str, body: &Value) -> Drive {
    Drive {
        uri: uri.to_owned(),
        name: text(body, "/Name"),
        manufacturer: text(body, "/Manufacturer"),
        model: text(body, "/Model"),
        serial_number: text(body, "/SerialNumber"),
        wwn: wwn(body),
        capacity_bytes: count(body, "/CapacityBytes"),
        media: text(body, "/MediaType"),
        protocol: text(body, "/Protocol"),
    }
}

/// The devices of a `SimpleStorage` with a size: backplanes are listed too.
fn devices(storage: &Document) -> Vec<Drive> {
    let listed = storage.get("/Devices").and_then(Value::as_array);
    listed
        .into_iter()
        .flatten()
        .filter(|device| is_there(device))
        .map(|device| of_drive(storage.path().as_str(), device))
        .filter(|drive| drive.capacity_bytes.is_some())
        .collect()
}

fn wwn(body: &Value) -> Option<String> {
    let identifiers = body.pointer("/Identifiers")?.as_array()?;
    identifiers
        .iter()
        .find(|identifier| {
            let format = identifier.get("DurableNameFormat").and_then(Value::as_str);
            matches!(format, Some("NAA" | "EUI"))
        })
        .and_then(|identifier| text(identifier, "/DurableName"))
}

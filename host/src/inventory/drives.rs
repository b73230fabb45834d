//! What an operating system could be installed on.

use std::sync::Arc;

use serde_json::Value;

use super::fields::Fields;
use super::found::Source;
use super::read::{count, is_there, linked, references, text};
use super::types::Drive;
use crate::redfish::{Document, ReadError, ResourcePath, Snapshot, value_at};

/// Volumes that are made of several drives stand for these; any other drive
/// stands for itself, with its serial number. `SimpleStorage`, an older view of
/// the same controllers, is asked where `Storage` has nothing of a known size.
pub(super) async fn read(
    snapshot: &Snapshot,
    system: &Document,
) -> Result<(Vec<Drive>, Vec<Source>), ReadError> {
    let (mut found, mut sources) = (Vec::new(), Vec::new());
    for storage in linked(snapshot, system, "/Storage").await? {
        let drives = linked(snapshot, &storage, "/Drives").await?;
        let volumes = linked(snapshot, &storage, "/Volumes").await?;
        found.extend(of_storage(&drives, &volumes, &mut sources)?);
    }
    if found.iter().all(|drive| drive.capacity_bytes.is_none()) {
        let simple = linked(snapshot, system, "/SimpleStorage").await?;
        let (mut all, mut of_them) = (Vec::new(), Vec::new());
        for storage in &simple {
            all.extend(devices(storage, &mut of_them));
        }
        if !all.is_empty() {
            return Ok((all, of_them));
        }
    }
    Ok((found, sources))
}

fn of_storage(
    drives: &[Arc<Document>],
    volumes: &[Arc<Document>],
    sources: &mut Vec<Source>,
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
            found.push(of_volume(volume, sources));
            hidden.append(&mut members);
        }
    }
    found.extend(
        drives
            .iter()
            .filter(|drive| is_there(drive.body()) && !hidden.contains(drive.path()))
            .map(|drive| of_drive(drive.path().as_str(), Fields::of(drive, sources))),
    );
    Ok(found)
}

fn of_volume(volume: &Arc<Document>, sources: &mut Vec<Source>) -> Drive {
    let mut fields = Fields::of(volume, sources);
    Drive {
        uri: volume.path().to_string(),
        name: fields.text("/Name"),
        manufacturer: fields.text("/Manufacturer"),
        model: fields.text("/Model"),
        wwn: fields.by(IDENTIFIERS, wwn),
        capacity_bytes: fields
            .count("/CapacityBytes")
            .or_else(|| fields.count("/Capacity/Data/AllocatedBytes")),
        ..Drive::default()
    }
}

fn of_drive(uri: &str, mut fields: Fields<'_>) -> Drive {
    Drive {
        uri: uri.to_owned(),
        name: fields.text("/Name"),
        manufacturer: fields.text("/Manufacturer"),
        model: fields.text("/Model"),
        serial_number: fields.text("/SerialNumber"),
        wwn: fields.by(IDENTIFIERS, wwn),
        capacity_bytes: fields.count("/CapacityBytes"),
        media: fields.text("/MediaType"),
        protocol: fields.text("/Protocol"),
    }
}

/// The devices of a `SimpleStorage` with a size: backplanes are listed too.
fn devices(storage: &Arc<Document>, sources: &mut Vec<Source>) -> Vec<Drive> {
    let mut found = Vec::new();
    let listed = storage.get("/Devices").and_then(Value::as_array);
    for (place, device) in listed.into_iter().flatten().enumerate() {
        if !is_there(device) || count(device, "/CapacityBytes").is_none() {
            continue;
        }
        let fields = Fields::within(storage, format!("/Devices/{place}"), device, sources);
        found.push(of_drive(storage.path().as_str(), fields));
    }
    found
}

const IDENTIFIERS: &str = "/Identifiers";

fn wwn(body: &Value, identifiers: &str) -> Option<String> {
    let identifiers = value_at(body, identifiers)?.as_array()?;
    identifiers
        .iter()
        .find(|identifier| {
            let format = identifier.get("DurableNameFormat").and_then(Value::as_str);
            matches!(format, Some("NAA" | "EUI"))
        })
        .and_then(|identifier| text(identifier, "/DurableName"))
}

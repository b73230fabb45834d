//! Who and what the system is.

use super::quirks::{BOOT_MODE_ATTRIBUTE, BOOT_MODES, PLACEHOLDER_UUIDS, look_up};
use super::read::{present, text};
use super::types::Identity;
use crate::redfish::{Document, ReadError, Snapshot};

pub(super) async fn read(snapshot: &Snapshot, system: &Document) -> Result<Identity, ReadError> {
    let body = system.body();
    Ok(Identity {
        manufacturer: text(body, "/Manufacturer"),
        model: text(body, "/Model"),
        sku: text(body, "/SKU"),
        part_number: text(body, "/PartNumber"),
        serial_number: text(body, "/SerialNumber"),
        uuid: text(body, "/UUID").and_then(|uuid| canonical(&uuid)),
        asset_tag: text(body, "/AssetTag"),
        host_name: text(body, "/HostName"),
        bios_version: text(body, "/BiosVersion"),
        system_type: text(body, "/SystemType"),
        health: text(body, "/Status/HealthRollup").or_else(|| text(body, "/Status/Health")),
        boot_mode: boot_mode(snapshot, system).await?,
    })
}

/// `uuid` as RFC 9562 writes it; none for what is no UUID or nobody's own.
fn canonical(uuid: &str) -> Option<String> {
    let uuid = uuid::Uuid::try_parse(uuid).ok()?.hyphenated().to_string();
    look_up(PLACEHOLDER_UUIDS, &uuid).is_none().then_some(uuid)
}

/// How the machine boots. Ironic's own inspection goes by the override's mode
/// too; the BIOS is read only where the system does not say.
async fn boot_mode(snapshot: &Snapshot, system: &Document) -> Result<Option<String>, ReadError> {
    if let Some(mode) = text(system.body(), "/Boot/BootSourceOverrideMode")
        .and_then(|mode| look_up(BOOT_MODES, &mode))
    {
        return Ok(Some(mode.to_owned()));
    }
    let Some(path) = system.link("/Bios").transpose()? else {
        return Ok(None);
    };
    let bios = present(snapshot.read(&path).await)?;
    Ok(bios
        .and_then(|bios| text(bios.body(), BOOT_MODE_ATTRIBUTE))
        .and_then(|mode| look_up(BOOT_MODES, &mode))
        .map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_canonical_or_none() {
        let canonical_form = Some("38947555-7742-3448-3784-823347823834".to_owned());
        for uuid in [
            "38947555-7742-3448-3784-823347823834",
            "{38947555-7742-3448-3784-823347823834}",
            "38947555774234483784823347823834",
        ] {
            assert_eq!(canonical(uuid), canonical_form);
        }
        for uuid in [
            "00000000-0000-0000-0000-000000000000",
            "03000200-0400-0500-0006-000700080009",
            "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
            "4c4c4544",
        ] {
            assert_eq!(canonical(uuid), None);
        }
    }
}

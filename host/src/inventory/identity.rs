//! Who and what the system is.

use std::borrow::Cow;
use std::sync::Arc;

use super::found::Source;
use super::quirks::{BOOT_MODE_ATTRIBUTE, BOOT_MODES, PLACEHOLDER_UUIDS, look_up};
use super::read::{present, text};
use super::types::Identity;
use crate::redfish::{Document, ReadError, Snapshot};

const OVERRIDE_MODE: &str = "/Boot/BootSourceOverrideMode";

pub(super) async fn read(
    snapshot: &Snapshot,
    system: &Arc<Document>,
) -> Result<(Identity, Vec<Source>), ReadError> {
    let mut sources = Vec::with_capacity(12);
    let mut said = |pointer| {
        let said = text(system.body(), pointer)?;
        sources.push((Arc::clone(system), Cow::Borrowed(pointer)));
        Some(said)
    };
    let mut identity = Identity {
        manufacturer: said("/Manufacturer"),
        model: said("/Model"),
        sku: said("/SKU"),
        part_number: said("/PartNumber"),
        serial_number: said("/SerialNumber"),
        uuid: said("/UUID").and_then(|uuid| canonical(&uuid)),
        asset_tag: said("/AssetTag"),
        host_name: said("/HostName"),
        bios_version: said("/BiosVersion"),
        system_type: said("/SystemType"),
        health: said("/Status/HealthRollup").or_else(|| said("/Status/Health")),
        boot_mode: None,
    };
    if let Some((mode, source)) = boot_mode(snapshot, system).await? {
        identity.boot_mode = Some(mode.to_owned());
        sources.push(source);
    }
    Ok((identity, sources))
}

/// `uuid` as RFC 9562 writes it; none for what is no UUID or nobody's own.
fn canonical(uuid: &str) -> Option<String> {
    let uuid = uuid::Uuid::try_parse(uuid).ok()?.hyphenated().to_string();
    look_up(PLACEHOLDER_UUIDS, &uuid).is_none().then_some(uuid)
}

/// How the machine boots. Ironic's own inspection goes by the override's mode
/// too; the BIOS is read only where the system does not say.
async fn boot_mode(
    snapshot: &Snapshot,
    system: &Arc<Document>,
) -> Result<Option<(&'static str, Source)>, ReadError> {
    let of = |document: &Arc<Document>, pointer| {
        let mode = look_up(BOOT_MODES, &text(document.body(), pointer)?)?;
        Some((mode, (Arc::clone(document), Cow::Borrowed(pointer))))
    };
    if let Some(mode) = of(system, OVERRIDE_MODE) {
        return Ok(Some(mode));
    }
    let Some(path) = system.link("/Bios").transpose()? else {
        return Ok(None);
    };
    let bios = present(snapshot.read(&path).await)?;
    Ok(bios.and_then(|bios| of(&bios, BOOT_MODE_ATTRIBUTE)))
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

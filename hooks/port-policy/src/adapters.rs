//! Network interfaces from the adapters in the chassis, for services whose
//! systems list only those that are in use.

use valence_hook::inventory::Nic;
use valence_hook::text::mac;
use valence_hook::{Document, ReadError, Registration, Value};

/// Where the parts of an adapter are, and where each part has its address; the
/// first that an adapter has counts. The last one is what Redfish had before 2020.
const PARTS: [(&str, [&str; 2]); 3] = [
    (
        "/NetworkDeviceFunctions",
        ["/Ethernet/PermanentMACAddress", "/Ethernet/MACAddress"],
    ),
    (
        "/Ports",
        [
            "/Ethernet/AssociatedMACAddresses/0",
            "/AssociatedNetworkAddresses/0",
        ],
    ),
    (
        "/NetworkPorts",
        [
            "/AssociatedNetworkAddresses/0",
            "/Ethernet/AssociatedMACAddresses/0",
        ],
    ),
];

pub(crate) fn nics(registration: &Registration) -> Result<Vec<Nic>, ReadError> {
    let nearest = registration.chassis()?.into_iter().next();
    let Some(chassis) = nearest.and_then(|chassis| registration.document(&chassis.uri)) else {
        return Ok(Vec::new());
    };
    let systems: Option<Vec<Value>> = chassis.get("/Links/ComputerSystems")?;
    if systems.is_some_and(|systems| systems.len() > 1) {
        // Nothing says which of them an adapter belongs to.
        return Ok(Vec::new());
    }
    let adapters = chassis.follow("/NetworkAdapters")?;
    let mut found = Vec::new();
    for adapter in members(adapters)? {
        for (collection, addresses) in PARTS {
            let before = found.len();
            for part in members(adapter.follow(collection)?)? {
                found.extend(nic(&part, addresses)?);
            }
            if found.len() > before {
                break;
            }
        }
    }
    Ok(found)
}

fn nic(part: &Document, addresses: [&str; 2]) -> Result<Option<Nic>, ReadError> {
    let [first, second] = addresses.map(|pointer| part.text(pointer));
    let Some(address) = first?
        .as_deref()
        .and_then(mac)
        .or(second?.as_deref().and_then(mac))
    else {
        return Ok(None);
    };
    let uri = part.uri();
    Ok(Some(Nic {
        id: part.text("/Id")?.unwrap_or_else(|| uri.clone()),
        name: part.text("/Name")?,
        mac: Some(address),
        uri,
        ..Nic::default()
    }))
}

/// The members of a collection; none where there is no such collection.
fn members(collection: Option<Document>) -> Result<Vec<Document>, ReadError> {
    let members = collection.map_or(Ok(None), |collection| collection.members());
    match members {
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        other => Ok(other?.unwrap_or_default()),
    }
}

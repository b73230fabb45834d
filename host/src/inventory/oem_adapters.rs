//! Network adapters in vendors' own terms, for services that tell MACs nowhere else.

use serde_json::Value;

use super::adapters;
use super::mac;
use super::nics::{Nics, id, left_out, link_up};
use super::quirks::OEM_ADAPTERS;
use super::read::{count32, linked, text};
use super::types::Nic;
use crate::redfish::{Document, ReadError, Snapshot};

pub(super) async fn read(
    snapshot: &Snapshot,
    system: &Document,
    found: &mut Nics,
) -> Result<(), ReadError> {
    for (link, ports, _) in OEM_ADAPTERS {
        for adapter in linked(snapshot, system, link).await? {
            let listed = adapter.get(ports).and_then(Value::as_array);
            for (n, port) in listed.into_iter().flatten().enumerate() {
                add(&adapter, &format!("{ports}/{n}"), port, found);
            }
        }
    }
    Ok(())
}

fn add(adapter: &Document, at: &str, port: &Value, found: &mut Nics) {
    let nic = Nic {
        uri: format!("{}#{at}", adapter.path()),
        id: format!("{}{}", id(adapter), at.replace('/', "-")),
        name: text(port, "/Name").or_else(|| text(adapter.body(), "/Name")),
        speed_mbps: count32(port, "/SpeedMbps"),
        link_up: text(port, "/LinkStatus").as_deref().and_then(link_up),
        ..Nic::default()
    };
    match mac::first([port.get("MacAddress"), port.get("MACAddress")]) {
        Ok(mac) if adapters::is_new(&mac, found) => found.nics.push(Nic {
            mac: Some(mac),
            ..nic
        }),
        Ok(_) => {}
        Err(reason) => {
            let mut left = left_out(adapter, reason);
            (left.uri, left.id) = (nic.uri, nic.id);
            found.left_out.push(left);
        }
    }
}

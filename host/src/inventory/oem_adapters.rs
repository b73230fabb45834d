//! Network adapters in vendors' own terms, for services that tell MACs nowhere else.

use std::sync::Arc;

use serde_json::Value;

use super::adapters;
use super::fields::Fields;
use super::nics::{Gathered, id, left_out, link_status};
use super::quirks::OEM_ADAPTERS;
use super::read::{linked, text};
use super::types::Nic;
use crate::redfish::{Document, ReadError, Snapshot};

pub(super) async fn read(
    snapshot: &Snapshot,
    system: &Document,
    all: &mut Gathered,
) -> Result<(), ReadError> {
    for (link, ports, _) in OEM_ADAPTERS {
        for adapter in linked(snapshot, system, link).await? {
            let listed = adapter.get(ports).and_then(Value::as_array);
            for (n, port) in listed.into_iter().flatten().enumerate() {
                add(&adapter, &format!("{ports}/{n}"), port, all);
            }
        }
    }
    Ok(())
}

fn add(adapter: &Arc<Document>, at: &str, port: &Value, all: &mut Gathered) {
    let mut sources = Vec::new();
    let mut fields = Fields::within(adapter, at.to_owned(), port, &mut sources);
    let mac = fields.mac(&["/MacAddress", "/MACAddress"]);
    let nic = Nic {
        uri: format!("{}#{at}", adapter.path()),
        id: format!("{}{}", id(adapter), at.replace('/', "-")),
        name: fields
            .text("/Name")
            .or_else(|| text(adapter.body(), "/Name")),
        speed_mbps: fields.count32("/SpeedMbps"),
        link_up: fields.by("/LinkStatus", link_status),
        ..Nic::default()
    };
    let found = &mut all.found;
    match mac {
        Ok(mac) if adapters::is_new(&mac, found) => {
            found.nics.push(Nic {
                mac: Some(mac),
                ..nic
            });
            all.sources.append(&mut sources);
        }
        Ok(_) => {}
        Err(reason) => {
            let mut left = left_out(adapter, reason);
            (left.uri, left.id) = (nic.uri, nic.id);
            found.left_out.push(left);
        }
    }
}

//! The host's network interfaces.

use std::sync::Arc;

use serde_json::Value;

use super::adapters;
use super::bmc::Bmc;
use super::fields::Fields;
use super::found::Source;
use super::read::{linked, read_all, references, text};
use super::types::{LeftOut, Nic};
use crate::redfish::{Document, ReadError, Snapshot, value_at};

/// The NICs, and the interfaces that are listed and give no port.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Nics {
    /// A NIC may be without a MAC: then it is among `left_out` too.
    pub(super) nics: Vec<Nic>,
    pub(super) left_out: Vec<LeftOut>,
}

/// The same while it is put together, with what it is made from.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) found: Nics,
    pub(super) sources: Vec<Source>,
}

/// The System's own `EthernetInterfaces`. Where none of them has a proper MAC,
/// those of its network adapters stand in.
pub(super) async fn read(
    snapshot: &Snapshot,
    system: &Document,
) -> Result<(Nics, Vec<Source>), ReadError> {
    let listed = linked(snapshot, system, "/EthernetInterfaces").await?;
    let bmc = Bmc::read(snapshot, system).await?;
    let Gathered {
        found: own,
        sources,
    } = of_interfaces(snapshot, &bmc, &listed).await?;
    if own.nics.iter().any(|nic| nic.mac.is_some()) {
        return Ok((own, sources));
    }
    let Gathered {
        found: mut instead,
        sources: of_adapters,
    } = adapters::read(snapshot, system).await?;
    if instead.nics.iter().any(|nic| nic.mac.is_some()) {
        // The same NICs, seen from elsewhere: only what is no NIC stays worth telling.
        let of_no_nic = |left: &LeftOut| own.nics.iter().all(|nic| nic.uri != left.uri);
        instead
            .left_out
            .extend(own.left_out.into_iter().filter(of_no_nic));
        return Ok((instead, of_adapters));
    }
    let all = Nics {
        nics: own.nics,
        left_out: own.left_out.into_iter().chain(instead.left_out).collect(),
    };
    Ok((all, sources))
}

async fn of_interfaces(
    snapshot: &Snapshot,
    bmc: &Bmc,
    listed: &[Arc<Document>],
) -> Result<Gathered, ReadError> {
    let (mut found, mut sources) = (Nics::default(), Vec::new());
    // Interfaces with a VLAN last: of two with one MAC the plain one is the NIC.
    let (tagged, plain): (Vec<_>, Vec<_>) = listed.iter().partition(|interface| {
        interface.get("/VLAN/VLANEnable").and_then(Value::as_bool) == Some(true)
    });
    for interface in plain.into_iter().chain(tagged) {
        let why_not = virtual_interface(interface).or_else(|| bmc.claims(interface));
        if let Some(reason) = why_not {
            found.left_out.push(left_out(interface, reason));
            continue;
        }
        let mut of_this = Vec::new();
        let mut fields = Fields::of(interface, &mut of_this);
        let mac = fields.mac(&["/MACAddress", "/PermanentMACAddress"]);
        let mut nic = nic(interface, &mut fields);
        match mac {
            Ok(mac)
                if found
                    .nics
                    .iter()
                    .any(|other| other.mac.as_ref() == Some(&mac)) =>
            {
                let reason = format!("another interface has its MAC `{mac}` already");
                found.left_out.push(left_out(interface, reason));
                continue;
            }
            Ok(mac) => nic.mac = Some(mac),
            Err(reason) => found.left_out.push(left_out(interface, reason)),
        }
        let ports = references(interface.body(), "/Links/Ports")?;
        if let Some(port) = read_all(snapshot, ports).await?.first() {
            adapters::add_switch(&mut nic, &mut Fields::of(port, &mut of_this));
        }
        sources.append(&mut of_this);
        found.nics.push(nic);
    }
    let place = |uri: &str| listed.iter().position(|other| other.path().as_str() == uri);
    found.nics.sort_by_key(|nic| place(&nic.uri));
    found.left_out.sort_by_key(|left| place(&left.uri));
    Ok(Gathered { found, sources })
}

fn virtual_interface(interface: &Document) -> Option<String> {
    (interface.text("/EthernetInterfaceType") == Some("Virtual"))
        .then(|| "Redfish says that it is virtual".into())
}

fn nic(interface: &Document, fields: &mut Fields<'_>) -> Nic {
    Nic {
        uri: interface.path().to_string(),
        id: id(interface),
        name: fields.text("/Name"),
        permanent_mac: fields.mac(&["/PermanentMACAddress"]).ok(),
        speed_mbps: fields.count32("/SpeedMbps"),
        link_up: fields.by("/LinkStatus", link_status),
        uefi_device_path: fields.text("/UefiDevicePath"),
        ..Nic::default()
    }
}

/// What stands at `pointer`, as [`link_up`] reads it.
pub(super) fn link_status(body: &Value, pointer: &str) -> Option<bool> {
    link_up(value_at(body, pointer)?.as_str()?)
}

/// Redfish `LinkStatus` of interfaces and of ports; none for a link that is being
/// trained.
fn link_up(status: &str) -> Option<bool> {
    match status {
        "LinkUp" | "Up" => Some(true),
        "LinkDown" | "NoLink" | "Down" => Some(false),
        _ => None,
    }
}

/// The `Id`, else the last part of the path: the contract wants one.
pub(super) fn id(document: &Document) -> String {
    text(document.body(), "/Id").unwrap_or_else(|| document.path().last_segment().to_owned())
}

pub(super) fn left_out(document: &Document, reason: String) -> LeftOut {
    LeftOut {
        uri: document.path().to_string(),
        id: id(document),
        reason,
    }
}

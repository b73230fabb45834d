//! The host's network interfaces.

use std::sync::Arc;

use serde_json::Value;

use super::bmc::Bmc;
use super::read::{count32, linked, read_all, references, text};
use super::types::{LeftOut, Nic};
use super::{adapters, mac};
use crate::redfish::{Document, ReadError, Snapshot};

/// The NICs, and the interfaces that are listed and give no port.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Nics {
    /// A NIC may be without a MAC: then it is among `left_out` too.
    pub(super) nics: Vec<Nic>,
    pub(super) left_out: Vec<LeftOut>,
}

/// The System's own `EthernetInterfaces`. Where none of them has a proper MAC,
/// those of its network adapters stand in.
pub(super) async fn read(snapshot: &Snapshot, system: &Document) -> Result<Nics, ReadError> {
    let listed = linked(snapshot, system, "/EthernetInterfaces").await?;
    let bmc = Bmc::read(snapshot, system).await?;
    let own = of_interfaces(snapshot, &bmc, &listed).await?;
    if own.nics.iter().any(|nic| nic.mac.is_some()) {
        return Ok(own);
    }
    let mut instead = adapters::read(snapshot, system).await?;
    if instead.nics.iter().any(|nic| nic.mac.is_some()) {
        // The same NICs, seen from elsewhere: only what is no NIC stays worth telling.
        let of_no_nic = |left: &LeftOut| own.nics.iter().all(|nic| nic.uri != left.uri);
        instead
            .left_out
            .extend(own.left_out.into_iter().filter(of_no_nic));
        return Ok(instead);
    }
    Ok(Nics {
        nics: own.nics,
        left_out: own.left_out.into_iter().chain(instead.left_out).collect(),
    })
}

async fn of_interfaces(
    snapshot: &Snapshot,
    bmc: &Bmc,
    listed: &[Arc<Document>],
) -> Result<Nics, ReadError> {
    let mut found = Nics::default();
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
        let mut nic = nic(interface);
        let mac = mac::first([
            interface.get("/MACAddress"),
            interface.get("/PermanentMACAddress"),
        ]);
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
            adapters::add_switch(&mut nic, port);
        }
        found.nics.push(nic);
    }
    let place = |uri: &str| listed.iter().position(|other| other.path().as_str() == uri);
    found.nics.sort_by_key(|nic| place(&nic.uri));
    found.left_out.sort_by_key(|left| place(&left.uri));
    Ok(found)
}

fn virtual_interface(interface: &Document) -> Option<String> {
    (interface.text("/EthernetInterfaceType") == Some("Virtual"))
        .then(|| "Redfish says that it is virtual".into())
}

fn nic(interface: &Document) -> Nic {
    let body = interface.body();
    Nic {
        uri: interface.path().to_string(),
        id: id(interface),
        name: text(body, "/Name"),
        permanent_mac: mac::first([interface.get("/PermanentMACAddress")]).ok(),
        speed_mbps: count32(body, "/SpeedMbps"),
        link_up: interface.text("/LinkStatus").and_then(link_up),
        uefi_device_path: text(body, "/UefiDevicePath"),
        ..Nic::default()
    }
}

/// Redfish `LinkStatus` of interfaces and of ports; none for a link that is being
/// trained.
pub(super) fn link_up(status: &str) -> Option<bool> {
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

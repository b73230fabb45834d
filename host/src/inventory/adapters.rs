//! Network adapters: where MACs stand when a system has no usable
//! `EthernetInterfaces`.

use std::sync::Arc;

use serde_json::Value;

use super::fields::Fields;
use super::found::Source;
use super::nics::{Gathered, Nics, id, left_out, link_status};
use super::read::{linked, present, whole};
use super::types::Nic;
use super::{mac, neighbours, oem_adapters};
use crate::redfish::{Document, ReadError, Snapshot, value_at};

/// The device functions and ports of one adapter.
struct Adapter {
    functions: Vec<Arc<Document>>,
    ports: Vec<Arc<Document>>,
}

pub(super) async fn read(snapshot: &Snapshot, system: &Document) -> Result<Gathered, ReadError> {
    let mut all = Gathered::default();
    for document in of_system(snapshot, system, &mut all.found).await? {
        let adapter = Adapter::read(snapshot, &document).await?;
        let before = all.found.nics.len();
        for function in &adapter.functions {
            adapter.add_function(function, &mut all);
        }
        if all.found.nics.len() == before {
            for port in &adapter.ports {
                add_port(port, &mut all);
            }
        }
    }
    if all.found.nics.is_empty() {
        oem_adapters::read(snapshot, system, &mut all).await?;
    }
    Ok(all)
}

/// Reads what [`read`] would, for the record; errors stay in the snapshot.
pub(super) async fn touch(snapshot: &Snapshot, system: &Document) {
    let adapters = of_system(snapshot, system, &mut Nics::default()).await;
    for document in adapters.unwrap_or_default() {
        let _ = Adapter::read(snapshot, &document).await;
    }
}

/// The adapters of `system`: those that its `NetworkInterfaces` lead to, else all
/// of its chassis, unless other systems share that chassis.
async fn of_system(
    snapshot: &Snapshot,
    system: &Document,
    found: &mut Nics,
) -> Result<Vec<Arc<Document>>, ReadError> {
    let mut adapters = Vec::new();
    for interface in linked(snapshot, system, "/NetworkInterfaces").await? {
        let adapter = match interface.link("/Links/NetworkAdapter").transpose()? {
            Some(path) => present(snapshot.read(&path).await)?,
            None => None,
        };
        adapters.push(adapter.unwrap_or(interface));
    }
    if !adapters.is_empty() {
        return Ok(adapters);
    }
    for chassis in neighbours::chassis(snapshot, system).await? {
        let listed = linked(snapshot, &chassis, "/NetworkAdapters").await?;
        let shared = super::read::references(chassis.body(), "/Links/ComputerSystems")?
            .iter()
            .any(|other| other != system.path());
        if shared {
            let reason = "several systems share its chassis, and nothing says whose it is";
            found.left_out.extend(
                listed
                    .iter()
                    .map(|adapter| left_out(adapter, reason.into())),
            );
        } else {
            adapters.extend(listed);
        }
    }
    Ok(adapters)
}

impl Adapter {
    async fn read(snapshot: &Snapshot, document: &Document) -> Result<Self, ReadError> {
        let mut ports = linked(snapshot, document, "/Ports").await?;
        if ports.is_empty() {
            ports = linked(snapshot, document, "/NetworkPorts").await?;
        }
        Ok(Self {
            functions: linked(snapshot, document, "/NetworkDeviceFunctions").await?,
            ports,
        })
    }

    fn add_function(&self, function: &Arc<Document>, all: &mut Gathered) {
        let kind = function.text("/NetDevFuncType").unwrap_or("Ethernet");
        if kind != "Ethernet" {
            let reason = format!("it is a function of type `{}`", crate::text::tame(kind, 40));
            all.found.left_out.push(left_out(function, reason));
            return;
        }
        let mut sources = Vec::new();
        let mut fields = Fields::of(function, &mut sources);
        let permanent = "/Ethernet/PermanentMACAddress";
        let mac = fields.mac(&["/Ethernet/MACAddress", permanent]);
        let mut nic = Nic {
            permanent_mac: fields.mac(&[permanent]).ok(),
            ..bare(function, &mut fields)
        };
        if let Some(port) = self.port_of(function) {
            add_link(&mut nic, &mut Fields::of(port, &mut sources));
        }
        all.add(nic, mac, function, sources);
    }

    fn port_of(&self, function: &Document) -> Option<&Arc<Document>> {
        let path = [
            "/Links/PhysicalPortAssignment",
            "/Links/PhysicalNetworkPortAssignment",
            "/PhysicalPortAssignment",
        ]
        .iter()
        .find_map(|pointer| function.link(pointer)?.ok())?;
        self.ports.iter().find(|port| *port.path() == path)
    }
}

/// A port stands for one NIC, the first whose address it carries: the others are
/// partitions and virtual functions of it.
fn add_port(port: &Arc<Document>, all: &mut Gathered) {
    let carried = [
        "/Ethernet/AssociatedMACAddresses",
        "/AssociatedNetworkAddresses",
        "/AssociatedMACAddresses",
    ];
    let addresses: Vec<_> = carried
        .iter()
        .filter_map(|pointer| Some((pointer, port.get(pointer)?.as_array()?)))
        .flat_map(|(pointer, listed)| listed.iter().enumerate().map(move |one| (pointer, one)))
        .collect();
    let mut sources = Vec::new();
    let mut fields = Fields::of(port, &mut sources);
    let mac = mac::first(addresses.iter().map(|(_, (_, address))| Some(*address)));
    let is_it = |address: &Value| mac.is_ok() && mac::first([Some(address)]) == mac;
    let from = addresses.iter().find(|(_, (_, address))| is_it(address));
    if let Some((pointer, (place, _))) = from {
        fields.note(format!("{pointer}/{place}"));
    }
    let mut nic = bare(port, &mut fields);
    add_link(&mut nic, &mut fields);
    all.add(nic, mac, port, sources);
}

fn bare(document: &Document, fields: &mut Fields<'_>) -> Nic {
    Nic {
        uri: document.path().to_string(),
        id: id(document),
        name: fields.text("/Name"),
        ..Nic::default()
    }
}

impl Gathered {
    fn add(
        &mut self,
        mut nic: Nic,
        mac: Result<String, String>,
        document: &Document,
        mut sources: Vec<Source>,
    ) {
        let found = &mut self.found;
        match mac {
            Ok(mac) if is_new(&mac, found) => {
                nic.mac = Some(mac);
                found.nics.push(nic);
                self.sources.append(&mut sources);
            }
            Ok(mac) => {
                let reason = format!("another interface has its MAC `{mac}` already");
                found.left_out.push(left_out(document, reason));
            }
            Err(reason) => found.left_out.push(left_out(document, reason)),
        }
    }
}

/// Whether no NIC has this address yet.
pub(super) fn is_new(mac: &str, found: &Nics) -> bool {
    found
        .nics
        .iter()
        .all(|other| other.mac.as_deref() != Some(mac))
}

fn add_link(nic: &mut Nic, port: &mut Fields<'_>) {
    let from_gbps = |body: &Value, pointer: &str| -> Option<u32> {
        let mbps = whole(value_at(body, pointer)?.as_f64()? * 1000.0)?;
        mbps.try_into().ok().filter(|mbps| *mbps > 0)
    };
    nic.speed_mbps = port
        .by("/CurrentSpeedGbps", from_gbps)
        .or_else(|| port.count32("/CurrentLinkSpeedMbps"));
    nic.link_up = port.by("/LinkStatus", link_status);
    add_switch(nic, port);
}

/// What LLDP told a port (Redfish `Port`, `Ethernet.LLDPReceive`).
pub(super) fn add_switch(nic: &mut Nic, port: &mut Fields<'_>) {
    nic.switch_chassis_id = port.text("/Ethernet/LLDPReceive/ChassisId");
    nic.switch_port_id = port.text("/Ethernet/LLDPReceive/PortId");
    nic.switch_port_description = port.text("/Ethernet/LLDPReceive/PortDescription");
    nic.switch_system_name = port.text("/Ethernet/LLDPReceive/SystemName");
}

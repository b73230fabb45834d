//! Network adapters: where MACs stand when a system has no usable
//! `EthernetInterfaces`.

use std::sync::Arc;

use super::nics::{Nics, id, left_out, link_up};
use super::read::{count32, linked, present, text, whole};
use super::types::Nic;
use super::{mac, neighbours, oem_adapters};
use crate::redfish::{Document, ReadError, Snapshot};

/// The device functions and ports of one adapter.
struct Adapter {
    functions: Vec<Arc<Document>>,
    ports: Vec<Arc<Document>>,
}

pub(super) async fn read(snapshot: &Snapshot, system: &Document) -> Result<Nics, ReadError> {
    let mut found = Nics::default();
    for document in of_system(snapshot, system, &mut found).await? {
        let adapter = Adapter::read(snapshot, &document).await?;
        let before = found.nics.len();
        for function in &adapter.functions {
            adapter.add_function(function, &mut found);
        }
        if found.nics.len() == before {
            for port in &adapter.ports {
                add_port(port, &mut found);
            }
        }
    }
    if found.nics.is_empty() {
        oem_adapters::read(snapshot, system, &mut found).await?;
    }
    Ok(found)
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

    fn add_function(&self, function: &Document, found: &mut Nics) {
        let kind = function.text("/NetDevFuncType").unwrap_or("Ethernet");
        if kind != "Ethernet" {
            let reason = format!("it is a function of type `{}`", crate::text::tame(kind, 40));
            found.left_out.push(left_out(function, reason));
            return;
        }
        let mut nic = Nic {
            permanent_mac: mac::first([function.get("/Ethernet/PermanentMACAddress")]).ok(),
            ..bare(function)
        };
        let mac = mac::first([
            function.get("/Ethernet/MACAddress"),
            function.get("/Ethernet/PermanentMACAddress"),
        ]);
        if let Some(port) = self.port_of(function) {
            add_link(&mut nic, port);
        }
        add(nic, mac, function, found);
    }

    fn port_of(&self, function: &Document) -> Option<&Document> {
        let path = [
            "/Links/PhysicalPortAssignment",
            "/Links/PhysicalNetworkPortAssignment",
            "/PhysicalPortAssignment",
        ]
        .iter()
        .find_map(|pointer| function.link(pointer)?.ok())?;
        self.ports
            .iter()
            .find(|port| *port.path() == path)
            .map(Arc::as_ref)
    }
}

/// A port stands for one NIC, the first whose address it carries: the others are
/// partitions and virtual functions of it.
fn add_port(port: &Document, found: &mut Nics) {
    let carried = [
        "/Ethernet/AssociatedMACAddresses",
        "/AssociatedNetworkAddresses",
        "/AssociatedMACAddresses",
    ];
    let addresses = carried
        .iter()
        .filter_map(|pointer| port.get(pointer)?.as_array())
        .flatten()
        .map(Some);
    let mac = mac::first(addresses);
    let mut nic = bare(port);
    add_link(&mut nic, port);
    add(nic, mac, port, found);
}

fn bare(document: &Document) -> Nic {
    Nic {
        uri: document.path().to_string(),
        id: id(document),
        name: text(document.body(), "/Name"),
        ..Nic::default()
    }
}

fn add(mut nic: Nic, mac: Result<String, String>, document: &Document, found: &mut Nics) {
    match mac {
        Ok(mac) if is_new(&mac, found) => {
            nic.mac = Some(mac);
            found.nics.push(nic);
        }
        Ok(mac) => {
            let reason = format!("another interface has its MAC `{mac}` already");
            found.left_out.push(left_out(document, reason));
        }
        Err(reason) => found.left_out.push(left_out(document, reason)),
    }
}

/// Whether no NIC has this address yet.
pub(super) fn is_new(mac: &str, found: &Nics) -> bool {
    found
        .nics
        .iter()
        .all(|other| other.mac.as_deref() != Some(mac))
}

fn add_link(nic: &mut Nic, port: &Document) {
    let gbps = port
        .get("/CurrentSpeedGbps")
        .and_then(|value| value.as_f64());
    nic.speed_mbps = gbps
        .and_then(|gbps| whole(gbps * 1000.0))
        .filter(|mbps| *mbps > 0)
        .and_then(|mbps| mbps.try_into().ok())
        .or_else(|| count32(port.body(), "/CurrentLinkSpeedMbps"));
    nic.link_up = port.text("/LinkStatus").and_then(link_up);
    add_switch(nic, port);
}

/// What LLDP told `port` (Redfish `Port`, `Ethernet.LLDPReceive`).
pub(super) fn add_switch(nic: &mut Nic, port: &Document) {
    let heard = |key: &str| text(port.body(), &format!("/Ethernet/LLDPReceive/{key}"));
    nic.switch_chassis_id = heard("ChassisId");
    nic.switch_port_id = heard("PortId");
    nic.switch_port_description = heard("PortDescription");
    nic.switch_system_name = heard("SystemName");
}

//! Resource blocks that systems can be composed of.

use serde_json::{Value, json};

use super::documents::{Documents, collection, link, links};
use super::machine::nic;

pub(super) const SERVICE: &str = "/redfish/v1/CompositionService";
pub(super) const BLOCKS: &str = "/redfish/v1/CompositionService/ResourceBlocks";
pub(super) const ZONES: &str = "/redfish/v1/CompositionService/ResourceZones";
pub(super) const FREE: &str = "/redfish/v1/CompositionService/FreePool";
pub(super) const ACTIVE: &str = "/redfish/v1/CompositionService/ActivePool";

/// The blocks of a composition service, and which of them go together.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    blocks: Vec<Block>,
    zones: Vec<(String, Vec<String>)>,
    pub(super) constrained: bool,
}

/// A block and what is in it.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Its `Id`.
    pub id: String,
    /// The cores of each of its CPUs.
    pub cpus: Vec<u32>,
    /// The GiB of each of its memory modules.
    pub memory_gib: Vec<u32>,
    /// The MACs of its network interfaces.
    pub nics: Vec<String>,
    /// How many GPUs it has.
    pub gpus: u8,
    /// The GB of each of its drives.
    pub drives_gb: Vec<u64>,
}

impl Pool {
    /// With this block.
    #[must_use]
    pub fn block(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// With a zone of blocks of these ids.
    #[must_use]
    pub fn zone(mut self, id: &str, blocks: &[&str]) -> Self {
        let blocks = blocks.iter().map(|id| (*id).to_owned()).collect();
        self.zones.push((id.to_owned(), blocks));
        self
    }

    /// Chooses blocks by itself, too, and says so.
    #[must_use]
    pub fn constrained(mut self) -> Self {
        self.constrained = true;
        self
    }

    /// Two zones: in `A` two compute blocks, two of NICs, one of GPUs; in `B` one
    /// compute block and one of NICs, with what nothing fits to. `number` goes into
    /// their MACs.
    pub fn of_two_zones(number: u16) -> Self {
        let [high, low] = number.to_be_bytes();
        let mac = |n: u8| format!("52:54:c0:{high:02x}:{low:02x}:{n:02x}");
        let compute = |id: &str| Block {
            id: id.into(),
            cpus: vec![16, 16],
            memory_gib: vec![32, 32],
            ..Block::default()
        };
        let network = |id: &str, n: u8| Block {
            id: id.into(),
            nics: vec![mac(n), mac(n + 1)],
            ..Block::default()
        };
        let gpus = Block {
            id: "Gpu-1".into(),
            gpus: 2,
            ..Block::default()
        };
        let drives = Block {
            id: "Storage-1".into(),
            drives_gb: vec![960],
            ..Block::default()
        };
        Self::default()
            .block(compute("Compute-1"))
            .block(compute("Compute-2"))
            .block(compute("Compute-3"))
            .block(network("Net-1", 1))
            .block(network("Net-2", 3))
            .block(network("Net-3", 5))
            .block(gpus)
            .block(drives)
            .zone(
                "A",
                &[
                    "Compute-1",
                    "Compute-2",
                    "Net-1",
                    "Net-2",
                    "Gpu-1",
                    "Storage-1",
                ],
            )
            .zone("B", &["Compute-3", "Net-3"])
    }

    /// Adds the service with all of it to `documents`.
    pub(super) fn furnish(&self, documents: &mut Documents) {
        if let Some(root) = documents.get_mut("/redfish/v1") {
            root["CompositionService"] = link(SERVICE);
        }
        let service = json!({
            "@odata.type": "#CompositionService.v1_2_1.CompositionService",
            "Id": "CompositionService", "Name": "Composition Service", "ServiceEnabled": true,
            "Status": {"State": "Enabled", "Health": "OK"}, "AllowOverprovisioning": false,
            "ResourceBlocks": link(BLOCKS), "ResourceZones": link(ZONES),
            "FreePool": link(FREE), "ActivePool": link(ACTIVE),
        });
        documents.put(SERVICE, service);
        documents.put(BLOCKS, collection("ResourceBlock"));
        documents.put(ZONES, collection("Zone"));
        documents.put(FREE, collection("ResourceBlock"));
        documents.put(ACTIVE, collection("ResourceBlock"));
        for block in &self.blocks {
            let zones: Vec<_> = self
                .zones
                .iter()
                .filter(|(_, blocks)| blocks.contains(&block.id))
                .map(|(zone, _)| format!("{ZONES}/{zone}"))
                .collect();
            block.add_to(documents, &zones);
        }
        for (id, blocks) in &self.zones {
            let blocks: Vec<_> = blocks.iter().map(|id| format!("{BLOCKS}/{id}")).collect();
            let mut zone = json!({
                "@odata.type": "#Zone.v1_6_1.Zone", "Id": id, "Name": format!("Zone {id}"),
                "ZoneType": "ZoneOfResourceBlocks", "Status": {"State": "Enabled", "Health": "OK"},
                "Links": {"ResourceBlocks": links(&blocks)},
            });
            if self.constrained {
                zone["@Redfish.CollectionCapabilities"] = json!({
                    "@odata.type": "#CollectionCapabilities.v1_4_0.CollectionCapabilities",
                    "Capabilities": [{
                        "CapabilitiesObject": link("/redfish/v1/Systems/Capabilities"),
                        "UseCase": "ComputerSystemConstrainedComposition",
                        "Links": {"TargetCollection": link("/redfish/v1/Systems")},
                    }],
                });
            }
            documents.put_member(ZONES, &format!("{ZONES}/{id}"), zone);
        }
    }
}

impl Block {
    fn add_to(&self, documents: &mut Documents, zones: &[String]) {
        let path = format!("{BLOCKS}/{}", self.id);
        let mut add = |kind: &str, items: Vec<Value>| -> Value {
            let mut paths = Vec::new();
            for (index, mut item) in items.into_iter().enumerate() {
                let id = (index + 1).to_string();
                let place = format!("{path}/{kind}/{id}");
                item["Id"] = json!(id);
                documents.put(&place, item);
                paths.push(place);
            }
            links(&paths)
        };
        let cpus = self.cpus.iter().map(|cores| processor("CPU", *cores));
        let gpus = (0..self.gpus).map(|_| processor("GPU", 1024));
        let processors = add("Processors", cpus.chain(gpus).collect());
        let memory = add(
            "Memory",
            self.memory_gib.iter().map(|gib| module(*gib)).collect(),
        );
        let nics = self.nics.iter().map(|mac| nic("", mac)).collect();
        let nics = add("EthernetInterfaces", nics);
        let drives = add(
            "Drives",
            self.drives_gb.iter().map(|gb| drive(*gb)).collect(),
        );
        let kinds = [
            ("Compute", !self.cpus.is_empty()),
            ("Processor", self.gpus > 0),
            ("Network", !self.nics.is_empty()),
            ("Storage", !self.drives_gb.is_empty()),
        ];
        let kinds: Vec<_> = kinds
            .iter()
            .filter(|(_, is)| *is)
            .map(|(kind, _)| *kind)
            .collect();
        let block = json!({
            "@odata.type": "#ResourceBlock.v1_4_1.ResourceBlock", "Id": self.id,
            "Name": format!("Block {}", self.id), "ResourceBlockType": kinds, "Pool": "Free",
            "Status": {"State": "Enabled", "Health": "OK"},
            "CompositionStatus": {
                "CompositionState": "Unused", "Reserved": false, "MaxCompositions": 1,
                "NumberOfCompositions": 0, "SharingCapable": false,
            },
            "Processors": processors, "Memory": memory, "EthernetInterfaces": nics, "Drives": drives,
            "Links": {"ComputerSystems": [], "Zones": links(zones)},
        });
        documents.put_member(BLOCKS, &path, block);
        let mut free = documents.members(FREE);
        free.push(path);
        documents.set_members(FREE, &free);
    }
}

fn processor(kind: &str, cores: u32) -> Value {
    let mut processor = json!({
        "@odata.type": "#Processor.v1_18_0.Processor", "Name": kind, "ProcessorType": kind,
        "Manufacturer": "Acme", "Model": format!("Acme {kind} {cores}"), "TotalCores": cores,
        "Status": {"State": "Enabled", "Health": "OK"},
    });
    if kind == "CPU" {
        processor["ProcessorArchitecture"] = json!("x86");
        processor["InstructionSet"] = json!("x86-64");
        processor["TotalThreads"] = json!(cores * 2);
    }
    processor
}

fn module(gib: u32) -> Value {
    json!({
        "@odata.type": "#Memory.v1_17_0.Memory", "Name": "DIMM", "MemoryType": "DRAM",
        "MemoryDeviceType": "DDR4", "CapacityMiB": gib * 1024,
        "Status": {"State": "Enabled", "Health": "OK"},
    })
}

fn drive(gb: u64) -> Value {
    json!({
        "@odata.type": "#Drive.v1_17_0.Drive", "Name": "Drive", "MediaType": "SSD",
        "Protocol": "NVMe", "CapacityBytes": gb * 1_000_000_000,
        "Status": {"State": "Enabled", "Health": "OK"},
    })
}

//! The inventory's parts, each read when it is first asked for and then kept.

use std::sync::Arc;

use futures::join;
use tokio::sync::OnceCell;

use super::found::Found;
use super::nics::Nics;
use super::read::linked;
use super::types::{
    AttachedDevice, Chassis, Drive, Identity, LeftOut, Location, Manager, Nic, PcieFunction,
    Processor, ResourceBlock, ResourceZone,
};
use super::{
    adapters, chassis, composed, drives, identity, location, manager, memory, nics, pcie,
    processors,
};
use crate::enrollment::Reading;
use crate::redfish::{Document, ReadError, ResourcePath, Snapshot};

type Part<T> = OnceCell<Result<Found<T>, ReadError>>;

/// The parts that hooks may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InventoryPart {
    /// [`Inventory::identity`].
    Identity,
    /// [`Inventory::processors`].
    Processors,
    /// [`Inventory::memory_mib`].
    Memory,
    /// [`Inventory::drives`].
    Drives,
    /// [`Inventory::nics`].
    Nics,
    /// [`Inventory::pcie_functions`].
    PcieFunctions,
    /// [`Inventory::location`].
    Location,
    /// [`Inventory::chassis`].
    Chassis,
    /// [`Inventory::manager`].
    Manager,
    /// [`Inventory::resource_blocks`].
    ResourceBlocks,
    /// [`Inventory::resource_zones`].
    ResourceZones,
    /// [`Inventory::attached_devices`].
    AttachedDevices,
}

/// The typed view of one system's documents.
///
/// Each part is read once. A part of which a document could not be read is that
/// error, every time; what is merely absent is none or an empty list.
pub struct Inventory {
    snapshot: Arc<Snapshot>,
    system: ResourcePath,
    /// What describes the node, where that is not the system.
    node: Option<ResourcePath>,
    identity: Part<Identity>,
    processors: Part<Vec<Processor>>,
    memory: Part<Option<u64>>,
    drives: Part<Vec<Drive>>,
    nics: Part<Nics>,
    pcie: Part<Vec<PcieFunction>>,
    location: Part<Location>,
    chassis: Part<Vec<Chassis>>,
    manager: Part<Option<Manager>>,
    blocks: Part<Vec<ResourceBlock>>,
    zones: Part<Vec<ResourceZone>>,
    devices: Part<Vec<AttachedDevice>>,
}

/// Reads a part into its cell, or hands out what is there.
macro_rules! part {
    ($self:ident.$part:ident = $read:path) => {
        $self
            .$part
            .get_or_init(|| async {
                let system = $self.system().await?;
                let (value, sources) = $read(&$self.snapshot, &system).await?;
                Ok(Found::from(value, sources))
            })
            .await
            .as_ref()
            .map(|found| &found.value)
            .map_err(Clone::clone)
    };
}

impl Inventory {
    /// The inventory of the `ComputerSystem` at `system`. Nothing is read yet.
    pub fn new(snapshot: Arc<Snapshot>, system: ResourcePath) -> Self {
        Self {
            snapshot,
            system,
            node: None,
            identity: Part::new(),
            processors: Part::new(),
            memory: Part::new(),
            drives: Part::new(),
            nics: Part::new(),
            pcie: Part::new(),
            location: Part::new(),
            chassis: Part::new(),
            manager: Part::new(),
            blocks: Part::new(),
            zones: Part::new(),
            devices: Part::new(),
        }
    }

    /// The same of a node that its pod manager describes at `node`.
    #[must_use]
    pub fn of_node(mut self, node: &ResourcePath) -> Self {
        self.node = (*node != self.system).then(|| node.clone());
        self
    }

    /// Who and what the system is.
    pub async fn identity(&self) -> Result<&Identity, ReadError> {
        part!(self.identity = identity::read)
    }

    /// Its processors that are there, accelerators among them.
    pub async fn processors(&self) -> Result<&[Processor], ReadError> {
        part!(self.processors = processors::read).map(Vec::as_slice)
    }

    /// Its main memory, in MiB.
    pub async fn memory_mib(&self) -> Result<Option<u64>, ReadError> {
        part!(self.memory = memory::read).copied()
    }

    /// The drives and volumes that an operating system could be installed on.
    pub async fn drives(&self) -> Result<&[Drive], ReadError> {
        part!(self.drives = drives::read).map(Vec::as_slice)
    }

    /// The host's network interfaces, in the service's order. No two have the
    /// same MAC.
    pub async fn nics(&self) -> Result<&[Nic], ReadError> {
        part!(self.nics = nics::read).map(|found| found.nics.as_slice())
    }

    /// The interfaces that the service lists and that give no port.
    pub async fn left_out(&self) -> Result<&[LeftOut], ReadError> {
        part!(self.nics = nics::read).map(|found| found.left_out.as_slice())
    }

    /// Its PCIe functions.
    pub async fn pcie_functions(&self) -> Result<&[PcieFunction], ReadError> {
        part!(self.pcie = pcie::read).map(Vec::as_slice)
    }

    /// Where it stands.
    pub async fn location(&self) -> Result<&Location, ReadError> {
        part!(self.location = location::read)
    }

    /// The chassis that it stands in, the nearest first.
    pub async fn chassis(&self) -> Result<&[Chassis], ReadError> {
        part!(self.chassis = chassis::read).map(Vec::as_slice)
    }

    /// Redfish `Manufacturer` as the service writes it, be it a placeholder; none
    /// where there is no text.
    pub async fn manufacturer_as_written(&self) -> Result<Option<String>, ReadError> {
        let system = self.system().await?;
        let text = system.text("/Manufacturer").map(str::trim);
        Ok(text.filter(|text| !text.is_empty()).map(str::to_owned))
    }

    /// Its BMC.
    pub async fn manager(&self) -> Result<Option<&Manager>, ReadError> {
        part!(self.manager = manager::read).map(Option::as_ref)
    }

    /// The resource blocks that it is composed of.
    pub async fn resource_blocks(&self) -> Result<&[ResourceBlock], ReadError> {
        part!(self.blocks = composed::blocks).map(Vec::as_slice)
    }

    /// The zones that these are of.
    pub async fn resource_zones(&self) -> Result<&[ResourceZone], ReadError> {
        part!(self.zones = composed::zones).map(Vec::as_slice)
    }

    /// The devices that the node got by being composed.
    pub async fn attached_devices(&self) -> Result<&[AttachedDevice], ReadError> {
        let read = async |snapshot: &Snapshot, system: &Arc<Document>| {
            let node = match &self.node {
                Some(node) => Some(snapshot.read(node).await?),
                None => None,
            };
            composed::devices(snapshot, system, node.as_ref()).await
        };
        part!(self.devices = read).map(Vec::as_slice)
    }

    /// How many processors an operating system would count; none if the service
    /// does not tell. Ironic's `properties.cpus`.
    pub async fn logical_processors(&self) -> Result<Option<u64>, ReadError> {
        let processors = self.processors().await?;
        Ok(processors::logical(&*self.system().await?, processors))
    }

    /// The architecture that all of its CPUs have, as Ironic writes it.
    pub async fn architecture(&self) -> Result<Option<String>, ReadError> {
        let processors = self.processors().await?;
        Ok(processors::common_architecture(
            &*self.system().await?,
            processors,
        ))
    }

    /// Reads the documents that are recorded at every registration, whether
    /// anybody asks for them or not. Reads that do not need one another go out
    /// together. Errors stay in the snapshot, for whoever asks for the document.
    pub async fn read_standard_set(&self) {
        let _ = self.snapshot.read(&ResourcePath::root()).await;
        let Ok(system) = self.system().await else {
            return;
        };
        let _ = join!(
            self.identity(),
            self.processors(),
            self.memory_mib(),
            self.drives(),
            self.nics(),
            self.location(),
            self.manager(),
        );
        // What the seed can do without comes last: the snapshot's limit on
        // documents is met by these, if by any.
        let _ = linked(&self.snapshot, &system, "/Memory").await;
        if let Some(Ok(bios)) = system.link("/Bios") {
            let _ = self.snapshot.read(&bios).await;
        }
        adapters::touch(&self.snapshot, &system).await;
        let _ = self.pcie_functions().await;
        let _ = self.resource_zones().await;
        let _ = self.attached_devices().await;
    }

    /// The values that a part was made from, of a list those of all its records;
    /// nothing as long as it was not read.
    pub fn readings(&self, part: InventoryPart) -> Arc<[Reading]> {
        fn of<T>(part: &Part<T>) -> Arc<[Reading]> {
            match part.get() {
                Some(Ok(found)) => found.readings(),
                _ => Arc::default(),
            }
        }
        match part {
            InventoryPart::Identity => of(&self.identity),
            InventoryPart::Memory => of(&self.memory),
            InventoryPart::Location => of(&self.location),
            InventoryPart::Manager => of(&self.manager),
            InventoryPart::Chassis => of(&self.chassis),
            InventoryPart::Processors => of(&self.processors),
            InventoryPart::Drives => of(&self.drives),
            InventoryPart::Nics => of(&self.nics),
            InventoryPart::PcieFunctions => of(&self.pcie),
            InventoryPart::ResourceBlocks => of(&self.blocks),
            InventoryPart::ResourceZones => of(&self.zones),
            InventoryPart::AttachedDevices => of(&self.devices),
        }
    }

    async fn system(&self) -> Result<Arc<Document>, ReadError> {
        self.snapshot.read(&self.system).await
    }
}

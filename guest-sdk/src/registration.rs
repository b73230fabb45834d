//! The register request that is being served.

use serde::de::DeserializeOwned;

use crate::contract::imports::hooks::redfish;
use crate::contract::imports::hooks::registration::Registration as Raw;
use crate::inventory::{
    AttachedDevice, Chassis, Drive, Identity, Location, Manager, Nic, PcieFunction, Processor,
    ResourceBlock, ResourceZone,
};
use crate::{Document, Object, ReadError, Result, settings};

/// The register request that is being served. A hook has it for one call.
///
/// The parts of the inventory are read from the service when they are asked
/// for; a part that could not be read is an error, never empty.
#[derive(Debug)]
pub struct Registration<'a>(&'a Raw);

impl<'a> Registration<'a> {
    pub(crate) fn new(raw: &'a Raw) -> Self {
        Self(raw)
    }

    /// This hook's `settings` table of Valence's configuration, as your type.
    ///
    /// A hook that is [`Configure`](crate::Configure) has its settings checked
    /// when Valence starts, so that this does not fail later.
    pub fn settings<T: DeserializeOwned>(&self) -> Result<T> {
        settings::read()
    }

    /// One value of this hook's `settings`, by its pointer: for tables that are too
    /// large to be taken as a whole at each call. None where there is none.
    pub fn setting<T: DeserializeOwned>(&self, pointer: &str) -> Result<Option<T>> {
        settings::at(pointer)
    }

    /// The UUID of the node in Valence.
    pub fn node_uuid(&self) -> String {
        self.0.node_uuid()
    }

    /// The name of the node in Valence.
    pub fn node_name(&self) -> String {
        self.0.node_name()
    }

    /// The name of the node's pod manager.
    pub fn pod_manager(&self) -> String {
        self.0.pod_manager()
    }

    /// The address of the Redfish service, as Ironic will be given it.
    pub fn address(&self) -> String {
        self.0.address()
    }

    /// The body of the register request, without its credentials.
    pub fn parameters(&self) -> Result<Object> {
        Ok(serde_json::from_str(&self.0.parameters())?)
    }

    /// The request that composed the node; none for a node that Valence did not
    /// compose. It has `name`, `properties` (what was asked for) and, where there are
    /// any, `description` and `flavor`.
    pub fn composition(&self) -> Result<Option<Object>> {
        let json = self.0.composition();
        Ok(json.map(|json| serde_json::from_str(&json)).transpose()?)
    }

    /// The node, as its pod manager describes it. Often the same as the system.
    pub fn node(&self) -> Document {
        Document(self.0.node())
    }

    /// The node's `ComputerSystem`.
    pub fn system(&self) -> Document {
        Document(self.0.system())
    }

    /// The service's root.
    pub fn service_root(&self) -> Document {
        Document(self.0.service_root())
    }

    /// The document of a `uri` that a record of the inventory or a document of
    /// this registration has named; none for any other.
    pub fn document(&self, uri: &str) -> Option<Document> {
        self.0.document(uri).map(Document)
    }

    /// Who and what the system is.
    pub fn identity(&self) -> Result<Identity, ReadError> {
        self.0.identity().map_err(part("identity"))
    }

    /// Its processors, accelerators among them.
    pub fn processors(&self) -> Result<Vec<Processor>, ReadError> {
        self.0.processors().map_err(part("processors"))
    }

    /// Its memory in MiB; none where Redfish does not say.
    pub fn memory(&self) -> Result<Option<u64>, ReadError> {
        self.0.memory().map_err(part("memory"))
    }

    /// Its drives and volumes.
    pub fn drives(&self) -> Result<Vec<Drive>, ReadError> {
        self.0.drives().map_err(part("drives"))
    }

    /// Its network interfaces, without those of the BMC.
    pub fn nics(&self) -> Result<Vec<Nic>, ReadError> {
        self.0.nics().map_err(part("network interfaces"))
    }

    /// Its PCIe functions.
    pub fn pcie_functions(&self) -> Result<Vec<PcieFunction>, ReadError> {
        self.0.pcie_functions().map_err(part("PCIe functions"))
    }

    /// Where it stands.
    pub fn location(&self) -> Result<Location, ReadError> {
        self.0.location().map_err(part("location"))
    }

    /// The chassis that it stands in: its own, and those around it, the nearest
    /// first.
    pub fn chassis(&self) -> Result<Vec<Chassis>, ReadError> {
        self.0.chassis().map_err(part("chassis"))
    }

    /// The BMC that manages it; none where the system links to none.
    pub fn manager(&self) -> Result<Option<Manager>, ReadError> {
        self.0.manager().map_err(part("manager"))
    }

    /// The resource blocks that it is composed of; empty where it is not composed of
    /// any.
    pub fn resource_blocks(&self) -> Result<Vec<ResourceBlock>, ReadError> {
        self.0.resource_blocks().map_err(part("resource blocks"))
    }

    /// The resource zones that its blocks are of, each once.
    pub fn resource_zones(&self) -> Result<Vec<ResourceZone>, ReadError> {
        self.0.resource_zones().map_err(part("resource zones"))
    }

    /// The devices that it got by being composed, each once: those of its blocks, and
    /// those that the node of an Intel RSD pod manager names.
    pub fn attached_devices(&self) -> Result<Vec<AttachedDevice>, ReadError> {
        self.0.attached_devices().map_err(part("attached devices"))
    }
}

fn part(name: &str) -> impl Fn(redfish::Error) -> ReadError {
    move |error| ReadError::new(format!("the system's {name}"), error)
}

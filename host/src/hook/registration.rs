//! The interface `registration`: the node that is being registered.

use wasmtime::component::Resource;

use super::bindings::valence::hooks::inventory;
use super::bindings::valence::hooks::redfish::Error;
use super::bindings::valence::hooks::registration::{Host, HostRegistration};
use super::carried::Carried;
use super::session::Session;
use super::state::{DocumentHandle, RegistrationHandle, State};
use crate::inventory::InventoryPart;
use crate::redfish::{ReadError, ResourcePath};

type This = Resource<RegistrationHandle>;
type Document = Resource<DocumentHandle>;
type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl Host for State {}

impl HostRegistration for State {
    fn node_uuid(&mut self, _: This) -> wasmtime::Result<String> {
        self.enter(0)?;
        let uuid = self.session()?.subject().node_uuid.to_string();
        self.give(uuid)
    }

    fn node_name(&mut self, _: This) -> wasmtime::Result<String> {
        self.enter(0)?;
        let name = self.session()?.subject().node_name.clone();
        self.give(name)
    }

    fn parameters(&mut self, _: This) -> wasmtime::Result<String> {
        self.enter(0)?;
        let parameters = self.session()?.parameters().to_owned();
        self.give(parameters)
    }

    fn node(&mut self, _: This) -> wasmtime::Result<Document> {
        self.enter(0)?;
        let node = self.session()?.subject().node.clone();
        self.handle(node)
    }

    fn system(&mut self, _: This) -> wasmtime::Result<Document> {
        self.enter(0)?;
        let system = self.session()?.subject().system.clone();
        self.handle(system)
    }

    fn pod_manager(&mut self, _: This) -> wasmtime::Result<String> {
        self.enter(0)?;
        let name = self.session()?.subject().pod_manager.clone();
        self.give(name)
    }

    fn address(&mut self, _: This) -> wasmtime::Result<String> {
        self.enter(0)?;
        let address = self.session()?.subject().address.clone();
        self.give(address)
    }

    fn service_root(&mut self, _: This) -> wasmtime::Result<Document> {
        self.enter(0)?;
        self.handle(ResourcePath::root())
    }

    fn document(&mut self, _: This, uri: String) -> wasmtime::Result<Option<Document>> {
        self.enter(uri.len())?;
        let Ok(path) = uri.parse::<ResourcePath>() else {
            return Ok(None);
        };
        let is_named = self.named.contains(&path)
            || self.documents.contains_key(&path)
            || self
                .documents
                .values()
                .flatten()
                .any(|read| read.names(&path));
        if is_named {
            self.handle(path).map(Some)
        } else {
            Ok(None)
        }
    }

    fn composition(&mut self, _: This) -> wasmtime::Result<Option<String>> {
        self.enter(0)?;
        let composition = self.session()?.composition().map(str::to_owned);
        composition.map(|json| self.give(json)).transpose()
    }

    async fn identity(&mut self, _: This) -> Answer<inventory::Identity> {
        self.enter(0)?;
        let session = self.session()?.clone();
        let read = session
            .inventory()
            .identity()
            .await
            .map(inventory::Identity::from);
        self.answer(&session, InventoryPart::Identity, read, |_, _| {})
    }

    async fn processors(&mut self, _: This) -> Answer<Vec<inventory::Processor>> {
        self.enter(0)?;
        let session = self.session()?.clone();
        let read = session.inventory().processors().await.map(records);
        self.answer(&session, InventoryPart::Processors, read, |state, all| {
            all.iter().for_each(|one| state.name(&one.uri));
        })
    }

    async fn memory(&mut self, _: This) -> Answer<Option<u64>> {
        self.enter(0)?;
        let session = self.session()?.clone();
        let read = session.inventory().memory_mib().await;
        self.answer(&session, InventoryPart::Memory, read, |_, _| {})
    }

    async fn drives(&mut self, _: This) -> Answer<Vec<inventory::Drive>> {
        self.enter(0)?;
        let session = self.session()?.clone();
        let read = session.inventory().drives().await.map(records);
        self.answer(&session, InventoryPart::Drives, read, |state, all| {
            all.iter().for_each(|one| state.name(&one.uri));
        })
    }

    async fn nics(&mut self, _: This) -> Answer<Vec<inventory::Nic>> {
        self.enter(0)?;
        let session = self.session()?.clone();
        let read = session.inventory().nics().await.map(records);
        self.answer(&session, InventoryPart::Nics, read, |state, all| {
            all.iter().for_each(|one| state.name(&one.uri));
        })
    }

    async fn pcie_functions(&mut self, _: This) -> Answer<Vec<inventory::PcieFunction>> {
        self.enter(0)?;
        let session = self.session()?.clone();
        let read = session.inventory().pcie_functions().await.map(records);
        self.answer(
            &session,
            InventoryPart::PcieFunctions,
            read,
            |state, all| {
                all.iter().for_each(|one| state.name(&one.uri));
            },
        )
    }

    async fn location(&mut self, _: This) -> Answer<inventory::Location> {
        self.enter(0)?;
        let session = self.session()?.clone();
        let read = session
            .inventory()
            .location()
            .await
            .map(inventory::Location::from);
        self.answer(&session, InventoryPart::Location, read, |_, _| {})
    }

    async fn chassis(&mut self, _: This) -> Answer<Vec<inventory::Chassis>> {
        self.enter(0)?;
        let session = self.session()?.clone();
        let read = session.inventory().chassis().await.map(records);
        self.answer(&session, InventoryPart::Chassis, read, |state, all| {
            all.iter().for_each(|one| state.name(&one.uri));
        })
    }

    async fn manager(&mut self, _: This) -> Answer<Option<inventory::Manager>> {
        self.enter(0)?;
        let session = self.session()?.clone();
        let read = session.inventory().manager().await;
        let read = read.map(|manager| manager.map(inventory::Manager::from));
        self.answer(&session, InventoryPart::Manager, read, |state, all| {
            all.iter().for_each(|one| state.name(&one.uri));
        })
    }

    async fn resource_blocks(&mut self, _: This) -> Answer<Vec<inventory::ResourceBlock>> {
        self.enter(0)?;
        let session = self.session()?.clone();
        let read = session.inventory().resource_blocks().await.map(records);
        self.answer(
            &session,
            InventoryPart::ResourceBlocks,
            read,
            |state, all| {
                for one in all {
                    let others = one.zones.iter().chain(&one.chassis);
                    others.chain([&one.uri]).for_each(|uri| state.name(uri));
                }
            },
        )
    }

    async fn resource_zones(&mut self, _: This) -> Answer<Vec<inventory::ResourceZone>> {
        self.enter(0)?;
        let session = self.session()?.clone();
        let read = session.inventory().resource_zones().await.map(records);
        self.answer(
            &session,
            InventoryPart::ResourceZones,
            read,
            |state, all| {
                all.iter().for_each(|one| state.name(&one.uri));
            },
        )
    }

    async fn attached_devices(&mut self, _: This) -> Answer<Vec<inventory::AttachedDevice>> {
        self.enter(0)?;
        let session = self.session()?.clone();
        let read = session.inventory().attached_devices().await.map(records);
        self.answer(
            &session,
            InventoryPart::AttachedDevices,
            read,
            |state, all| {
                for one in all {
                    one.block
                        .iter()
                        .chain([&one.uri])
                        .for_each(|uri| state.name(uri));
                }
            },
        )
    }

    fn drop(&mut self, registration: This) -> wasmtime::Result<()> {
        self.table.delete(registration)?;
        Ok(())
    }
}

impl State {
    /// Hands a part of the inventory on, noting what the hook learnt by it.
    fn answer<T: Carried>(
        &mut self,
        session: &Session,
        part: InventoryPart,
        read: Result<T, ReadError>,
        note: impl FnOnce(&mut Self, &T),
    ) -> Answer<T> {
        match read {
            Ok(read) => {
                self.budget.host_bytes(read.bytes())?;
                note(self, &read);
                self.readings.add_part(session.inventory().readings(part));
                Ok(Ok(read))
            }
            Err(error) => self.fail(error).map(Err),
        }
    }
}

fn records<'a, A: 'a, B: From<&'a A>>(all: &'a [A]) -> Vec<B> {
    all.iter().map(B::from).collect()
}

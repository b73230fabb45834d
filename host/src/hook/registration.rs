//! The interface `registration`: the node that is being registered.

use wasmtime::component::Resource;

use super::bindings::valence::hooks::inventory;
use super::bindings::valence::hooks::redfish::Error;
use super::bindings::valence::hooks::registration::{Host, HostRegistration};
use super::carried::Carried;
use super::state::{DocumentHandle, RegistrationHandle, State};
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
        let read = session.inventory().identity().await;
        let system = session.subject().system.clone();
        self.answer(read.map(inventory::Identity::from), |state, _| {
            state.readings.add(system.as_str(), "");
        })
    }

    async fn processors(&mut self, _: This) -> Answer<Vec<inventory::Processor>> {
        self.enter(0)?;
        let session = self.session()?.clone();
        let read = session.inventory().processors().await;
        self.answer(read.map(records), |state, all| {
            all.iter().for_each(|one| state.name(&one.uri));
        })
    }

    async fn memory(&mut self, _: This) -> Answer<Option<u64>> {
        self.enter(0)?;
        let session = self.session()?.clone();
        let read = session.inventory().memory_mib().await;
        let system = session.subject().system.clone();
        self.answer(read, |state, _| {
            state.readings.add(system.as_str(), "/MemorySummary");
        })
    }

    async fn drives(&mut self, _: This) -> Answer<Vec<inventory::Drive>> {
        self.enter(0)?;
        let session = self.session()?.clone();
        let read = session.inventory().drives().await;
        self.answer(read.map(records), |state, all| {
            all.iter().for_each(|one| state.name(&one.uri));
        })
    }

    async fn nics(&mut self, _: This) -> Answer<Vec<inventory::Nic>> {
        self.enter(0)?;
        let session = self.session()?.clone();
        let read = session.inventory().nics().await;
        self.answer(read.map(records), |state, all| {
            all.iter().for_each(|one| state.name(&one.uri));
        })
    }

    async fn pcie_functions(&mut self, _: This) -> Answer<Vec<inventory::PcieFunction>> {
        self.enter(0)?;
        let session = self.session()?.clone();
        let read = session.inventory().pcie_functions().await;
        self.answer(read.map(records), |state, all| {
            all.iter().for_each(|one| state.name(&one.uri));
        })
    }

    async fn location(&mut self, _: This) -> Answer<inventory::Location> {
        self.enter(0)?;
        let session = self.session()?.clone();
        let read = session.inventory().location().await;
        let system = session.subject().system.clone();
        self.answer(read.map(inventory::Location::from), |state, _| {
            state.readings.add(system.as_str(), "/Links/Chassis");
        })
    }

    async fn manager(&mut self, _: This) -> Answer<Option<inventory::Manager>> {
        self.enter(0)?;
        let session = self.session()?.clone();
        let read = session.inventory().manager().await;
        let manager = read.map(|manager| manager.map(inventory::Manager::from));
        self.answer(manager, |state, manager| {
            manager.iter().for_each(|one| state.name(&one.uri));
        })
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
        read: Result<T, ReadError>,
        note: impl FnOnce(&mut Self, &T),
    ) -> Answer<T> {
        match read {
            Ok(part) => {
                self.budget.host_bytes(part.bytes())?;
                note(self, &part);
                Ok(Ok(part))
            }
            Err(error) => self.fail(error).map(Err),
        }
    }
}

fn records<'a, A: 'a, B: From<&'a A>>(all: &'a [A]) -> Vec<B> {
    all.iter().map(B::from).collect()
}

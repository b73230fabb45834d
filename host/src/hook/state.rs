//! What the host knows while one call of a hook runs. The files beside this one
//! that are named as interfaces of the contract answer the hook from it.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde_json::Value;
use wasmtime::component::{Resource, ResourceTable};

use super::bindings::valence::hooks::redfish::Error;
use super::breach::Breach;
use super::budget::Budget;
use super::clock::Clock;
use super::readings::Readings;
use super::session::Session;
use super::spec::Limits;
use crate::redfish::{ReadError, Redacted, ResourcePath};

/// What a guest holds as a `document`: nothing is read before it asks.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct DocumentHandle(pub(super) ResourcePath);

/// What a guest holds as a `registration`.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct RegistrationHandle;

/// The settings of a hook, as text for guests that take all of them and as a
/// value for those that take a part.
pub(super) struct Settings {
    pub(super) text: String,
    pub(super) value: Value,
}

pub(super) struct State {
    pub(super) hook: Arc<str>,
    pub(super) settings: Arc<Settings>,
    /// None while a hook is loaded: then there is no registration.
    pub(super) session: Option<Session>,
    pub(super) table: ResourceTable,
    pub(super) budget: Budget,
    pub(super) clock: Arc<Clock>,
    /// Why a read ended the call, if one did.
    pub(super) read_error: Option<ReadError>,
    pub(super) readings: Readings,
    pub(super) because: BTreeMap<String, String>,
    /// What the hook has asked for so far; none where it did not get it.
    pub(super) documents: BTreeMap<ResourcePath, Option<Arc<Redacted>>>,
    /// What of it has been counted.
    pub(super) weighed: HashSet<ResourcePath>,
    /// The paths that inventory records have named to it.
    pub(super) named: HashSet<ResourcePath>,
}

impl State {
    pub(super) fn new(
        hook: Arc<str>,
        settings: Arc<Settings>,
        session: Option<Session>,
        limits: Limits,
    ) -> Self {
        Self {
            hook,
            settings,
            session,
            table: ResourceTable::new(),
            clock: Clock::new(limits.deadline),
            budget: Budget::new(limits),
            read_error: None,
            readings: Readings::default(),
            because: BTreeMap::new(),
            documents: BTreeMap::new(),
            weighed: HashSet::new(),
            named: HashSet::new(),
        }
    }

    /// To be called first by every function of the host: counts the call and the
    /// bytes that it brought, and sees to the deadline.
    pub(super) fn enter(&mut self, bytes: usize) -> wasmtime::Result<()> {
        self.budget.host_calls(1)?;
        self.budget.host_bytes(bytes)?;
        self.in_time()
    }

    /// Sees to the deadline.
    pub(super) fn in_time(&mut self) -> wasmtime::Result<()> {
        if self.clock.is_late() {
            let breach = Breach::deadline(self.budget.limits());
            return self.budget.end(breach);
        }
        Ok(())
    }

    /// Counts what is given to the guest.
    pub(super) fn give<T: AsRef<str>>(&mut self, text: T) -> wasmtime::Result<T> {
        self.budget.host_bytes(text.as_ref().len())?;
        Ok(text)
    }

    pub(super) fn session(&self) -> wasmtime::Result<&Session> {
        self.session
            .as_ref()
            .ok_or_else(|| wasmtime::Error::msg("there is no registration while a hook is loaded"))
    }

    /// A handle on the document at `path`.
    pub(super) fn handle(
        &mut self,
        path: ResourcePath,
    ) -> wasmtime::Result<Resource<DocumentHandle>> {
        Ok(self.table.push(DocumentHandle(path))?)
    }

    pub(super) fn path(
        &self,
        document: &Resource<DocumentHandle>,
    ) -> wasmtime::Result<ResourcePath> {
        Ok(self.table.get(document)?.0.clone())
    }

    /// The document at `path`, or what the guest is told instead of it.
    pub(super) async fn read(
        &mut self,
        path: &ResourcePath,
    ) -> wasmtime::Result<Result<Arc<Redacted>, Error>> {
        if let Some(Some(shown)) = self.documents.get(path) {
            return Ok(Ok(Arc::clone(shown)));
        }
        let session = self.session()?.clone();
        if !session.may_read(path) {
            return Ok(Err(Error::Forbidden));
        }
        self.ask(path)?;
        match session.document(path).await {
            Ok(shown) => {
                self.weigh(path, &shown)?;
                if let Some(document) = self.documents.get_mut(path) {
                    *document = Some(Arc::clone(&shown));
                }
                Ok(Ok(shown))
            }
            Err(error) => self.fail(error).map(Err),
        }
    }

    /// Counts what is to be read, before it is: what is not there costs a pod
    /// manager as much as what is.
    pub(super) fn ask(&mut self, path: &ResourcePath) -> wasmtime::Result<()> {
        if !self.documents.contains_key(path) {
            self.budget.reads(self.documents.len() + 1)?;
            self.documents.insert(path.clone(), None);
        }
        Ok(())
    }

    /// Counts what the document at `path` takes in memory, once.
    pub(super) fn weigh(&mut self, path: &ResourcePath, shown: &Redacted) -> wasmtime::Result<()> {
        match self.weighed.insert(path.clone()) {
            true => self.budget.read_bytes(shown.weight()),
            false => Ok(()),
        }
    }

    /// What a guest is told of `error`. What it cannot act on ends the call.
    pub(super) fn fail(&mut self, error: ReadError) -> wasmtime::Result<Error> {
        let text = || crate::text::tame(&error.to_string(), 300);
        Ok(match &error {
            ReadError::Absent { .. } => Error::NotFound,
            ReadError::Refused { .. }
            | ReadError::Broken { .. }
            | ReadError::Unavailable { .. } => Error::Unavailable(text()),
            ReadError::Malformed { .. } => Error::Malformed(text()),
            ReadError::BadLink { .. } => Error::Forbidden,
            ReadError::NotRecorded { .. }
            | ReadError::TimedOut { .. }
            | ReadError::TooMuch { .. } => {
                let message = error.to_string();
                self.read_error = Some(error);
                return Err(wasmtime::Error::msg(message));
            }
        })
    }
}

impl super::bindings::valence::hooks::types::Host for State {}

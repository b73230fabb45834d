//! A Redfish service: recorded machines or made-up ones, pod managers that compose
//! nodes, and everything that such services do wrong, when it is asked for.

mod answer;
mod builder;
mod changing;
mod composition;
mod documents;
mod fault;
mod login;
mod machine;
mod pool;
mod reading;
mod rsd;
mod serve;
mod tasks;
mod tls;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;
use tokio::task::JoinHandle;

pub use builder::{EmulatorBuilder, Spelling};
pub use documents::Documents;
pub use fault::{Fault, Kind};
pub use login::Way;
pub use machine::Machine;
pub use pool::{Block, Pool};
pub use reading::Expand;
pub use rsd::Rsd;
pub use serve::{AtOnce, Seen};

use serve::{Service, State};

/// A Redfish service on loopback, for as long as the runtime lives.
pub struct Emulator {
    url: String,
    ca_file: Option<PathBuf>,
    service: Arc<Service>,
    server: JoinHandle<()>,
}

impl Emulator {
    /// A service with these documents.
    pub fn of(documents: Documents) -> EmulatorBuilder {
        EmulatorBuilder::new(documents)
    }

    /// A service with the documents of a recording: a single-file map, or a directory
    /// in DMTF's layout.
    pub fn of_recording(path: &Path) -> EmulatorBuilder {
        Self::of(Documents::open(path).unwrap())
    }

    /// A service with these systems.
    pub fn of_machines(machines: impl IntoIterator<Item = Machine>) -> EmulatorBuilder {
        Self::of(Documents::of_machines(machines))
    }

    /// Its address, as in `http://127.0.0.1:8000`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The PEM file by which its certificate can be checked.
    pub fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref()
    }

    /// The document at `path` as it is now.
    pub fn document(&self, path: &str) -> Option<Value> {
        self.state().documents.get(path).cloned()
    }

    /// The paths of the members of the collection at `path`.
    pub fn members(&self, path: &str) -> Vec<String> {
        self.state().documents.members(path)
    }

    /// Changes the documents.
    pub fn change(&self, change: impl FnOnce(&mut Documents)) {
        change(&mut self.state().documents);
    }

    /// Has something go wrong from now on.
    pub fn fault(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    /// Has everything go right again.
    pub fn mend(&self) {
        self.state().faults.clear();
    }

    /// The requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.state().seen.clone()
    }

    /// Forgets the requests so far, and how many there were at once.
    pub fn forget_seen(&self) {
        let mut state = self.state();
        state.seen.clear();
        state.count.forget();
    }

    /// The most that was ever being answered at the same time.
    pub fn most_at_once(&self) -> AtOnce {
        self.state().count.most()
    }

    /// How many sessions are open.
    pub fn sessions(&self) -> usize {
        self.state().logins.open()
    }

    /// How many sessions there have been.
    pub fn sessions_made(&self) -> usize {
        self.state().logins.made()
    }

    /// Ends all sessions, as a restart of a BMC does.
    pub fn end_sessions(&self) {
        let state = &mut *self.state();
        state.logins.end_all(&mut state.documents);
    }

    /// Waits until it ends, which it does not by itself.
    pub async fn ended(self) {
        let _ = self.server.await;
    }

    /// Listens no more.
    pub fn stop(&self) {
        self.server.abort();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.service.state()
    }
}

/// `mutex`, whoever panicked while holding it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

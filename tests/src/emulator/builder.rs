//! A service to be started.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use serde_json::Value;
use tokio::net::TcpListener;

use super::Emulator;
use super::composition::Compositions;
use super::documents::Documents;
use super::fault::Fault;
use super::login::{Logins, Way};
use super::pool::Pool;
use super::reading::{Expand, Reading};
use super::rsd::{Nodes, Rsd};
use super::serve::{Service, State, serve};
use super::tasks::Tasks;
use super::tls::TlsListener;

/// With or without a slash at the end of the root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spelling {
    /// It makes no difference.
    #[default]
    Either,
    /// Only without.
    Bare,
    /// Only with.
    Slashed,
}

/// A service to be started.
pub struct EmulatorBuilder {
    documents: Documents,
    reading: Reading,
    spelling: Spelling,
    delay: Duration,
    logins: Logins,
    faults: Vec<Fault>,
    rsd: Option<Rsd>,
    pool: Option<Pool>,
    tasks: Tasks,
    tls: bool,
    port: u16,
}

impl EmulatorBuilder {
    pub(super) fn new(documents: Documents) -> Self {
        Self {
            documents,
            reading: Reading::default(),
            spelling: Spelling::default(),
            delay: Duration::ZERO,
            logins: Logins::default(),
            faults: Vec::new(),
            rsd: None,
            pool: None,
            tasks: Tasks::default(),
            tls: false,
            port: 0,
        }
    }

    /// Replaces keys of documents: an object of path to keys.
    #[must_use]
    pub fn changes(mut self, changes: Value) -> Self {
        for (path, keys) in changes.as_object().into_iter().flatten() {
            let document = self.documents.get_mut(path).unwrap();
            let document = document.as_object_mut().unwrap();
            document.extend(keys.as_object().unwrap().clone());
        }
        self
    }

    /// Asks callers for this account.
    #[must_use]
    pub fn account(mut self, user: &str, password: &str, way: Way) -> Self {
        self.logins.account = Some((user.to_owned(), password.to_owned(), way));
        self
    }

    /// No more sessions than these.
    #[must_use]
    pub fn most_sessions(mut self, most: usize) -> Self {
        self.logins.most = most;
        self
    }

    /// A session ends after so many requests.
    #[must_use]
    pub fn session_lifetime(mut self, requests: usize) -> Self {
        self.logins.lifetime = requests;
        self
    }

    /// Gives collections in pages of so many members.
    #[must_use]
    pub fn paging(mut self, members: usize) -> Self {
        self.reading.page = Some(members);
        self
    }

    /// Says that it can do `$expand`.
    #[must_use]
    pub fn expand(mut self, expand: Expand) -> Self {
        self.reading.expand = Some(expand);
        self
    }

    /// Gives entity tags and keeps to those that it is given.
    #[must_use]
    pub fn etags(mut self) -> Self {
        self.reading.etags = true;
        self
    }

    /// Knows its root in one spelling only.
    #[must_use]
    pub fn spelling(mut self, spelling: Spelling) -> Self {
        self.spelling = spelling;
        self
    }

    /// Takes so long for each answer.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Is a pod manager as of Intel RSD.
    #[must_use]
    pub fn rsd(mut self, behaviour: Rsd) -> Self {
        self.rsd = Some(behaviour);
        self
    }

    /// Has a composition service with these blocks.
    #[must_use]
    pub fn composition(mut self, pool: Pool) -> Self {
        self.pool = Some(pool);
        self
    }

    /// Only accepts what is to be changed, and does it when it has been asked after it
    /// so many times.
    #[must_use]
    pub fn in_its_own_time(mut self, looks: usize) -> Self {
        self.tasks.looks = Some(looks);
        self
    }

    /// Speaks https, with a certificate of its own.
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Does something wrong from the beginning.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Listens on this port; by default on a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Starts it.
    pub async fn start(mut self) -> Emulator {
        let nodes = self.rsd.map(Nodes::new);
        let compositions = self.pool.map(Compositions::new);
        let documents = &mut self.documents;
        self.reading.furnish(documents);
        self.logins.furnish(documents);
        nodes.iter().for_each(|nodes| nodes.furnish(documents));
        compositions.iter().for_each(|of| of.furnish(documents));
        let directory = self.tls.then(|| tempfile::tempdir().unwrap());
        let files = directory
            .as_ref()
            .map(|place| valence_testbed::certificate(place.path()).unwrap());
        let service = Arc::new(Service {
            _directory: directory,
            reading: self.reading,
            spelling: self.spelling,
            delay: self.delay,
            state: Mutex::new(State {
                documents: self.documents,
                faults: self.faults,
                logins: self.logins,
                nodes,
                compositions,
                tasks: self.tasks,
                ..State::default()
            }),
        });
        let router = Router::new()
            .fallback(serve)
            .with_state(Arc::clone(&service));
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (scheme, server) = match &files {
            Some((certificate, key)) => {
                let listener = TlsListener::new(listener, certificate, key);
                let serving = axum::serve(listener, router);
                ("https", tokio::spawn(async move { serving.await.unwrap() }))
            }
            None => {
                let serving = axum::serve(listener, router);
                ("http", tokio::spawn(async move { serving.await.unwrap() }))
            }
        };
        Emulator {
            url: format!("{scheme}://{address}"),
            ca_file: files.map(|(certificate, _)| certificate),
            service,
            server,
        }
    }
}

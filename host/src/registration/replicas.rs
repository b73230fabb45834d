//! The servers that share the database: that each holds on to what it works on, and
//! whether all of them serve with the same.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;

use crate::failure::Failure;
use crate::store::{Replica, Store};
use crate::telemetry;

use super::Registrar;

/// How often leases are renewed and the others looked at.
const RENEWAL: Duration = Duration::from_secs(3);

/// How often the rows of leases that ended long ago are removed.
const SWEEP: Duration = Duration::from_secs(60 * 60);

/// What a server is called, and what it serves with.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// Its machine and where it listens.
    pub name: String,
    /// The digest of what of its configuration is to be the same everywhere.
    pub configuration: String,
}

/// The servers, as they were last seen.
pub(super) struct Fleet {
    this: Replica,
    seen: Mutex<Vec<Replica>>,
}

/// A server, beside this one.
#[derive(Clone, Debug)]
pub struct Peer {
    /// What it says of itself.
    pub replica: Replica,
    /// Whether it is this one.
    pub is_this: bool,
    /// What it serves with otherwise than this one: `hooks`, `configuration`,
    /// `version`.
    pub differs: Vec<&'static str>,
}

impl Fleet {
    pub(super) fn new(store: &Arc<Store>, identity: Identity) -> Self {
        let Identity {
            name,
            configuration,
        } = identity;
        Self {
            this: store.this_replica(name, String::new(), configuration),
            seen: Mutex::default(),
        }
    }
}

impl Registrar {
    /// Holds on to what this server works on, and looks at the others. Goes on for as
    /// long as the process does.
    pub async fn keep_holding(&self) {
        let mut beat = tokio::time::interval(RENEWAL);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told = Vec::new();
        // A start has done it.
        let mut swept = Instant::now();
        loop {
            beat.tick().await;
            if swept.elapsed() >= SWEEP {
                swept = Instant::now();
                let store = Arc::clone(&self.store);
                tokio::spawn(async move { sweep(&store).await });
            }
            if let Err(error) = self.store.renew_leases().await {
                tracing::error!(error = %Failure::from(error), "leases could not be renewed");
            }
            if let Err(failure) = self.look_around().await {
                tracing::error!(error = %failure, "other servers could not be looked for");
                continue;
            }
            self.tell_differences(&mut told);
        }
    }

    async fn look_around(&self) -> Result<(), Failure> {
        let this = self.this_replica();
        let seen = match self.store.is_shared() {
            true => self.store.appear(&this).await?,
            false => vec![this],
        };
        *self.seen() = seen;
        let peers = self.peers();
        let different = peers.iter().filter(|peer| !peer.differs.is_empty());
        telemetry::keep_replicas(peers.len(), different.count());
        Ok(())
    }

    /// Logs what has changed of it since the last time.
    fn tell_differences(&self, told: &mut Vec<(uuid::Uuid, Vec<&'static str>)>) {
        let peers = self.peers();
        let mut now = Vec::new();
        for peer in peers.into_iter().filter(|peer| !peer.differs.is_empty()) {
            let one = (peer.replica.id, peer.differs);
            if !told.contains(&one) {
                let differs = one.1.join(", ");
                let server = peer.replica.name;
                tracing::warn!(
                    server,
                    differs,
                    "another server on this database serves otherwise"
                );
            }
            now.push(one);
        }
        if now.is_empty() && !told.is_empty() {
            tracing::info!("all servers on this database serve with the same again");
        }
        *told = now;
    }

    /// The servers that share the database, as they were last seen.
    pub fn peers(&self) -> Vec<Peer> {
        let this = self.this_replica();
        let seen = self.seen().clone();
        let peer = |replica: Replica| Peer {
            is_this: replica.id == this.id,
            differs: differences(&this, &replica),
            replica,
        };
        seen.into_iter().map(peer).collect()
    }

    /// Gives everything back, for the end of the server.
    pub async fn retire(&self) -> Result<(), Failure> {
        Ok(self.store.retire().await?)
    }

    fn this_replica(&self) -> Replica {
        Replica {
            chain: self.hooks.chain().digest().to_owned(),
            ..self.fleet.this.clone()
        }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Vec<Replica>> {
        let seen = &self.fleet.seen;
        seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Beside what goes on: leases are renewed meanwhile.
async fn sweep(store: &Store) {
    if let Err(error) = store.sweep_leases().await {
        tracing::warn!(error = %Failure::from(error), "leases that ended long ago could not be removed");
    }
}

/// What `other` serves with otherwise. Of this server itself nothing: what is on
/// record of it may be a moment old.
fn differences(this: &Replica, other: &Replica) -> Vec<&'static str> {
    if this.id == other.id {
        return Vec::new();
    }
    let parts = [
        ("hooks", this.chain != other.chain),
        ("configuration", this.configuration != other.configuration),
        ("version", this.version != other.version),
    ];
    let differ = parts.into_iter().filter(|(_, differs)| *differs);
    differ.map(|(what, _)| what).collect()
}

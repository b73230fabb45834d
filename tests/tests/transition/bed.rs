//! Machines that Ironic can take somewhere: behind a Redfish emulator that asks
//! for a password.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;
use valence::store::{Moment, Store};
use valence_testbed::RedfishEmulator;
use valence_tests::{Gate, Reply, Valence};

pub(super) use crate::register::ironic;

pub(super) const PASSWORD: &str = "canary-transition-1";

/// How many machines there are for all tests.
const MACHINES: usize = 38;

/// How long a transition may take here before it counts as stuck.
const LONGEST: Duration = Duration::from_secs(90);

fn emulator() -> &'static (RedfishEmulator, Vec<Uuid>) {
    static EMULATOR: OnceLock<(RedfishEmulator, Vec<Uuid>)> = OnceLock::new();
    EMULATOR.get_or_init(|| {
        let all: Vec<_> = (0..MACHINES).map(|_| Uuid::new_v4()).collect();
        let mut builder = RedfishEmulator::with_system(&all[0].to_string());
        for (place, uuid) in all.iter().enumerate() {
            if place > 0 {
                builder = builder.and_system(&uuid.to_string());
            }
            builder = builder.nic(&mac(uuid));
        }
        let started = builder.basic_auth("root", PASSWORD).start();
        (started.expect("emulator"), all)
    })
}

fn mac(uuid: &Uuid) -> String {
    let [a, b, c, d, ..] = *uuid.as_bytes();
    format!("52:54:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
}

/// A machine of its own for one test, behind a way that can be shut.
pub(crate) struct Machine {
    system: Uuid,
    pub(super) name: String,
    pub(super) way: Gate,
}

impl Machine {
    pub(crate) async fn new(name: &str) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        // Starting it blocks.
        let (emulator, all) = tokio::task::spawn_blocking(emulator)
            .await
            .expect("started");
        let system = all[NEXT.fetch_add(1, Ordering::Relaxed)];
        let way = Gate::before(emulator.url()).await;
        let name = format!("{name}-{}", &system.simple().to_string()[..8]);
        Self { system, name, way }
    }

    /// Manages it, with its password.
    pub(crate) async fn managed_by(&self, valence: &Valence) {
        let pod_manager = json!({"name": self.name, "url": self.way.url(), "driver": "redfish",
            "authentication": [{"type": "basic", "auth_items": {"username": "root", "password": PASSWORD}}]});
        let made = valence.post("/v1/pod_managers", pod_manager).await;
        assert_eq!(made.status, 200, "{:#}", made.body);
        let node =
            json!({"podm_id": self.name, "node_index": self.system.to_string(), "name": self.name});
        let managed = valence.post("/v1/nodes/manage", node).await;
        assert_eq!(managed.status, 200, "{:#}", managed.body);
    }

    pub(crate) fn path(&self, query: &str) -> String {
        format!("/v1/nodes/{}/register?{query}", self.name)
    }

    pub(super) async fn register(&self, valence: &Valence, query: &str, body: Value) -> Reply {
        valence.post(&self.path(query), body).await
    }

    pub(crate) async fn recorded(&self, valence: &Valence) -> Value {
        let path = format!("/v1/nodes/{}/registration", self.name);
        let reply = valence.get(&path).await;
        assert_eq!(reply.status, 200, "{:#}", reply.body);
        reply.body
    }

    /// Waits until its transition is as `wanted` says.
    pub(crate) async fn until(
        &self,
        valence: &Valence,
        what: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        let started = Instant::now();
        loop {
            let transition = self.recorded(valence).await["transition"].clone();
            if wanted(&transition) {
                return transition;
            }
            assert!(
                started.elapsed() < LONGEST,
                "{}: not {what}: {transition:#} {}",
                self.name,
                valence.complaints()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until its transition has ended, and how.
    pub(super) async fn ended(&self, valence: &Valence) -> Value {
        self.until(valence, "ended", |transition| {
            transition["state"] != "running" && !transition.is_null()
        })
        .await
    }

    /// Itself, as Ironic shows it.
    pub(crate) async fn in_ironic(&self) -> Value {
        let http = reqwest::Client::builder().no_proxy().build().expect("http");
        let url = format!("{}/v1/nodes/{}", ironic().endpoint(), self.name);
        let asked = http
            .get(url)
            .header("X-OpenStack-Ironic-API-Version", "1.83")
            .send();
        let reply = asked.await.expect("an answer");
        reply.json().await.expect("JSON")
    }

    /// The verbs in the journal of its registration, each with how it ended; none
    /// where that is not known.
    pub(super) async fn verbs(&self, valence: &Valence) -> Vec<(String, String)> {
        let id = self.recorded(valence).await["registration"].clone();
        let id = id.as_str().expect("an id").parse().expect("a uuid");
        let database = valence.directory().join("valence.db");
        let url = format!("sqlite://{}", database.display());
        let store = Store::open(&url, None).await.expect("the store");
        let mut verbs = Vec::new();
        for entry in store.steps(id).await.expect("the journal") {
            let verb = entry.step.split(' ').next().unwrap_or_default().to_owned();
            if !["manage", "inspect", "provide"].contains(&verb.as_str()) {
                continue;
            }
            match entry.moment {
                Moment::Before => verbs.push((verb, String::new())),
                Moment::After => {
                    let detail: Value = serde_json::from_str(&entry.detail).expect("JSON");
                    let outcome = detail["outcome"].as_str().expect("an outcome").to_owned();
                    verbs.last_mut().expect("it was begun").1 = outcome;
                }
            }
        }
        verbs
    }
}

pub(super) fn serving() -> valence_tests::ValenceBuilder {
    Valence::with_ironic(&ironic().endpoint())
}

/// A body by which Ironic only makes up that it inspects the machine: what its
/// `redfish` interface asks for the emulator does not have.
pub(super) fn made_up() -> Value {
    json!({"driver": "fake-hardware"})
}

pub(super) fn detail(reply: &Reply) -> &str {
    reply.body["detail"].as_str().expect("a detail")
}

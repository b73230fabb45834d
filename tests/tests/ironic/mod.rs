//! The saga against real Ironic, judged by Ironic's own client where a person
//! would look.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod applying;
mod conflicts;
mod doubts;
mod faults;
mod journal;
mod listing;
mod reaching;

use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use uuid::Uuid;
use valence::enrollment::Enrollment;
use valence::failure::Cause;
use valence::ironic::{
    self, ApplyError, Auth, Client, Created, IronicErrorKind, Journal, JournalError, Mark,
    NoJournal, Outcome, Plan, Removed, Settings, Step, Undo,
};
use valence::node::VerifyCa;
use valence::secret::{Credentials, Secret};
use valence_testbed::{Ironic, RedfishEmulator};

const PASSWORD: &str = "canary-pa55word";

/// The password of `admin` at the Ironic that does not let everybody in.
pub(crate) const CLOSED: &str = "ironic-canary-5e";

/// One Ironic for all tests, also of other modules: they use names, MACs and uuids
/// of their own.
pub(crate) fn open() -> &'static Ironic {
    static IRONIC: OnceLock<Ironic> = OnceLock::new();
    IRONIC.get_or_init(|| Ironic::builder().start().expect("ironic"))
}

pub(crate) fn closed() -> &'static Ironic {
    static IRONIC: OnceLock<Ironic> = OnceLock::new();
    IRONIC.get_or_init(|| {
        Ironic::builder()
            .http_basic("admin", CLOSED)
            .start()
            .expect("ironic")
    })
}

fn settings(endpoint: &str, auth: Auth) -> Settings {
    Settings {
        endpoint: endpoint.parse().expect("a url"),
        auth,
        verify_ca: VerifyCa::default(),
        certificate: None,
        api_version: None,
        max_concurrency: 8,
        timeout: Duration::from_secs(60),
    }
}

async fn client() -> Client {
    // Starting it blocks.
    let ironic = tokio::task::spawn_blocking(open).await.expect("ironic");
    Client::new(settings(&ironic.endpoint(), Auth::None))
        .expect("a client")
        // SQLite under many tests at a time.
        .with_patience(Duration::from_secs(90))
}

fn credentials(username: &str, password: &str) -> Credentials {
    Credentials {
        username: username.into(),
        password: Secret::new(password),
    }
}

/// Names and MACs that no other test has.
struct Own(Uuid);

impl Own {
    fn new() -> Self {
        Self(Uuid::new_v4())
    }

    fn name(&self) -> String {
        format!("node-{}", &self.0.simple().to_string()[..12])
    }

    fn mac(&self, n: u8) -> String {
        let [a, b, c, d, ..] = *self.0.as_bytes();
        format!("52:{a:02x}:{b:02x}:{c:02x}:{d:02x}:{n:02x}")
    }
}

fn plan(enrollment: Value) -> Plan {
    Plan {
        registration: Uuid::new_v4(),
        node_uuid: ironic::node_uuid(Uuid::new_v4(), 0),
        enrollment: serde_json::from_value::<Enrollment>(enrollment).expect("an enrollment"),
        digest: "digest".into(),
        hooks: vec!["sha256:hook".into()],
    }
}

fn small_plan(own: &Own) -> Plan {
    plan(json!({
        "node": {"driver": "fake-hardware", "name": own.name()},
        "ports": [{"address": own.mac(1)}, {"address": own.mac(2)}],
        "traits": ["CUSTOM_SMALL"],
    }))
}

async fn apply(client: &Client, plan: &Plan) -> Result<Created, ApplyError> {
    ironic::apply(client, &NoJournal, plan, None).await
}

async fn assert_nothing_left(client: &Client, plan: &Plan) {
    assert_eq!(client.node(plan.node_uuid).await.expect("an answer"), None);
}

/// Every key of `expected` is in `found` with the same value.
fn assert_holds(found: &Value, expected: &Value) {
    for (key, value) in expected.as_object().expect("an object") {
        assert_eq!(found.get(key), Some(value), "{key}");
    }
}

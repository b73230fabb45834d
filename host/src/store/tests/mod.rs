//! The store on real SQLite and real PostgreSQL.

mod bmcs;
mod bulks;
mod clock;
mod decisions;
mod ended;
mod journal;
mod nodes;
mod opening;
mod registrations;
mod unanswered;
mod updates;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;
use uuid::Uuid;
use valence_testbed::Postgres;

use super::*;
use crate::node::{
    Composition, CompositionState, CredentialsSource, Node, PodManager, PodManagerDriver, VerifyCa,
};
use crate::secret::Secret;

fn file(directory: &TempDir) -> PathBuf {
    directory.path().join("made/valence.db")
}

async fn open(directory: &TempDir) -> Result<Store, StoreError> {
    Store::open(&format!("sqlite://{}", file(directory).display()), None).await
}

/// An empty store on each database.
async fn each_empty() -> [Store; 2] {
    let sqlite = Store::open("sqlite::memory:", None).await.unwrap();
    [sqlite, on_postgres(&a_database().await).await]
}

/// One PostgreSQL for all tests: each has databases of its own.
fn postgres() -> &'static Postgres {
    static POSTGRES: OnceLock<Postgres> = OnceLock::new();
    POSTGRES.get_or_init(|| Postgres::start().unwrap())
}

/// The url of an empty database on it.
pub(super) async fn a_database() -> String {
    let name = format!("test_{}", Uuid::new_v4().simple());
    let make = format!("CREATE DATABASE {name}");
    let pool = sqlx::PgPool::connect(&postgres().url("postgres"))
        .await
        .unwrap();
    sqlx::query(sqlx::AssertSqlSafe(make))
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    postgres().url(&name)
}

/// The key stands beside what else the tests' PostgreSQL has: the same for all.
pub(super) async fn on_postgres(url: &str) -> Store {
    static KEY: OnceLock<TempDir> = OnceLock::new();
    let key = KEY.get_or_init(|| TempDir::new().unwrap());
    let name = url.rsplit('/').next().unwrap();
    let key = key.path().join(format!("{name}.key"));
    Store::open(url, Some(&key)).await.unwrap()
}

/// Has this process work on `node`, for as long as that is kept.
async fn at(store: &Store, node: Uuid) -> Lease {
    store.lease(Work::Node(node)).await.unwrap().ok().unwrap()
}

/// A node of a pod manager, both on record, that this process works on.
async fn at_one(store: &Store) -> (Node, Lease) {
    let rack = pod_manager("a", "https://a.example");
    store.insert_pod_manager(&rack).await.unwrap();
    let one = node("one", rack.uuid, "/redfish/v1/Nodes/1");
    store.insert_node(&one).await.unwrap();
    let turn = at(store, one.uuid).await;
    (one, turn)
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

pub(crate) fn pod_manager(name: &str, url: &str) -> PodManager {
    PodManager {
        uuid: Uuid::new_v4(),
        name: name.into(),
        url: url.into(),
        driver: PodManagerDriver::RedfishV1,
        credentials: CredentialsSource::Sealed {
            username: "admin".into(),
            sealed: vec![0, 1, 255],
        },
        auth: crate::node::ServiceAuth::Session,
        verify_ca: VerifyCa::File("/etc/ssl/bmc \"1\".pem".into()),
        ironic_verify_ca: Some(VerifyCa::Check(false)),
        configured: false,
        created_at: now(),
        updated_at: now(),
    }
}

pub(crate) fn node(name: &str, podm_id: Uuid, uri: &str) -> Node {
    Node {
        uuid: Uuid::new_v4(),
        name: name.into(),
        podm_id,
        index: "1".into(),
        resource_uri: uri.into(),
        system_uri: "/redfish/v1/Systems/1".into(),
        description: None,
        managed_by: None,
        epoch: 0,
        created_at: now(),
        updated_at: now(),
    }
}

pub(crate) fn composition(of: &Node) -> Composition {
    Composition {
        node: of.uuid,
        podm_id: of.podm_id,
        state: CompositionState::Intended,
        request: serde_json::from_str(r#"{"name": "one", "properties": {}}"#).unwrap(),
        known: Vec::new(),
        resource_uri: None,
        redfish_uuid: None,
        registering: None,
        sent_at: None,
        created_at: of.created_at,
        updated_at: of.updated_at,
    }
}

pub(crate) fn registration(node: &Node) -> Registration {
    Registration {
        id: Uuid::new_v4(),
        node: node.uuid,
        epoch: node.epoch,
        ironic_uuid: Uuid::new_v4(),
        state: RegistrationState::Intended,
        evaluation: r#"{"enrollment":{}}"#.into(),
        enrollment_digest: "d1".into(),
        credentials_hmac: "c1".into(),
        credentials: CredentialsSource::Sealed {
            username: "operator".into(),
            sealed: vec![9],
        },
        chain_digest: "h1".into(),
        detail: Some("as asked".into()),
        created_at: now(),
        updated_at: now(),
    }
}

pub(crate) fn decision(node: Uuid, at: i64) -> Decision {
    Decision {
        id: Uuid::new_v4(),
        node,
        node_name: "one".into(),
        pod_manager: "rack-a".into(),
        kind: DecisionKind::DryRun,
        outcome: "denied".into(),
        detail: Some("no rack".into()),
        hook: Some("guardrails".into()),
        parameters: "{}".into(),
        circumstances: String::new(),
        evaluation: r#"{"hooks":[]}"#.into(),
        enrollment_digest: None,
        chain_digest: "c1".into(),
        fuel: 4711,
        created_at: jiff::Timestamp::from_microsecond(at).unwrap(),
    }
}

pub(super) fn document(path: &str, body: Option<&str>) -> Document {
    Document {
        path: path.into(),
        body: body.map(|body| (format!("digest of {body}"), body.into())),
        error: body.is_none().then(|| r#"{"absent":{}}"#.into()),
    }
}

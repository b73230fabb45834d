//! One node to be registered and a place for components, so that a test reads
//! like a sentence.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use tempfile::TempDir;
use valence::enrollment::Object;
use valence::evaluate::{CallerRights, Evaluation, Rejection, evaluate};
use valence::hook::{Chain, Compiling, Engine, EngineKind, Hook, HookSpec, LoadError};
use valence::inventory::Subject;
use valence::node::{PodManagerDriver, VerifyCa};
use valence::redfish::{ReadError, ReadLimits, ResourcePath, Snapshot, Source};
use valence::rules::IronicProfile;

use super::guest::Guest;

/// A Redfish tree in memory.
struct Tree(HashMap<String, Value>);

#[async_trait]
impl Source for Tree {
    async fn fetch(&self, path: &ResourcePath) -> Result<Value, ReadError> {
        // A service is never quite at hand: whoever reads has to wait.
        tokio::task::yield_now().await;
        let absent = || ReadError::Absent { path: path.clone() };
        self.0.get(path.as_str()).cloned().ok_or_else(absent)
    }
}

/// A page of a collection whose last page is not there.
fn page(next: &str) -> Value {
    json!({"Members": [], "Members@odata.nextLink": next})
}

fn snapshot() -> Arc<Snapshot> {
    let tree = json!({
        "/redfish/v1": {
            "@odata.id": "/redfish/v1",
            "Systems": {"@odata.id": "/redfish/v1/Systems"},
            "AccountService": {"@odata.id": "/redfish/v1/AccountService"},
        },
        "/redfish/v1/AccountService": {
            "@odata.id": "/redfish/v1/AccountService",
            "Id": "AccountService",
            "Accounts": {"@odata.id": "/redfish/v1/AccountService/Accounts"},
        },
        "/redfish/v1/Systems": {
            "@odata.id": "/redfish/v1/Systems",
            "Members": [
                {"@odata.id": "/redfish/v1/Systems/1"},
                {"@odata.id": "/redfish/v1/Systems/2", "SerialNumber": "another's"},
            ],
        },
        "/redfish/v1/Systems/2": {
            "@odata.id": "/redfish/v1/Systems/2",
            "SerialNumber": "another's",
            "Bios": {"@odata.id": "/redfish/v1/Systems/2/Bios"},
        },
        "/redfish/v1/Systems/1": {
            "@odata.id": "/redfish/v1/Systems/1",
            "Id": "1",
            "Manufacturer": "Contoso",
            "Model": "3500",
            "SerialNumber": "437XR1138R2",
            "SystemType": "Physical",
            "MemorySummary": {"TotalSystemMemoryGiB": 96},
            "Links": {"Chassis": [{"@odata.id": "/redfish/v1/Chassis/1U"}]},
            "Oem": {"Pages": {"@odata.id": "/redfish/v1/Pages"}},
        },
        "/redfish/v1/Pages": page("/redfish/v1/Pages/2"),
        "/redfish/v1/Pages/2": page("/redfish/v1/Pages/3"),
        "/redfish/v1/Pages/3": page("/redfish/v1/Pages/4"),
        "/redfish/v1/Chassis/1U": {
            "@odata.id": "/redfish/v1/Chassis/1U",
            "Location": {"Placement": {"Rack": "WEB43", "RackOffset": 12}},
        },
    });
    let tree = serde_json::from_value(tree).unwrap();
    Arc::new(Snapshot::new(Arc::new(Tree(tree)), ReadLimits::default()))
}

fn subject(parameters: Value) -> Subject {
    let system: ResourcePath = "/redfish/v1/Systems/1".parse().unwrap();
    Subject {
        node_uuid: "11111111-2222-3333-4444-555555555555".parse().unwrap(),
        node_name: "rack-a-1".into(),
        pod_manager: "rack-a".into(),
        driver: PodManagerDriver::Redfish,
        address: "https://bmc.invalid".into(),
        verify_ca: VerifyCa::Check(true),
        node: system.clone(),
        system,
        parameters: serde_json::from_value(parameters).unwrap(),
        composition: None,
    }
}

/// An engine and a directory with components.
pub(super) struct Bench {
    pub(super) engine: Engine,
    directory: TempDir,
    specs: Vec<HookSpec>,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::on(EngineKind::Offline)
    }

    pub(super) fn on(kind: EngineKind) -> Self {
        Self::compiling(kind, Compiling::default())
    }

    pub(super) fn compiling(kind: EngineKind, compiling: Compiling) -> Self {
        Self {
            engine: Engine::with(kind, compiling).unwrap(),
            directory: TempDir::new().unwrap(),
            specs: Vec::new(),
        }
    }

    /// Writes a file: its configuration as a hook.
    pub(super) fn file(&self, name: &str, bytes: &[u8]) -> HookSpec {
        let path = self.directory.path().join(format!("{name}.wasm"));
        std::fs::write(&path, bytes).unwrap();
        HookSpec::new(name, path)
    }

    /// Adds a hook to the chain.
    pub(super) fn hook(self, name: &str, guest: Guest) -> Self {
        self.hook_with(name, guest, |_| {})
    }

    /// Adds a hook to the chain, configured.
    pub(super) fn hook_with(
        mut self,
        name: &str,
        guest: Guest,
        configure: impl FnOnce(&mut HookSpec),
    ) -> Self {
        let mut spec = self.file(name, &guest.component());
        configure(&mut spec);
        self.specs.push(spec);
        self
    }

    pub(super) async fn load(&self, spec: HookSpec) -> Result<Hook, LoadError> {
        Hook::load(&self.engine, spec).await
    }

    /// Why a component of these bytes is refused, in words.
    pub(super) async fn refusal(&self, bytes: &[u8]) -> String {
        match self.load(self.file("site", bytes)).await {
            Ok(_) => panic!("it was loaded"),
            Err(error) => error.to_string(),
        }
    }

    pub(super) async fn chain(&self) -> Chain {
        Chain::load(&self.engine, self.specs.clone()).await.unwrap()
    }

    pub(super) async fn evaluate(&self) -> Result<Evaluation, Rejection> {
        self.evaluate_for(json!({})).await
    }

    /// Evaluates for a request with this body.
    pub(super) async fn evaluate_for(&self, parameters: Value) -> Result<Evaluation, Rejection> {
        evaluate_with(&self.chain().await, parameters).await
    }

    /// What is said to the caller of an evaluation that comes to nothing.
    pub(super) async fn rejection(&self) -> String {
        match self.evaluate().await {
            Ok(evaluation) => panic!("{:?}", evaluation.enrollment),
            Err(rejection) => rejection.to_string(),
        }
    }
}

/// Evaluates the node for a request with this body.
pub(super) async fn evaluate_with(
    chain: &Chain,
    parameters: Value,
) -> Result<Evaluation, Rejection> {
    evaluate(
        snapshot(),
        &subject(parameters),
        &Object::new(),
        chain,
        IronicProfile::default(),
        CallerRights::default(),
    )
    .await
}

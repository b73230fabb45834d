//! A registrar for the tests of this room: no hooks, and no Ironic.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::failure::Failure;
use crate::hook::{Described, Engine, EngineKind, HookSource, LiveChain};
use crate::node::Target;
use crate::nodes::{Keyring, Nodes, PodManagers, RedfishOptions};
use crate::redfish::ReadLimits;
use crate::store::Store;

use super::{Identity, Registrar, RegistrarParts, Retention};

struct NoHooks;

impl HookSource for NoHooks {
    fn file(&self) -> Option<PathBuf> {
        None
    }

    fn read(&self) -> Result<Described, Failure> {
        Ok(Described::default())
    }
}

pub(super) async fn registrar(store: &Arc<Store>) -> Registrar {
    let store = || Arc::clone(store);
    let keyring = Arc::new(Keyring::new(BTreeMap::new(), store()));
    let options = RedfishOptions {
        timeout: Duration::from_secs(1),
        max_document: 1,
        concurrency: 1,
        retry_for: Duration::ZERO,
        cache: 0,
        expand: false,
        limits: ReadLimits::default(),
    };
    let pod_managers = Arc::new(PodManagers::new(store(), Arc::clone(&keyring), options));
    let engine = Engine::new(EngineKind::Offline).unwrap();
    let hooks = LiveChain::start(engine, Arc::new(NoHooks)).await.unwrap();
    Registrar::new(RegistrarParts {
        store: store(),
        nodes: Arc::new(Nodes::new(store(), Arc::clone(&pod_managers))),
        pod_managers,
        keyring,
        ironic: None,
        hooks: Arc::new(hooks),
        defaults: serde_json::Map::new(),
        newer_fields: crate::rules::NewerFields::default(),
        target: Target::Enroll,
        transition_timeout: Duration::from_secs(60),
        retention: Retention {
            age: Duration::ZERO,
            size: 0,
            ended: Duration::ZERO,
        },
        identity: Identity::default(),
    })
}

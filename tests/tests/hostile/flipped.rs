//! A thousand components of which one bit is another: each is refused in words, or it
//! is a hook like any other, whatever it does when it is called.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use valence::enrollment::Object;
use valence::evaluate::{CallerRights, evaluate};
use valence::failure::{Cause, Failure};
use valence::hook::{Chain, Engine, EngineKind, Hook, HookSpec};
use valence::inventory::Subject;
use valence::node::{PodManagerDriver, VerifyCa};
use valence::redfish::{Mockup, ReadLimits, Snapshot};
use valence::rules::IronicProfile;
use valence_tests::root;

use super::loading::Besieged;
use super::{alone, attacks, dry_run};

/// So many of those that load are tried in a server, beside others who register.
const SERVED: usize = 24;

const SYSTEM: &str = "/redfish/v1/Systems/System.Embedded.1";

/// What a registration with this hook comes to. Not a panic, and not for ever.
async fn called(hook: Hook) -> Result<(), Failure> {
    let mockup = Mockup::open(&root().join("hooks/mockups/dell-rack.json")).unwrap();
    let snapshot = Snapshot::new(Arc::new(mockup), ReadLimits::default());
    let subject = Subject {
        node_uuid: uuid::Uuid::nil(),
        node_name: "machine".into(),
        pod_manager: "rack-a".into(),
        driver: PodManagerDriver::Redfish,
        address: "https://bmc.invalid".into(),
        verify_ca: VerifyCa::default(),
        node: SYSTEM.parse().unwrap(),
        system: SYSTEM.parse().unwrap(),
        parameters: Object::new(),
        composition: None,
    };
    let chain = Chain::of(vec![Arc::new(hook)]);
    let defaults = Object::new();
    let evaluated = evaluate(
        Arc::new(snapshot),
        &subject,
        &defaults,
        &chain,
        IronicProfile::default(),
        CallerRights::default(),
    );
    match evaluated.await {
        Ok(_) => Ok(()),
        Err(rejection) => Err(rejection.into_failure()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_components_with_flipped_bits_are_refused_or_run_as_hooks() {
    let _alone = alone().lock().await;
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::new(EngineKind::Offline).unwrap();
    let sound = attacks::benign();
    let mut loaded = Vec::new();
    let mut failed = 0;
    for number in 0..1000_usize {
        let mut bytes = sound.clone();
        // Spread over the file, and over the bits of a byte.
        let place = number * sound.len() / 1000;
        bytes[place] ^= 1 << (number % 8);
        let file = directory.path().join("flipped.wasm");
        fs::write(&file, &bytes).unwrap();
        let mut spec = HookSpec::new("flipped", &file);
        spec.limits.deadline = Duration::from_millis(200);
        spec.limits.fuel = 50_000_000;
        let hook = match Hook::load(&engine, spec).await {
            Ok(hook) => hook,
            Err(error) => {
                assert!(error.to_string().starts_with("hook `flipped`"), "{error}");
                continue;
            }
        };
        loaded.push(bytes);
        if let Err(failure) = called(hook).await {
            failed += 1;
            assert_eq!(failure.hook.as_deref(), Some("flipped"), "{failure:?}");
            assert_ne!(failure.cause, Cause::Internal, "{failure:?}");
        }
    }
    assert!(loaded.len() > 100, "only {} load", loaded.len());
    println!(
        "1,000 components with a flipped bit: {} loaded and were called, {failed} of them came to nothing; \
         the others were refused",
        loaded.len()
    );
    in_a_server(&loaded).await;
}

/// Some of them are served, and called by a request, while others register.
async fn in_a_server(loaded: &[Vec<u8>]) {
    let server = Besieged::with("when = { node = \"rogue\" }", &["benign", "rogue"]).await;
    let attacking = async {
        for component in loaded.iter().step_by(loaded.len().div_ceil(SERVED)) {
            server.replace(component);
            let reply = server.reload().await;
            assert_eq!(reply.status, 200, "{:#}", reply.body);
            let reply = server.valence.post(&dry_run("rogue"), json!({})).await;
            let body = &reply.body;
            let is_a_hooks =
                body["hook"] == "rogue" && matches!(reply.status, 403 | 422 | 500 | 503);
            assert!(reply.status == 200 || is_a_hooks, "{body:#}");
            assert!(
                reply.status != 500 || body["code"] == "hook-failed",
                "{body:#}"
            );
        }
    };
    server.beside(attacking).await;
}

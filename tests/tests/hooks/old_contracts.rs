//! Components of contracts that were, which must go on running: see
//! tests/fixtures/contract.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use valence::enrollment::Change;
use valence::failure::Failure;
use valence::hook::HookSpec;
use valence::node::PodManagerDriver;
use valence::registration::{OfflineOptions, OfflineSubject, evaluate_offline};
use valence::text::hexadecimal;
use valence_tests::root;

/// Every component, by the version of its contract and its name.
fn components() -> BTreeMap<(String, String), PathBuf> {
    let mut found = BTreeMap::new();
    let directory = root().join("tests/fixtures/contract");
    for version in std::fs::read_dir(directory).unwrap() {
        let version = version.unwrap();
        let name = version.file_name().to_string_lossy().into_owned();
        if !name.starts_with("since_v") {
            continue;
        }
        for file in std::fs::read_dir(version.path()).unwrap() {
            let path = file.unwrap().path();
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            found.insert((name.clone(), stem), path);
        }
    }
    found
}

/// What was built against a released contract is what hooks in the field are like. A
/// component that was built anew may come to the same in all that is tried here, and
/// holds on to nothing.
#[test]
fn old_components_are_the_very_ones_that_were_built() {
    let list = root().join("tests/fixtures/contract/released.sha256");
    let list = std::fs::read_to_string(list).unwrap();
    let listed: Vec<_> = list.lines().filter(|line| !line.starts_with('#')).collect();
    let found = components().into_iter().map(|((version, name), path)| {
        let digest = hexadecimal(&Sha256::digest(std::fs::read(path).unwrap()));
        format!("{digest}  {version}/{name}.wasm")
    });
    assert_eq!(listed, found.collect::<Vec<_>>());
}

fn machine(mockup: &str) -> OfflineSubject {
    OfflineSubject {
        mockup: root().join("hooks/mockups").join(mockup),
        name: Some("machine".into()),
        pod_manager: Some("rack-a".into()),
        ..OfflineSubject::default()
    }
}

/// Nodes that were composed: of blocks, for which a flavour was asked, and by Intel RSD.
fn composed() -> [OfflineSubject; 2] {
    let request = json!({"flavor": "large", "properties": {"resource_zone": "row-1"}});
    [
        OfflineSubject {
            composition: request.as_object().cloned(),
            ..machine("composed.json")
        },
        OfflineSubject {
            driver: Some(PodManagerDriver::RedfishV1),
            ..machine("rsd-node.json")
        },
    ]
}

async fn evaluated(subject: OfflineSubject, spec: HookSpec, parameters: Value) -> Value {
    let options = OfflineOptions {
        hooks: vec![spec],
        parameters: serde_json::from_value(parameters).unwrap(),
        ..OfflineOptions::default()
    };
    match evaluate_offline(subject, options).await {
        Ok(evaluation) => {
            let all = evaluation
                .changes
                .iter()
                .map(|change| Change::clone(change));
            let mut changes: Vec<_> = all.filter(|change| change.by.name() == "old").collect();
            // Each change has the same ones.
            let reads = changes.first().map(|change| change.reads.clone());
            changes
                .iter_mut()
                .for_each(|change| change.reads = [].into());
            let found = evaluation.findings.iter();
            let findings: Vec<_> = found.filter(|one| one.hook.is_some()).collect();
            json!({"changes": changes, "reads": reads, "findings": findings})
        }
        Err(Failure { detail, .. }) => json!({ "refused": detail }),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_of_old_contracts_go_on_running() {
    let components = components();
    let names: Vec<_> = components.keys().map(|(_, name)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "composed",
            "configured",
            "documents",
            "hardware",
            "inventory",
            "review",
            "text"
        ]
    );
    for ((version, name), path) in &components {
        let size = std::fs::metadata(path).unwrap().len();
        assert!(size <= 30 << 10, "{name} has {size} bytes");
        let mut came = Vec::new();
        let plain = (json!({}), json!({}));
        let tried = match name.as_str() {
            "configured" => vec![
                plain,
                (json!({"class": "gold"}), json!({})),
                (json!({"class": 7}), json!({})),
            ],
            "review" => vec![
                plain,
                (json!({}), json!({"extra": {"deny": true}})),
                (json!({}), json!({"extra": {"later": true}})),
                (json!({}), json!({"extra": {"unclear": true}})),
            ],
            "composed" => Vec::new(),
            _ => vec![plain],
        };
        for (settings, parameters) in tried {
            let spec = HookSpec {
                settings: serde_json::from_value(settings.clone()).unwrap(),
                ..HookSpec::new("old", path)
            };
            let subject = machine("dell-rack.json");
            let outcome = evaluated(subject, spec, parameters.clone()).await;
            came.push(json!({"settings": settings, "parameters": parameters, "came": outcome}));
        }
        for subject in composed() {
            if name == "composed" {
                let mockup = subject.mockup.file_name().map(|name| name.to_owned());
                let outcome = evaluated(subject, HookSpec::new("old", path), json!({})).await;
                came.push(json!({"mockup": mockup.unwrap().to_string_lossy(), "came": outcome}));
            }
        }
        insta::assert_json_snapshot!(format!("{version}_{name}"), came);
    }
}

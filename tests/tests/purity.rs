//! Evaluating is pure: the same machine, request and hooks come to the same, byte
//! for byte, for the same fuel. In whatever engine, first or last, alone or among
//! others. Over all recorded machines and all sample hooks, with the settings and
//! requests of their policy cases.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;
use valence::enrollment::Object;
use valence::evaluate::{CallerRights, evaluate};
use valence::hook::{Chain, Engine, EngineKind, Hook, HookSpec};
use valence::inventory::Subject;
use valence::node::{PodManagerDriver, VerifyCa};
use valence::redfish::{Mockup, ReadLimits, ResourcePath, Snapshot, systems};
use valence::rules::IronicProfile;
use valence_tests::{corpus, hook, mockups, root};

/// A system of a recording.
#[derive(Clone, Debug)]
struct Machine {
    file: PathBuf,
    system: ResourcePath,
}

/// A chain as a place in `hooks`, and the request to try with it.
struct Policy {
    name: String,
    chain: Vec<usize>,
    parameters: Object,
}

/// Every sample hook with the settings of its policy cases.
#[derive(Default)]
struct Policies {
    hooks: Vec<HookSpec>,
    all: Vec<Policy>,
}

fn source(file: &Path) -> Arc<Snapshot> {
    let mockup = Mockup::open(file).unwrap();
    Arc::new(Snapshot::new(Arc::new(mockup), ReadLimits::default()))
}

async fn machines() -> Vec<Machine> {
    let directories = [
        Some(mockups()),
        Some(root().join("hooks/mockups")),
        corpus(),
    ];
    let mut files: Vec<_> = directories
        .into_iter()
        .flatten()
        .flat_map(|directory| fs::read_dir(directory).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let is_map = path
                .extension()
                .is_some_and(|extension| extension == "json");
            path.is_dir() || is_map && !path.ends_with("expected.json")
        })
        .collect();
    files.sort();
    let mut found = Vec::new();
    for file in files {
        for system in systems(&source(&file)).await.unwrap() {
            found.push(Machine {
                file: file.clone(),
                system,
            });
        }
    }
    found
}

/// Two cases of each sample hook are enough, for each has to be compiled in every
/// engine. The first ones make a chain besides.
fn policies() -> Policies {
    let mut found = Policies::default();
    let mut directories: Vec<_> = fs::read_dir(root().join("hooks"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("cases").is_dir() && path.join("src/lib.rs").exists())
        .collect();
    directories.sort();
    let mut together = Vec::new();
    for directory in directories {
        let name = directory.file_name().unwrap().to_string_lossy();
        let mut cases: Vec<_> = fs::read_dir(directory.join("cases"))
            .unwrap()
            .map(|case| fs::read_to_string(case.unwrap().path().join("case.toml")).unwrap())
            .map(|text| toml::from_str::<Value>(&text).unwrap())
            .filter(|case| case["expect"] != "settings")
            .collect();
        cases.sort_by_key(|case| (case["expect"] != "enrolled", case.to_string()));
        for (number, case) in cases.iter().take(2).enumerate() {
            let table = |key: &str| case[key].as_object().cloned().unwrap_or_default();
            let listed = case["credentials"].as_array().into_iter().flatten();
            let at = found.hooks.len();
            let before: Vec<_> = together
                .iter()
                .map(|at: &usize| &found.hooks[*at].name)
                .collect();
            let overrides = before.into_iter().cloned().collect();
            found.hooks.push(HookSpec {
                settings: table("settings"),
                credentials: listed
                    .filter_map(|one| Some(one.as_str()?.into()))
                    .collect(),
                // Which hook goes before which is not what is tried here.
                overrides,
                ..HookSpec::new(&*name, hook(&name))
            });
            if number == 0 {
                together.push(at);
            }
            found.all.push(Policy {
                name: format!("{name}, {number}"),
                chain: vec![at],
                parameters: table("parameters"),
            });
        }
    }
    found.all.push(Policy {
        name: "all".into(),
        chain: together,
        parameters: Map::new(),
    });
    found
}

async fn load(engine: &Engine, policies: &Policies) -> Vec<Arc<Chain>> {
    let mut hooks = Vec::new();
    for spec in &policies.hooks {
        hooks.push(Arc::new(Hook::load(engine, spec.clone()).await.unwrap()));
    }
    let chain = |policy: &Policy| {
        let hooks = policy.chain.iter().map(|at| Arc::clone(&hooks[*at]));
        Arc::new(Chain::of(hooks.collect()))
    };
    policies.all.iter().map(chain).collect()
}

/// All that an evaluation comes to, but for the time that it took.
async fn come_to(machine: &Machine, chain: &Chain, parameters: Object) -> String {
    let subject = Subject {
        node_uuid: uuid::Uuid::nil(),
        node_name: format!("rack a {}", machine.system.last_segment()),
        pod_manager: "rack-a".into(),
        driver: PodManagerDriver::Redfish,
        address: "https://bmc.invalid".into(),
        verify_ca: VerifyCa::default(),
        node: machine.system.clone(),
        system: machine.system.clone(),
        parameters,
        composition: None,
    };
    let evaluated = evaluate(
        source(&machine.file),
        &subject,
        &Object::new(),
        chain,
        IronicProfile::default(),
        CallerRights::default(),
    )
    .await;
    match evaluated {
        Ok(mut evaluation) => {
            assert!(evaluation.hooks.iter().all(|run| run.fuel > 0));
            for run in &mut evaluation.hooks {
                run.duration_us = 0;
            }
            serde_json::to_string(&evaluation).unwrap()
        }
        Err(rejection) => format!("{rejection:?}"),
    }
}

fn parameters() -> impl Strategy<Value = Object> {
    let value = prop_oneof![
        Just(json!("a-1")),
        Just(json!(["CUSTOM_A", "CUSTOM_B"])),
        Just(json!({"x": 1, "a": {"b": "\u{e9}", "a": 0.1}})),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let key = select(vec![
        "name",
        "extra",
        "properties",
        "traits",
        "description",
        "resource_class",
        "driver_info",
    ]);
    prop::collection::btree_map(key, value, 0..4).prop_map(|map| {
        let pairs = map.into_iter().map(|(key, value)| (key.to_owned(), value));
        pairs.collect()
    })
}

#[test]
fn evaluating_twice_gives_the_same_bytes_for_the_same_fuel() {
    let runtime = Runtime::new().unwrap();
    let all = policies();
    let machines = runtime.block_on(machines());
    let on = |kind| {
        let engine = Engine::new(kind).unwrap();
        runtime.block_on(load(&engine, &all))
    };
    let alone = on(EngineKind::Offline);
    let pooled = on(EngineKind::Server { concurrency: 3 });

    let policies = &all.all;
    assert!(machines.len() >= 8 && policies.len() >= 6);

    // What everything comes to in one engine, where each is the first of its hook
    // or comes after the others.
    let pairs: Vec<_> = machines
        .iter()
        .flat_map(|machine| (0..policies.len()).map(move |number| (machine, number)))
        .collect();
    let expected: Vec<_> = pairs
        .iter()
        .map(|(machine, number)| {
            let parameters = policies[*number].parameters.clone();
            runtime.block_on(come_to(machine, &alone[*number], parameters))
        })
        .collect();
    let enrolled = expected
        .iter()
        .filter(|text| text.starts_with("{\"enrollment\""))
        .count();
    println!(
        "{} machines, {} chains: {} evaluations, {enrolled} of them to an enrollment",
        machines.len(),
        policies.len(),
        pairs.len()
    );
    assert!(enrolled * 3 > pairs.len(), "most are refused");

    // Once more, backwards; in the pool; in the pool with all others at once.
    for (at, (machine, number)) in pairs.iter().enumerate().rev() {
        let again = |chain: &Arc<Chain>| {
            let parameters = policies[*number].parameters.clone();
            runtime.block_on(come_to(machine, chain, parameters))
        };
        let name = || format!("{machine:?} {}", policies[*number].name);
        assert_eq!(again(&alone[*number]), expected[at], "again: {}", name());
        assert_eq!(again(&pooled[*number]), expected[at], "pooled: {}", name());
    }
    let tasks: Vec<_> = pairs
        .iter()
        .map(|(machine, number)| {
            let parameters = policies[*number].parameters.clone();
            let (machine, chain) = ((*machine).clone(), Arc::clone(&pooled[*number]));
            runtime.spawn(async move { come_to(&machine, &chain, parameters).await })
        })
        .collect();
    for (at, task) in tasks.into_iter().enumerate() {
        let came = runtime.block_on(task).unwrap();
        assert_eq!(came, expected[at], "beside others: {:?}", pairs[at].0);
    }

    // And whatever the request asks for, in both engines.
    let inputs = (any::<Index>(), any::<Index>(), parameters());
    let mut runner = TestRunner::new(Config {
        cases: 60,
        failure_persistence: None,
        ..Config::default()
    });
    let property = runner.run(&inputs, |(machine, number, parameters)| {
        let machine = machine.get(&machines);
        let number = number.index(policies.len());
        let one = runtime.block_on(come_to(machine, &alone[number], parameters.clone()));
        let other = runtime.block_on(come_to(machine, &pooled[number], parameters.clone()));
        prop_assert_eq!(&one, &other);
        let again = runtime.block_on(come_to(machine, &pooled[number], parameters));
        prop_assert_eq!(&one, &again);
        Ok(())
    });
    property.unwrap();
}

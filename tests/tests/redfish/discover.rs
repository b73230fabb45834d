//! Services with more behind them than hosts: what could be managed, what is left out
//! and why, and that the one that is named is the one that is meant.

use serde_json::{Value, json};
use valence_tests::emulator::{Emulator, Machine, Rsd};
use valence_tests::{Valence, root};

async fn service(name: &str) -> Emulator {
    let file = root().join(format!("tests/fixtures/services/{name}.json"));
    Emulator::of_recording(&file).start().await
}

async fn known(valence: &Valence, name: &str, service: &Emulator) {
    let body = json!({"name": name, "url": service.url(), "driver": "redfish"});
    let made = valence.post("/v1/pod_managers", body).await;
    assert_eq!(made.status, 200, "{made:?}");
}

/// `id`, and why it is left out, of each.
async fn discovered(valence: &Valence, pod_manager: &str) -> Vec<(String, Option<String>)> {
    let path = format!("/v1/pod_managers/{pod_manager}/systems");
    let reply = valence.get(&path).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let systems = reply.body.as_array().unwrap().iter();
    systems
        .map(|system| {
            assert_eq!(system["manageable"], system["left_out"].is_null());
            (text(&system["id"]).unwrap(), text(&system["left_out"]))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_hosts_are_managed_where_all_are_meant() {
    let valence = Valence::bare().start();
    for (name, hosts, others) in [
        (
            "hgx",
            vec!["System_0"],
            vec![("HGX_Baseboard_0", "is no host: NVIDIA HGX")],
        ),
        (
            "dpu",
            vec!["System.Embedded.1"],
            vec![
                ("DPU.Slot.2-1", "its type is `DPU`"),
                ("Bluefield", "is no host: NVIDIA BlueField"),
            ],
        ),
        (
            "blades",
            vec!["Blade 1", "Blade 2"],
            vec![
                ("Blade 3", "its place is empty"),
                ("Blade4", "`/redfish/v1/Systems/Blade4` does not exist"),
            ],
        ),
    ] {
        let service = service(name).await;
        known(&valence, name, &service).await;
        for (id, left_out) in discovered(&valence, name).await {
            match left_out {
                None => assert!(hosts.contains(&id.as_str()), "{id}"),
                Some(reason) => {
                    let expected = others.iter().find(|(other, _)| *other == id);
                    let (_, words) = expected.unwrap_or_else(|| panic!("{id}: {reason}"));
                    assert!(reason.contains(words), "{id}: {reason}");
                }
            }
        }

        let all = valence.cli(["node", "manage", name, "--all", "-f", "json"]);
        assert_eq!(all.exit, 0, "{all:?}");
        let managed: Value = serde_json::from_str(&all.stdout).unwrap();
        let managed: Vec<_> = managed
            .as_array()
            .unwrap()
            .iter()
            .map(|node| node["index"].as_str().unwrap())
            .collect();
        assert_eq!(managed, hosts);
        for (id, words) in &others {
            let mut lines = all.stderr.lines();
            let told = lines.any(|line| line.starts_with("left out") && line.contains(words));
            assert!(told, "{id}: {}", all.stderr);
        }

        // The second time there is nothing left to do.
        let again = valence.cli(["node", "manage", name, "--all", "-f", "value"]);
        assert_eq!((again.exit, again.stdout.trim()), (0, ""), "{again:?}");
        let listed = valence.cli(["podm", "discover", name, "-f", "json"]);
        let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
        assert_eq!(listed.as_array().unwrap().len(), hosts.len() + others.len());
        for id in hosts {
            let reason = discovered(&valence, name)
                .await
                .into_iter()
                .find(|(other, _)| other == id)
                .unwrap()
                .1;
            assert!(
                reason.unwrap().starts_with("it is managed already, as `"),
                "{id}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_not_assembled_is_its_pod_managers_fault() {
    let valence = Valence::bare().start();
    let machine = Machine {
        id: "1".into(),
        model: "AM-1",
        number: 0x4002,
        nics: 1,
    };
    let emulator = Emulator::of_machines([machine]).rsd(Rsd::default());
    let emulator = emulator.start().await;
    for (id, links) in [
        ("1", json!({"ComputerSystem": {}})),
        (
            "2",
            json!({"ComputerSystem": {"@odata.id": "/redfish/v1/Systems/gone"}}),
        ),
    ] {
        let node = json!({
            "@odata.type": "#ComposedNode.1.0.0.ComposedNode", "Id": id, "Name": id, "Links": links,
        });
        let path = format!("/redfish/v1/Nodes/{id}");
        emulator.change(|documents| documents.put_member("/redfish/v1/Nodes", &path, node));
    }
    let body = json!({"name": "pod", "url": emulator.url(), "driver": "redfishv1"});
    let made = valence.post("/v1/pod_managers", body).await;
    assert_eq!(made.status, 200, "{made:?}");
    for (id, words) in [("1", "names no system"), ("2", "which does not exist")] {
        let body = json!({"podm_id": "pod", "node_index": id});
        let refused = valence.post("/v1/nodes/manage", body).await;
        assert_eq!(refused.status, 502, "{refused:?}");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{detail}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_system_that_is_named_is_the_one_that_is_meant() {
    let valence = Valence::bare().start();
    for name in ["hgx", "dpu", "blades"] {
        let service = service(name).await;
        known(&valence, name, &service).await;
    }
    // Whoever names a card means it.
    for (pod_manager, wanted, system) in [
        ("dpu", "/redfish/v1/Systems/Bluefield", "Bluefield"),
        (
            "dpu",
            "6B6F1A21-0000-4000-8000-000000000010",
            "System.Embedded.1",
        ),
        ("blades", "blade 2", "Blade2"),
        ("hgx", "System_0", "System_0"),
        ("hgx", "HGX_Baseboard_0", "HGX_Baseboard_0"),
    ] {
        let body = json!({"podm_id": pod_manager, "node_index": wanted});
        let managed = valence.post("/v1/nodes/manage", body).await;
        assert_eq!(managed.status, 200, "{managed:?}");
        assert_eq!(
            managed.body["resource_uri"],
            format!("/redfish/v1/Systems/{system}"),
            "{wanted}"
        );
    }
    // A baseboard that has its host's UUID, and a card that has its host's name.
    for (pod_manager, wanted, system) in [
        ("hgx", "6b6f1a21-0000-4000-8000-000000000001", "System_0"),
        ("dpu", "System", "System.Embedded.1"),
    ] {
        let body = json!({"podm_id": pod_manager, "node_index": wanted});
        let again = valence.post("/v1/nodes/manage", body).await;
        let detail = again.body["detail"].as_str().unwrap();
        let expected = format!(
            "`/redfish/v1/Systems/{system}` of pod manager `{pod_manager}` is managed already"
        );
        assert!(detail.starts_with(&expected), "{detail}");
    }
    // Two hosts of one name.
    let body = json!({"podm_id": "blades", "node_index": "System"});
    let refused = valence.post("/v1/nodes/manage", body).await;
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(
        detail.contains("could be any of several nodes: name one by its path"),
        "{detail}"
    );
    assert_eq!(refused.status, 400, "{refused:?}");
    assert_eq!(refused.body["field"], "/node_index");
    for (wanted, status) in [
        ("nobody", 404),
        ("/redfish/v1/Systems/nobody", 404),
        ("/redfish/v1/Systems", 400),
        ("/redfish/../etc", 400),
    ] {
        let body = json!({"podm_id": "blades", "node_index": wanted});
        let refused = valence.post("/v1/nodes/manage", body).await;
        assert_eq!(refused.status, status, "{wanted}: {refused:?}");
        assert_eq!(refused.body["field"], "/node_index");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.starts_with("pod manager `blades`: "), "{detail}");
    }
    let none = valence.get("/v1/pod_managers/nobody/systems").await;
    assert_eq!(none.status, 404);
}

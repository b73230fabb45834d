//! What others say of it: DMTF's validator of services, and real Ironic.

use std::process::Command;

use serde_json::json;
use valence_testbed::{Python, redfish_schemas};
use valence_tests::emulator::{Documents, Emulator, Pool, Way};
use valence_tests::{Valence, ask_ironic, corpus};

use super::machines;
use crate::register::ironic;

#[tokio::test(flavor = "multi_thread")]
async fn dmtf_finds_nothing_wrong_with_it() {
    let emulator = machines(1)
        .composition(Pool::of_two_zones(11))
        .account("root", "pw", Way::Sessions)
        .start()
        .await;
    let http = super::http();
    let url = format!("{}/redfish/v1/SessionService/Sessions", emulator.url());
    let login = json!({"UserName": "root", "Password": "pw"});
    let made = http.post(url).json(&login).send().await.unwrap();
    let token = super::header(&made, "x-auth-token");
    let blocks = json!([{"@odata.id": "/redfish/v1/CompositionService/ResourceBlocks/Compute-1"},
        {"@odata.id": "/redfish/v1/CompositionService/ResourceBlocks/Storage-1"}]);
    let composed = http
        .post(format!("{}/redfish/v1/Systems", emulator.url()))
        .header("x-auth-token", token)
        .json(&json!({"Name": "n", "Links": {"ResourceBlocks": blocks}}));
    assert_eq!(super::answered(composed).await.0, 201);

    let place = tempfile::tempdir().unwrap();
    let mut validator = tokio::task::spawn_blocking(|| {
        let program = Python::ready().unwrap().program("rf_service_validator");
        let mut validator = Command::new(program);
        validator
            .arg("--schema_directory")
            .arg(redfish_schemas().unwrap());
        validator
    })
    .await
    .unwrap();
    validator
        .args([
            "--rhost",
            emulator.url(),
            "--user",
            "root",
            "--password",
            "pw",
        ])
        .args(["--authtype", "Session", "--skipschema", "--logdir"])
        .arg(place.path())
        .current_dir(place.path());
    let said = tokio::task::spawn_blocking(move || validator.output())
        .await
        .unwrap()
        .unwrap();
    let said_text = String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success(), "{said_text}");
    for of in [
        "ResourceBlocks/Gpu-1",
        "ResourceZones/A",
        "Systems/Composed-1/Storage/1",
    ] {
        assert!(
            said_text.contains(of),
            "it did not look at {of}: {said_text}"
        );
    }
    assert!(!said_text.contains("WARN:"), "{said_text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ironic_manages_every_recorded_machine() {
    let Some(directory) = corpus() else {
        println!("no recorded machines: none was managed");
        return;
    };
    let endpoint = ironic().endpoint();
    let valence = Valence::with_ironic(&endpoint).start();
    let mut maps: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
        .collect();
    maps.sort();
    let mut nodes = Vec::new();
    for (number, map) in (1..).zip(&maps) {
        let machine = map.file_stem().unwrap().to_string_lossy().into_owned();
        let mut documents = Documents::open(map).unwrap();
        own_macs(&mut documents, number);
        let emulator = Emulator::of(documents)
            .account("root", "pw", Way::Either)
            .start()
            .await;
        let pod_manager = json!({"name": machine, "url": emulator.url(), "driver": "redfish",
            "authentication": [{"type": "basic", "auth_items": {"username": "root", "password": "pw"}}]});
        let made = valence.post("/v1/pod_managers", pod_manager).await;
        assert_eq!(made.status, 200, "{machine}: {:#}", made.body);
        for system in emulator.members("/redfish/v1/Systems") {
            let node = json!({"podm_id": machine, "node_index": system});
            let managed = valence.post("/v1/nodes/manage", node).await;
            assert_eq!(managed.status, 200, "{system}: {:#}", managed.body);
            nodes.push(managed.body["name"].as_str().unwrap().to_owned());
        }
    }
    let registering = nodes.iter().map(|name| {
        let path = format!("/v1/nodes/{name}/register?target=manageable&wait=true");
        let valence = &valence;
        async move { (name, valence.post(&path, json!({})).await) }
    });
    for (name, reply) in futures::future::join_all(registering).await {
        assert_eq!(reply.status, 200, "{name}: {:#}", reply.body);
        let uuid = reply.body["ironic"]["node_uuid"].as_str().unwrap();
        let (_, node) = ask_ironic(&endpoint, "GET", &format!("nodes/{uuid}"), None).await;
        assert_eq!(node["provision_state"], "manageable", "{name}");
        assert_eq!(node["power_state"], "power on", "{name}");
    }
    println!("recorded machines managed: {}", nodes.join(", "));
}

/// The recordings have MACs in common, which Ironic takes once only.
fn own_macs(documents: &mut Documents, machine: u8) {
    let paths: Vec<_> = documents.paths().map(str::to_owned).collect();
    let mut next = 0_u8;
    for path in paths {
        let Some(document) = documents.get_mut(&path) else {
            continue;
        };
        let has_mac = document
            .get("MACAddress")
            .and_then(|mac| mac.as_str())
            .is_some_and(|mac| mac.len() == 17);
        if has_mac {
            next += 1;
            let mac = json!(format!("52:54:d0:00:{machine:02x}:{next:02x}"));
            document["MACAddress"] = mac.clone();
            document["PermanentMACAddress"] = mac;
        }
    }
}

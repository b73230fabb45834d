//! Every route that OpenStack Valence had: docs/api.md says what comes of it here,
//! and a server is asked.

use serde_json::json;
use valence_testbed::RedfishEmulator;

use super::*;
use crate::register::ironic;

const SYSTEM: &str = "5f0e7d4c-8f44-4d0b-9d8f-3c1f6a0b9e02";

/// One row of the table: method, path and what the status here is.
struct Row {
    method: String,
    path: String,
    here: u16,
}

fn table() -> Vec<Row> {
    let text = fs::read_to_string(root().join("docs/api.md")).unwrap();
    let (_, section) = text
        .split_once("\n## Every route of OpenStack Valence\n")
        .unwrap();
    let lines = section.lines().take_while(|line| !line.starts_with("## "));
    let cells = |line: &str| -> Vec<String> {
        let cells = line.trim_matches('|').split('|');
        cells
            .map(|cell| cell.trim().trim_matches('`').to_owned())
            .collect()
    };
    lines
        .filter(|line| line.starts_with("| ") && line.contains('`'))
        .map(|line| match &cells(line)[..] {
            [method, path, _, here, _] => Row {
                method: method.clone(),
                path: path.clone(),
                here: here.parse().unwrap_or_else(|_| panic!("no status: {line}")),
            },
            _ => panic!("not five cells: {line}"),
        })
        .collect()
}

/// A body as the original's clients send it.
fn body(method: &str, path: &str, bmc: &str) -> Option<Value> {
    Some(match (method, path) {
        ("POST", "/v1/pod_managers") => json!({
            "name": "second", "url": format!("{bmc}/redfish/v1/"), "driver": "redfish",
            "authentication": [{"type": "basic", "auth_items": {"username": "a", "password": "b"}}],
        }),
        ("PATCH", "/v1/pod_managers/{podm}") => json!({"name": "first"}),
        ("POST", "/v1/nodes") => json!({"name": "composed", "podm_id": "first", "properties": {}}),
        ("POST", "/v1/nodes/manage") => json!({"node_index": SYSTEM, "podm_id": "second"}),
        ("POST", "/v1/flavors") => json!({"name": "small", "properties": {}}),
        ("PATCH", "/v1/flavors/small") => json!({"name": "small"}),
        ("POST", "/v1/nodes/{uuid}/action") => json!({"Reset": {"Type": "On"}}),
        ("POST" | "PATCH", _) => json!({}),
        _ => return None,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_of_the_original_is_answered_as_the_table_says() {
    let (valence, bmc, second) = tokio::task::spawn_blocking(|| {
        let emulator = |mac: &str| {
            let builder = RedfishEmulator::with_system(SYSTEM).nic(mac);
            builder.start().unwrap()
        };
        let valence = Valence::with_ironic(&ironic().endpoint()).start();
        (
            valence,
            emulator("52:54:00:5f:0e:01"),
            emulator("52:54:00:5f:0e:02"),
        )
    })
    .await
    .unwrap();
    let node = valence.manage("first", bmc.url(), SYSTEM, "of-old").await;
    let uuid = node["uuid"].as_str().unwrap();
    let podm = node["podm_id"].as_str().unwrap();
    let rows = table();
    assert!(rows.len() > 40, "{}", rows.len());
    let mut wrong = Vec::new();
    for Row { method, path, here } in rows {
        let filled = path.replace("{uuid}", uuid).replace("{podm}", podm);
        let filled = filled
            .replace("{id}", "1")
            .replace("{system}", &format!("{SYSTEM}?podm_id=first"));
        let reply = valence
            .send(&method, &filled, body(&method, &path, second.url()))
            .await;
        if reply.status != here {
            wrong.push(format!(
                "{method} {path}: {} and not {here}: {}",
                reply.status, reply.body
            ));
        }
        if reply.status >= 400 {
            let detail = reply.body["detail"].as_str().unwrap_or_default();
            assert!(
                detail.len() > 20,
                "{method} {path} says no sentence: {detail}"
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

//! `GET …/drift`, and `valence node drift`.

use serde_json::{Value, json};
use valence_tests::{Valence, hook};

use super::bed::{Machine, ask, node, patch, port_at, ports, serving, told, uuid};

/// Has the server come to other values from now on.
fn new_policy(valence: &mut Valence, lines: &str) {
    let file = valence.directory().join("valence.toml");
    let text = std::fs::read_to_string(&file).expect("its configuration");
    let text = text.replace("# policy\n", &format!("{lines}\n"));
    std::fs::write(&file, text).expect("its configuration");
    valence.crash_and_restart();
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_is_told_field_by_field_and_mended() {
    let machine = Machine::new("drift").await;
    let settings = "settings = { patterns = [\"{node}-a\"] }\nwrites = [\"/node/name\"]";
    let mut valence = serving()
        .configure("[register.defaults]\nresource_class = \"gold\"\n# policy\n")
        .hook("site-naming", &hook("site-naming"), settings)
        .start();
    machine.managed_by(&valence).await;
    let body = json!({"extra": {"body": 1, "agreed": 1}, "traits": ["CUSTOM_A", "CUSTOM_B"],
        "ports": [{"address": machine.mac(3), "pxe_enabled": true}, {"address": machine.mac(4)}],
        "driver_info": {"redfish_username": "root", "redfish_password": "canary-drift"}});
    let id = machine.register(&valence, body).await;
    let calm = machine.drift(&valence).await;
    assert_eq!(
        (&calm["drifted"], &calm["differences"]),
        (&json!(false), &json!([]))
    );
    let spoken = valence.cli(["node", "drift", &machine.name]);
    assert_eq!(spoken.exit, 0, "{}", spoken.stderr);

    // The site's policy changes…
    let file = valence.directory().join("valence.toml");
    let text = std::fs::read_to_string(&file).expect("its configuration");
    let text = text.replace("{node}-a", "{node}-b");
    std::fs::write(&file, text).expect("its configuration");
    new_policy(&mut valence, "description = \"by policy\"");
    // …and somebody was at it in Ironic.
    patch(
        &id,
        json!([
            {"op": "replace", "path": "/resource_class", "value": "theirs"},
            {"op": "add", "path": "/name", "value": format!("{}-theirs", machine.name)},
            {"op": "remove", "path": "/extra/body"},
            {"op": "add", "path": "/extra/unknown", "value": 1},
            {"op": "remove", "path": "/driver_info/redfish_password"},
        ]),
    )
    .await;
    ask(
        "PUT",
        &format!("nodes/{id}/traits"),
        Some(json!({"traits": ["CUSTOM_B", "CUSTOM_THEIRS"]})),
    )
    .await;
    let port = port_at(&id, &machine.mac(4)).await.expect("a port");
    ask(
        "DELETE",
        &format!("ports/{}", port["uuid"].as_str().unwrap()),
        None,
    )
    .await;
    let port = port_at(&id, &machine.mac(3)).await.expect("a port");
    let operations = json!([{"op": "replace", "path": "/pxe_enabled", "value": false}]);
    ask(
        "PATCH",
        &format!("ports/{}", port["uuid"].as_str().unwrap()),
        Some(operations),
    )
    .await;

    let before = (node(&id).await, ports(&id).await);
    let drift = machine.drift(&valence).await;
    assert_eq!(drift["drifted"], true);
    assert!(!drift.to_string().contains("canary-drift"));
    let (three, four) = (machine.mac(3), machine.mac(4));
    let pxe = format!("/ports/{three}/pxe_enabled");
    let whole = format!("/ports/{four}");
    assert_eq!(
        told(&drift["differences"]),
        [
            ("/node/description", "policy"),
            ("/node/driver_info/redfish_password", "missing"),
            ("/node/extra/body", "missing"),
            ("/node/name", "both"),
            ("/node/resource_class", "ironic"),
            (pxe.as_str(), "ironic"),
            (whole.as_str(), "missing"),
            ("/traits/CUSTOM_A", "missing"),
        ]
    );
    let name = &drift["differences"][3];
    assert_eq!(name["registered"], format!("{}-a", machine.name));
    assert_eq!(name["evaluated"], format!("{}-b", machine.name));
    assert_eq!(name["ironic"], format!("{}-theirs", machine.name));
    assert_eq!(name["by"], "site-naming");
    assert_eq!(drift["differences"][0]["by"], "defaults");
    assert_eq!(drift["differences"][2]["by"], "request");
    assert_eq!(drift["differences"][1]["evaluated"], "******");

    let spoken = valence.cli(["node", "drift", "--all", "-f", "json"]);
    assert_eq!(spoken.exit, 1, "{}", spoken.stderr);
    let rows: Value = serde_json::from_str(&spoken.stdout).expect("JSON");
    assert_eq!(rows.as_array().map(Vec::len), Some(8));
    assert_eq!(rows[3]["node"], machine.name);
    assert_eq!(rows[3]["by"], "site-naming");
    let spoken = valence.cli([
        "node",
        "drift",
        &machine.name,
        "-f",
        "value",
        "-c",
        "kind",
        "--sort-column",
        "kind",
    ]);
    assert_eq!(spoken.exit, 1);
    assert_eq!(spoken.stdout.split_whitespace().next(), Some("both"));
    assert_eq!(
        (node(&id).await, ports(&id).await),
        before,
        "a look at drift wrote"
    );

    let spoken = valence.cli([
        "node",
        "register",
        &machine.name,
        "--on-conflict",
        "update",
        "-f",
        "json",
    ]);
    assert_eq!(spoken.exit, 0, "{}", spoken.stderr);
    let reply: Value = serde_json::from_str(&spoken.stdout).expect("JSON");
    assert_eq!(told(&reply["changed"]), told(&drift["differences"]));
    let calm = machine.drift(&valence).await;
    assert_eq!(calm["differences"], json!([]));
    let now = node(&id).await;
    assert_eq!(now["extra"]["unknown"], 1);
    assert_eq!(
        now["extra"]["body"], 1,
        "the body of the first request still counts"
    );
    assert_eq!(
        now["traits"],
        json!(["CUSTOM_A", "CUSTOM_B", "CUSTOM_THEIRS"])
    );
    let again = machine.update(&valence, json!({})).await;
    assert_eq!(again.body["unchanged"], true, "{:#}", again.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_mark_or_node_is_drift_and_nodes_without_registration_are_not_found() {
    let machine = Machine::new("lost").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let path = format!("/v1/nodes/{}/drift", machine.name);
    assert_eq!(valence.get(&path).await.status, 404);
    assert_eq!(valence.cli(["node", "drift", &machine.name]).exit, 9);
    let nobody = valence.cli(["node", "drift", "--all"]);
    assert_eq!(nobody.exit, 0, "{}", nobody.stderr);
    let id = machine.register(&valence, json!({})).await;
    patch(&id, json!([{"op": "remove", "path": "/extra/valence"}])).await;
    let drift = machine.drift(&valence).await;
    let mark = ("/node/extra/valence/registration", "missing");
    assert_eq!(told(&drift["differences"]), [mark]);
    let reply = machine.update(&valence, json!({})).await;
    assert_eq!(uuid(&reply), id);
    assert_eq!(machine.drift(&valence).await["drifted"], false);
    let other = json!({"registration": "5d2e7c2c-8a51-4a52-9a06-6f2a4f0f6b1e"});
    patch(
        &id,
        json!([{"op": "add", "path": "/extra/valence", "value": other}]),
    )
    .await;
    let refused = machine
        .update(&valence, json!({"resource_class": "gold"}))
        .await;
    assert_eq!(refused.status, 409, "{:#}", refused.body);
    ask("DELETE", &format!("nodes/{id}"), None).await;
    let drift = machine.drift(&valence).await;
    assert_eq!(told(&drift["differences"]), [("/node", "missing")]);
    let refused = machine.update(&valence, json!({})).await;
    assert_eq!(refused.status, 409, "{:#}", refused.body);
}

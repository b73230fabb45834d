//! Where passwords go.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn passwords_reach_ironic_and_nobody_else() {
    let canary = "canary-7b1d-password";
    let closed = crate::ironic::closed();
    let machine = Machine::new("secret");
    let bmc = RedfishEmulator::with_system(&machine.uuid)
        .nic(&machine.macs[0])
        .basic_auth("root", canary)
        .start()
        .expect("emulator");
    let configuration = |password: &str| {
        format!(
            "[ironic]\nendpoint = \"{}\"\nauth = \"http_basic\"\nusername = \"admin\"\npassword_file = \"{password}\"",
            closed.endpoint()
        )
    };
    let valence = Valence::bare()
        .configure(&configuration("right"))
        .file("right", &format!("{CLOSED}\n"))
        .start();
    let pod_manager = json!({"name": "closed", "url": bmc.url(), "driver": "redfish",
        "authentication": [{"type": "basic", "auth_items": {"username": "root", "password": canary}}]});
    let made = valence.post("/v1/pod_managers", pod_manager).await;
    assert_eq!(made.status, 200, "{:#}", made.body);
    assert!(!made.body.to_string().contains(canary));
    let in_url = format!("http://root:{canary}@127.0.0.1:9");
    let refused = valence
        .post(
            "/v1/pod_managers",
            json!({"name": "x", "url": in_url, "authentication": []}),
        )
        .await;
    assert_eq!(refused.status, 400);
    assert!(
        !refused.body.to_string().contains(canary),
        "{:#}",
        refused.body
    );
    let managed = json!({"podm_id": "closed", "node_index": machine.uuid, "name": machine.name});
    assert_eq!(valence.post("/v1/nodes/manage", managed).await.status, 200);
    let own = json!({"driver_info": {"redfish_username": "root", "redfish_password": canary}});
    let dry = valence
        .post(&format!("{}?dry_run=true", machine.path()), own.clone())
        .await;
    assert_eq!(dry.status, 200, "{:#}", dry.body);
    assert!(!dry.body.to_string().contains(canary));
    let reply = valence.post(&machine.path(), own).await;
    let uuid = assert_registered(&reply);
    let other =
        json!({"driver_info": {"redfish_username": "root", "redfish_password": "another-canary"}});
    let differs = valence.post(&machine.path(), other).await;
    assert_eq!(differs.status, 409, "{:#}", differs.body);
    assert!(
        !differs.body.to_string().contains("canary"),
        "{:#}",
        differs.body
    );
    let shown = closed
        .cli()
        .baremetal(["node", "show", &uuid.to_string()])
        .expect("the node");
    assert_eq!(shown["driver_info"]["redfish_username"], "root");
    assert_eq!(shown["driver_info"]["redfish_password"], "******");
    closed
        .cli()
        .baremetal(["node", "manage", &uuid.to_string(), "--wait", "60"])
        .expect("manageable");
    let mut paths = vec![valence.directory().to_owned()];
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("its entries");
            paths.extend(entries.map(|entry| entry.expect("an entry").path()));
            continue;
        }
        if path.ends_with("right") {
            continue;
        }
        let bytes = std::fs::read(&path).expect("a file");
        for secret in [canary, CLOSED, "another-canary"] {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{} holds a password", path.display());
        }
    }

    let wrong = Valence::bare()
        .configure(&configuration("wrong"))
        .file("wrong", "no\n")
        .start();
    wrong
        .manage("open", machine.bmc.url(), &machine.uuid, "somebody")
        .await;
    let refused = wrong.post("/v1/nodes/somebody/register", json!({})).await;
    assert_eq!(refused.status, 503, "{:#}", refused.body);
    let detail = refused.body["detail"].as_str().expect("a detail");
    assert!(detail.contains("credentials"), "{detail}");
}

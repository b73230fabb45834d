//! What is not registered, and leaves nothing.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_node_leaves_ironic_untouched() {
    let machine = Machine::new("denied");
    let valence = serving()
        .hook(
            "guardrails",
            &hook("guardrails"),
            "settings = { required = [\"/node/resource_class\"] }",
        )
        .start();
    machine.managed_by(&valence).await;
    let reply = valence.post(&machine.path(), json!({})).await;
    assert_eq!(reply.status, 403, "{:#}", reply.body);
    assert_eq!(reply.body["code"], "denied");
    assert_eq!(reply.body["hook"], "guardrails");
    assert!(!is_in_ironic(&machine.name));
    let shown = valence.get(&format!("/v1/nodes/{}", machine.name)).await;
    assert_eq!(
        shown.body.get("managed_by").unwrap_or(&Value::Null),
        &Value::Null
    );

    let spoken = valence.cli(["node", "register", &machine.name]);
    assert_eq!(spoken.exit, 3, "{}", spoken.stderr);
    assert!(spoken.stderr.contains("guardrails"), "{}", spoken.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mac_of_another_node_leaves_nothing_behind() {
    let machine = Machine::new("taken");
    let owner = ironic()
        .cli()
        .baremetal(["node", "create", "--driver", "fake-hardware"])
        .expect("another node");
    let owner = owner["uuid"].as_str().expect("its uuid");
    ironic()
        .cli()
        .baremetal(["port", "create", &machine.macs[1], "--node", owner])
        .expect("its port");
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let reply = valence.post(&machine.path(), json!({})).await;
    assert_eq!(reply.status, 409, "{:#}", reply.body);
    let detail = reply.body["detail"].as_str().expect("a detail");
    assert!(
        detail.contains(&machine.macs[1]) && detail.contains(owner),
        "{detail}"
    );
    assert!(!is_in_ironic(&machine.name));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ironic_that_is_not_there_is_told_and_nothing_is_lost() {
    let machine = Machine::new("nobody");
    let valence = Valence::with_ironic("http://127.0.0.1:9").start();
    machine.managed_by(&valence).await;
    let reply = valence.post(&machine.path(), json!({})).await;
    assert_eq!(reply.status, 503, "{:#}", reply.body);
    assert!(reply.headers.contains_key("retry-after"));
    let spoken = valence.cli(["node", "register", &machine.name]);
    assert_eq!(spoken.exit, 6, "{}", spoken.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_checked_as_the_pod_manager_says() {
    let uuid = Uuid::new_v4().to_string();
    let bmc = RedfishEmulator::with_system(&uuid)
        .tls()
        .start()
        .expect("emulator");
    let ca_file = bmc
        .ca_file()
        .expect("its certificate")
        .display()
        .to_string();
    let valence = Valence::bare().start();
    for (verify_ca, status) in [
        (json!(true), 502),
        (json!(ca_file), 200),
        (json!(false), 409),
    ] {
        let body = json!({"name": "tls", "url": bmc.url(), "driver": "redfish",
            "authentication": [], "verify_ca": verify_ca});
        let reply = valence.post("/v1/pod_managers", body).await;
        assert_eq!(reply.status, status, "{verify_ca}: {:#}", reply.body);
        if status == 502 {
            let detail = reply.body["detail"].as_str().expect("a detail");
            assert!(detail.contains("certificate"), "{detail}");
        }
    }
    let unchecked = valence
        .send(
            "PATCH",
            "/v1/pod_managers/tls",
            Some(json!({"verify_ca": false})),
        )
        .await;
    assert_eq!(unchecked.status, 200, "{:#}", unchecked.body);
}

//! What is created, and removed.

use super::*;

#[tokio::test]
async fn apply_creates_exactly_the_enrollment() {
    let (client, own) = (client().await, Own::new());
    let plan = plan(json!({
        "node": {
            "driver": "redfish",
            "name": own.name(),
            "driver_info": {"redfish_address": "https://bmc.invalid", "redfish_system_id": "/redfish/v1/Systems/1"},
            "properties": {"cpus": 64, "memory_mb": 262144, "local_gb": 893, "cpu_arch": "x86_64", "capabilities": "boot_mode:uefi"},
            "extra": {"rack": "r1"},
            "resource_class": "large",
            "description": "a test",
            "owner": "site-a",
            "deploy_interface": "ramdisk",
        },
        "portgroups": [{"name": format!("{}-bond0", own.name()), "mode": "802.3ad"}],
        "ports": [
            {"address": own.mac(1), "pxe_enabled": true, "physical_network": "net1", "portgroup": format!("{}-bond0", own.name())},
            {"address": own.mac(2).to_uppercase(), "pxe_enabled": false, "extra": {"slot": 2}},
        ],
        "traits": ["CUSTOM_GPU", "HW_CPU_X86_AVX2"],
    }));
    let created = ironic::apply(
        &client,
        &NoJournal,
        &plan,
        Some(&credentials("root", PASSWORD)),
    )
    .await
    .expect("created");
    assert_eq!(created.node_uuid, plan.node_uuid);
    assert_eq!(created.provision_state, "enroll");
    assert_eq!(created.microversion.to_string(), "1.115");

    let uuid = plan.node_uuid.to_string();
    let node = tokio::task::spawn_blocking(move || open().cli().baremetal(["node", "show", &uuid]))
        .await
        .expect("no panic")
        .expect("ironic's client");
    let mut expected = plan.enrollment.node.clone();
    expected.insert("uuid".into(), json!(plan.node_uuid));
    expected.insert(
        "driver_info".into(),
        json!({
            "redfish_address": "https://bmc.invalid",
            "redfish_system_id": "/redfish/v1/Systems/1",
            "redfish_username": "root",
            "redfish_password": "******",
        }),
    );
    expected.insert(
        "extra".into(),
        json!({
            "rack": "r1",
            "valence": {"registration": plan.registration, "digest": "digest", "hooks": ["sha256:hook"]},
        }),
    );
    assert_holds(&node, &Value::Object(expected));

    let groups = client
        .node_portgroups(plan.node_uuid)
        .await
        .expect("portgroups");
    assert_eq!(groups.len(), 1);
    assert_holds(
        &groups[0],
        &json!({"uuid": created.portgroups[0], "name": format!("{}-bond0", own.name()), "mode": "802.3ad"}),
    );
    let mut ports = client.node_ports(plan.node_uuid).await.expect("ports");
    ports.sort_by_key(|port| port["address"].to_string());
    assert_eq!(ports.len(), 2);
    assert_holds(
        &ports[0],
        &json!({"uuid": created.ports[0], "address": own.mac(1), "pxe_enabled": true, "physical_network": "net1", "portgroup_uuid": created.portgroups[0]}),
    );
    assert_holds(
        &ports[1],
        &json!({"uuid": created.ports[1], "address": own.mac(2), "pxe_enabled": false, "extra": {"slot": 2}}),
    );
    let mut traits = client.node_traits(plan.node_uuid).await.expect("traits");
    traits.sort();
    assert_eq!(traits, ["CUSTOM_GPU", "HW_CPU_X86_AVX2"]);
}

#[tokio::test]
async fn applying_again_creates_nothing_twice_and_finishes_what_is_missing() {
    let (client, own) = (client().await, Own::new());
    let whole = small_plan(&own);
    let mut cut_off = whole.clone();
    cut_off.enrollment.ports.pop();
    cut_off.enrollment.traits.clear();
    apply(&client, &cut_off).await.expect("created");

    let first = apply(&client, &whole).await.expect("finished");
    assert_eq!(apply(&client, &whole).await.expect("again"), first);
    assert_eq!(
        client
            .node_ports(whole.node_uuid)
            .await
            .expect("ports")
            .len(),
        2
    );
    assert_eq!(
        client.node_traits(whole.node_uuid).await.expect("traits"),
        ["CUSTOM_SMALL"]
    );
    let found = ironic::find_registered(&client, &whole)
        .await
        .expect("an answer");
    let mark = Mark::of(&found.expect("the node")).expect("its mark");
    assert_eq!(mark.registration, whole.registration);

    // A later registration from the same enrollment takes over what stands.
    let later = Plan {
        registration: Uuid::new_v4(),
        ..whole.clone()
    };
    apply(&client, &later).await.expect("taken over");
    let node = client
        .node(later.node_uuid)
        .await
        .expect("an answer")
        .expect("the node");
    assert_eq!(
        Mark::of(&node).expect("its mark").registration,
        later.registration
    );

    // From another enrollment it does not.
    let other = Plan {
        registration: Uuid::new_v4(),
        digest: "other".into(),
        ..whole
    };
    let error = apply(&client, &other).await.expect_err("a leftover");
    assert!(!error.undone());
    assert_eq!(error.into_failure().cause, Cause::Conflict);
}

#[tokio::test]
async fn what_ironic_refuses_is_undone_and_told_in_its_words() {
    let client = client().await;
    let own = Own::new();
    let cases = [
        // A port that the static rules would have caught.
        (
            json!({
                "node": {"driver": "fake-hardware"},
                "ports": [
                    {"address": own.mac(1)},
                    {"address": own.mac(2), "local_link_connection": {"switch_id": "leaf1", "port_id": "1"}},
                ],
                "traits": ["CUSTOM_A"],
            }),
            400,
            format!("/ports/{}", own.mac(2)),
        ),
        (
            json!({"node": {"driver": "fake-hardware"}, "ports": [{"address": own.mac(3)}], "traits": ["no trait"]}),
            400,
            "/traits".into(),
        ),
        (
            json!({"node": {"driver": "no-such-driver"}}),
            400,
            "/node".into(),
        ),
    ];
    for (enrollment, status, field) in cases {
        let plan = plan(enrollment);
        let error = apply(&client, &plan).await.expect_err("a refusal");
        assert_eq!(error.undo, Undo::Undone, "{error}");
        let failure = error.into_failure();
        assert_eq!(failure.cause, Cause::InvalidEnrollment, "{failure}");
        assert_eq!(failure.field, Some(field));
        let answer = failure.ironic.expect("ironic's answer");
        assert_eq!(answer.status, Some(status));
        assert!(answer.request_id.is_some_and(|id| id.starts_with("req-")));
        assert_nothing_left(&client, &plan).await;
    }
}

#[tokio::test]
async fn a_field_newer_than_the_api_version_is_named_before_anything_is_written() {
    let _ = client().await;
    let old = Client::new(Settings {
        api_version: Some("1.50".parse().expect("a version")),
        ..settings(&open().endpoint(), Auth::None)
    })
    .expect("a client");
    let plan = plan(json!({"node": {"driver": "fake-hardware", "description": "came with 1.51"}}));
    let error = apply(&old, &plan).await.expect_err("a refusal");
    assert_eq!(error.undo, Undo::NothingMade);
    let failure = error.into_failure();
    assert_eq!(failure.cause, Cause::InvalidEnrollment);
    assert_eq!(failure.field.as_deref(), Some("/node/description"));
    assert!(
        failure
            .detail
            .contains("needs Ironic's API 1.51, and this Ironic has 1.50"),
        "{failure}"
    );
}

#[tokio::test]
async fn remove_deletes_once_and_only_what_bears_our_mark() {
    let (client, own) = (client().await, Own::new());
    let plan = small_plan(&own);
    apply(&client, &plan).await.expect("created");
    let remove = async |node| ironic::remove(&client, &NoJournal, plan.registration, node).await;
    assert_eq!(
        remove(plan.node_uuid).await.expect("removed"),
        Removed::Deleted
    );
    assert_nothing_left(&client, &plan).await;
    assert_eq!(
        remove(plan.node_uuid).await.expect("removed"),
        Removed::WasGone
    );
    // Its MACs are free again.
    let again = Plan {
        node_uuid: ironic::node_uuid(own.0, 1),
        ..plan.clone()
    };
    apply(&client, &again).await.expect("created again");

    let foreign = Uuid::new_v4();
    let uuid = foreign.to_string();
    let created = tokio::task::spawn_blocking(move || {
        open().cli().baremetal([
            "node",
            "create",
            "--driver",
            "fake-hardware",
            "--uuid",
            &uuid,
        ])
    });
    created
        .await
        .expect("no panic")
        .expect("created by ironic's client");
    let error = remove(foreign).await.expect_err("a refusal");
    assert_eq!(error.into_failure().cause, Cause::Conflict);
    assert!(client.node(foreign).await.expect("an answer").is_some());
}

#[tokio::test]
async fn a_node_becomes_manageable() {
    let (client, own) = (client().await, Own::new());
    let plan = small_plan(&own);
    apply(&client, &plan).await.expect("created");
    client
        .set_provision_state(plan.node_uuid, "manage")
        .await
        .expect("begun");
    let settled = client
        .settled(plan.node_uuid, Duration::from_secs(60))
        .await
        .expect("settled");
    assert_eq!(settled.state, "manageable", "{settled:?}");
}

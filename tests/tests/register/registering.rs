//! What is registered, and how.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_node_has_the_fields_of_its_enrollment_and_becomes_manageable() {
    let machine = Machine::new("plain");
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let dry = valence
        .post(&format!("{}?dry_run=true", machine.path()), json!({}))
        .await;
    assert_eq!(dry.status, 200, "{:#}", dry.body);
    assert!(!is_in_ironic(&machine.name), "a dry run wrote to Ironic");

    let reply = valence.post(&machine.path(), json!({})).await;
    let uuid = assert_registered(&reply);

    let (enrolled, shown) = (&dry.body["enrollment"]["node"], node(uuid));
    for (key, value) in enrolled.as_object().expect("an object") {
        if key != "extra" {
            assert_eq!(&shown[key], value, "`{key}`");
        }
    }
    assert_eq!(shown["provision_state"], "enroll");
    assert_eq!(shown["driver_info"]["redfish_address"], machine.bmc.url());
    assert_eq!(
        shown["driver_info"]["redfish_system_id"],
        format!("/redfish/v1/Systems/{}", machine.uuid)
    );
    assert_eq!(ports(uuid), machine.macs);

    let cli = ironic().cli();
    cli.baremetal(["node", "manage", &uuid.to_string()])
        .expect("manage");
    let started = Instant::now();
    while node(uuid)["provision_state"] != "manageable" {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "{:#}",
            node(uuid)
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn by_uuid_and_by_the_other_url_and_by_the_command_of_the_seed() {
    let valence = serving().start();
    let machine = Machine::new("urls");
    let managed = machine.managed_by(&valence).await;
    let id = managed["uuid"].as_str().expect("a uuid");

    let by_uuid = valence
        .post(&format!("/v1/nodes/{id}/register"), json!({}))
        .await;
    let first = assert_registered(&by_uuid);
    assert_eq!(
        valence
            .delete(&format!("/v1/node/{id}/register"))
            .await
            .status,
        200
    );

    let alias = valence
        .post(&format!("/v1/node/{}/register", machine.name), json!({}))
        .await;
    let second = assert_registered(&alias);
    assert_ne!(first, second, "a node that comes back is a new one");
    assert_eq!(valence.delete(&machine.path()).await.status, 200);

    let spoken = valence.cli(["node-register", &machine.name, "-f", "json"]);
    assert_eq!(spoken.exit, 0, "{}", spoken.stderr);
    let shown: Value = serde_json::from_str(&spoken.stdout).expect("JSON");
    assert_eq!(shown["managed_by"], "ironic");
    assert!(is_in_ironic(&machine.name));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hooks_and_caller_set_arrives() {
    let machine = Machine::new("hooked");
    let valence = serving()
        .hook(
            "site-naming",
            &hook("site-naming"),
            "settings = { patterns = [\"{node}-named\"] }\nwrites = [\"/node/name\"]",
        )
        .hook(
            "port-policy",
            &hook("port-policy"),
            "settings = { rules = [{ physical_network = \"physnet1\" }] }",
        )
        .start();
    machine.managed_by(&valence).await;
    let body = json!({"resource_class": "gold", "properties": {"rack": "r7"}, "extra": {"ticket": 12},
        "traits": ["CUSTOM_SITE_A"]});
    let reply = valence.post(&machine.path(), body).await;
    let uuid = assert_registered(&reply);
    let shown = node(uuid);
    assert_eq!(shown["name"], format!("{}-named", machine.name));
    assert_eq!(shown["resource_class"], "gold");
    assert_eq!(shown["properties"]["rack"], "r7");
    assert_eq!(shown["extra"]["ticket"], 12);
    assert_eq!(shown["traits"], json!(["CUSTOM_SITE_A"]));
    let listed = ironic()
        .cli()
        .baremetal([
            "port",
            "list",
            "--node",
            &uuid.to_string(),
            "--fields",
            "physical_network",
        ])
        .expect("its ports");
    assert_eq!(
        listed,
        json!([{"physical_network": "physnet1"}, {"physical_network": "physnet1"}])
    );
    let ran: Vec<_> = reply.body["hooks"]
        .as_array()
        .expect("hooks")
        .iter()
        .map(|h| &h["name"])
        .collect();
    assert_eq!(ran, ["site-naming", "port-policy"]);
    assert_eq!(reply.body["hooks"][0]["wrote"], json!(["/node/name"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn registering_twice_is_harmless_and_a_difference_is_told() {
    let machine = Machine::new("twice");
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let uuid = assert_registered(&valence.post(&machine.path(), json!({})).await);
    let before = node(uuid);
    let again = valence.post(&machine.path(), json!({})).await;
    assert_eq!(assert_registered(&again), uuid);
    assert_eq!(again.body["unchanged"], true);
    assert_eq!(node(uuid)["updated_at"], before["updated_at"]);

    let other = valence
        .post(&machine.path(), json!({"resource_class": "gold"}))
        .await;
    assert_eq!(other.status, 409, "{:#}", other.body);
    let detail = other.body["detail"].as_str().expect("a detail");
    assert!(detail.contains("/node/resource_class"), "{detail}");
    assert!(detail.contains("on_conflict=update"), "{detail}");
    assert!(detail.contains("deregister"), "{detail}");

    let given_up = valence.delete(&format!("/v1/nodes/{}", machine.name)).await;
    assert_eq!(given_up.status, 409, "{:#}", given_up.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_callers_at_once_make_one_node() {
    let machine = Machine::new("race");
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let path = machine.path();
    let both = futures::future::join_all((0..4).map(|_| valence.post(&path, json!({})))).await;
    for reply in &both {
        assert!(matches!(reply.status, 200 | 409), "{:#}", reply.body);
    }
    assert!(both.iter().any(|reply| reply.status == 200));
    assert_eq!(
        assert_registered(&valence.post(&path, json!({})).await).get_version_num(),
        5
    );
}

/// Whether Ironic has a node of this name, asked without the detour of a command.
async fn has_node(http: &reqwest::Client, name: &str) -> bool {
    let asked = http
        .get(format!("{}/v1/nodes?fields=name", ironic().endpoint()))
        .header("X-OpenStack-Ironic-API-Version", "1.37")
        .send();
    let listed: Value = asked.await.expect("an answer").json().await.expect("JSON");
    listed["nodes"]
        .as_array()
        .expect("a list")
        .iter()
        .any(|node| node["name"] == name)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_was_cut_off_is_finished_at_the_next_start() {
    let machine = Machine::new("crash");
    let gate = Gate::before(&ironic().endpoint()).await;
    let mut valence = Valence::with_ironic(&gate.url()).start();
    machine.managed_by(&valence).await;
    let http = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let caller = {
        let (http, url) = (http.clone(), format!("{}{}", valence.url(), machine.path()));
        tokio::spawn(async move { http.post(url).json(&json!({})).send().await })
    };
    while !has_node(&http, &machine.name).await {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // The node is there; its ports are on their way. Ironic is away at the start.
    gate.shut();
    valence.crash_and_restart();
    let _ = caller.await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let path = format!("/v1/nodes/{}", machine.name);
    let given_up = valence.delete(&path).await;
    assert_eq!(given_up.status, 409, "{:#}", given_up.body);
    gate.open();

    let started = Instant::now();
    while valence.get(&path).await.body["managed_by"] != "ironic" {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "it is not finished: {}",
            valence.complaints()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let again = valence.post(&machine.path(), json!({})).await;
    let uuid = assert_registered(&again);
    assert_eq!(again.body["unchanged"], true);
    assert_eq!(ports(uuid), machine.macs);
}

//! `on_conflict=update`.

use serde_json::{Value, json};
use valence_tests::{Proxy, Valence};

use super::bed::{
    Machine, PASSWORD, ask, by_hand, detail, ironic, journal, node, patch, port_at, ports, serving,
    set, told, uuid,
};

#[tokio::test(flavor = "multi_thread")]
async fn an_update_changes_what_is_ours_and_leaves_what_is_others() {
    let machine = Machine::new("update").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let first = json!({"resource_class": "gold", "extra": {"ours": 1, "old": 1},
        "traits": ["CUSTOM_OURS", "CUSTOM_OLD"]});
    let id = machine.register(&valence, first).await;

    // Somebody else comes along.
    ask("PUT", &format!("nodes/{id}/traits/CUSTOM_THEIRS"), None).await;
    let foreign = json!({"node_uuid": id, "address": machine.foreign_mac(), "extra": {"a": 1}});
    let foreign = ask("POST", "ports", Some(foreign)).await;
    patch(
        &id,
        json!([
            {"op": "add", "path": "/extra/theirs", "value": {"deep": [1]}},
            {"op": "add", "path": "/description", "value": "theirs"},
            {"op": "replace", "path": "/properties/memory_mb", "value": 1},
        ]),
    )
    .await;
    let lost = port_at(&id, &machine.mac(2)).await.expect("a port");
    let lost_port = lost["uuid"].as_str().expect("its uuid");
    ask("DELETE", &format!("ports/{lost_port}"), None).await;
    let kept = port_at(&id, &machine.mac(1)).await.expect("a port");

    let then = json!({"resource_class": "silver", "extra": {"ours": 2},
        "traits": ["CUSTOM_OURS", "CUSTOM_NEW"]});
    let reply = machine.update(&valence, then).await;
    assert_eq!(uuid(&reply), id);
    assert_eq!(reply.body["unchanged"], false);
    let port = format!("/ports/{}", machine.mac(2));
    assert_eq!(
        told(&reply.body["changed"]),
        [
            ("/node/extra/old", "policy"),
            ("/node/extra/ours", "policy"),
            ("/node/properties/memory_mb", "ironic"),
            ("/node/resource_class", "policy"),
            (port.as_str(), "missing"),
            ("/traits/CUSTOM_NEW", "policy"),
            ("/traits/CUSTOM_OLD", "policy"),
        ]
    );
    assert_eq!(reply.body["changed"][3]["from"], "gold");
    assert_eq!(reply.body["changed"][3]["to"], "silver");
    assert_eq!(reply.body["changed"][3]["by"], "request");
    assert_eq!(reply.body["changed"][2]["by"], "seed");

    let now = node(&id).await;
    assert_eq!(now["resource_class"], "silver");
    assert_eq!(now["extra"]["ours"], 2);
    assert!(now["extra"].get("old").is_none(), "{now:#}");
    assert_eq!(now["extra"]["theirs"], json!({"deep": [1]}));
    assert_eq!(now["description"], "theirs");
    assert_ne!(now["properties"]["memory_mb"], 1);
    let traits = set(&now["traits"]);
    assert_eq!(
        traits,
        ["CUSTOM_NEW", "CUSTOM_OURS", "CUSTOM_THEIRS"]
            .into_iter()
            .collect()
    );
    assert_eq!(ports(&id).await.len(), 5);
    let still = port_at(&id, &machine.foreign_mac()).await;
    assert_eq!(still.as_ref(), Some(&foreign), "a foreign port was touched");
    assert_eq!(port_at(&id, &machine.mac(1)).await, Some(kept));
    let back = port_at(&id, &machine.mac(2))
        .await
        .expect("the port is back");
    assert_eq!(back["uuid"], lost["uuid"]);

    // Each write is on record, before it was sent and after it was answered.
    let journal = journal(&valence, &reply.body["registration"]).await;
    assert!(
        journal.iter().all(|(_, ended)| ended.contains("done")),
        "{journal:?}"
    );
    let steps: Vec<_> = journal.iter().map(|(step, _)| step.as_str()).collect();
    let expected = [
        format!("create port {lost_port} {}", machine.mac(2)),
        format!("add trait CUSTOM_NEW to node {id}"),
        format!("remove trait CUSTOM_OLD from node {id}"),
        format!("amend node {id}"),
    ];
    assert_eq!(
        steps.get(steps.len() - 4..),
        Some(&expected.each_ref().map(String::as_str)[..])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_node_is_read_once_and_not_written() {
    let machine = Machine::new("same").await;
    let proxy = Proxy::new(&ironic().endpoint()).await;
    let valence = Valence::with_ironic(&proxy.endpoint()).start();
    machine.managed_by(&valence).await;
    let body = json!({"traits": ["CUSTOM_A"], "extra": {"a": {"b": 1}}});
    let id = machine.register(&valence, body.clone()).await;
    let before = (node(&id).await, ports(&id).await);
    let so_far = proxy.requests().len();
    for body in [body, json!({})] {
        let reply = machine.update(&valence, body).await;
        assert_eq!(uuid(&reply), id);
        assert_eq!(reply.body["unchanged"], true, "{:#}", reply.body);
        assert_eq!(reply.body["changed"], json!([]));
        let traits = &reply.body["ironic"]["traits"];
        assert_eq!(traits, &json!(["CUSTOM_A"]));
    }
    let requests = proxy.requests();
    let asked = requests.get(so_far..).expect("requests");
    assert_eq!(asked.len(), 2 * 3, "{asked:?}");
    assert!(
        asked.iter().all(|line| line.starts_with("GET ")),
        "{asked:?}"
    );
    assert_eq!((node(&id).await, ports(&id).await), before);

    // In which order a BMC lists its interfaces says nothing.
    machine.bmc.turn_round();
    let body = json!({"traits": ["CUSTOM_A"], "extra": {"a": {"b": 1}}});
    let again = valence.post(&machine.path(), body.clone()).await;
    assert_eq!(again.body["unchanged"], true, "{:#}", again.body);
    let updated = machine.update(&valence, body).await;
    assert_eq!(updated.body["unchanged"], true, "{:#}", updated.body);
    assert_eq!((node(&id).await, ports(&id).await), before);
}

/// Whether Ironic's database has ever held `text`.
fn database_holds(text: &str) -> bool {
    let directory = ironic().clouds_yaml().parent().expect("its directory");
    let holds = |name: &str| {
        let bytes = std::fs::read(directory.join(name)).unwrap_or_default();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    holds("ironic.sqlite") || holds("ironic.sqlite-wal")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_masked_password_is_never_written_and_a_new_one_is() {
    let machine = Machine::new("masked").await;
    let proxy = Proxy::new(&ironic().endpoint()).await;
    let valence = Valence::with_ironic(&proxy.endpoint()).start();
    machine.managed_by(&valence).await;
    let body = |password: &str, more: i32| {
        json!({"driver_info": {"redfish_username": "root", "redfish_password": password,
            "firmware_update_unresponsive_bmc_wait": more}})
    };
    let id = machine.register(&valence, body(PASSWORD, 1)).await;
    assert!(database_holds(PASSWORD));

    let same = machine.update(&valence, body(PASSWORD, 2)).await;
    uuid(&same);
    assert_eq!(
        told(&same.body["changed"]),
        [(
            "/node/driver_info/firmware_update_unresponsive_bmc_wait",
            "policy"
        )]
    );
    let masked = json!({"driver_info": {"firmware_update_unresponsive_bmc_wait": 3}});
    patch(
        &id,
        json!([{"op": "add", "path": "/driver_info/their_token", "value": "t"}]),
    )
    .await;
    // Without a body it is the request of before, its password included.
    let kept = machine.update(&valence, json!({})).await;
    assert_eq!(kept.body["unchanged"], true, "{:#}", kept.body);

    let next = "canary-converge-2";
    let reply = machine.update(&valence, body(next, 2)).await;
    uuid(&reply);
    assert_eq!(
        told(&reply.body["changed"]),
        [("/node/driver_info/redfish_password", "policy")]
    );
    assert!(!reply.body.to_string().contains(next));
    assert!(database_holds(next));
    // Lost there: it is sent again.
    patch(
        &id,
        json!([{"op": "remove", "path": "/driver_info/redfish_password"}]),
    )
    .await;
    let reply = machine.update(&valence, json!({})).await;
    assert_eq!(
        told(&reply.body["changed"]),
        [("/node/driver_info/redfish_password", "missing")]
    );
    // Back to a machine without credentials.
    let reply = machine.update(&valence, masked).await;
    uuid(&reply);
    assert_eq!(
        told(&reply.body["changed"]),
        [
            (
                "/node/driver_info/firmware_update_unresponsive_bmc_wait",
                "policy"
            ),
            ("/node/driver_info/redfish_password", "policy"),
            ("/node/driver_info/redfish_username", "policy"),
        ]
    );
    let info = &node(&id).await["driver_info"];
    assert_eq!(info.get("redfish_password"), None);
    assert_eq!(info["their_token"], "******");
    for mask in [r#"password": "******""#, r#"token": "******""#] {
        assert!(!database_holds(mask), "the mask was written");
    }
    let directory = valence.directory();
    for file in ["valence.db", "valence.db-wal", "log"] {
        let bytes = std::fs::read(directory.join(file)).unwrap_or_default();
        for secret in [PASSWORD, next] {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{file} holds a password");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ports_and_port_groups_are_ours_only_if_we_made_them() {
    let machine = Machine::new("groups").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let port = |n: u8, more: serde_json::Value| {
        let mut port = json!({"address": machine.mac(n).to_uppercase()});
        port.as_object_mut()
            .expect("an object")
            .extend(more.as_object().cloned().unwrap_or_default());
        port
    };
    let group = |mode: &str| json!([{"name": format!("{}-bond0", machine.name), "mode": mode}]);
    let member = json!({"portgroup": format!("{}-bond0", machine.name)});
    let first = json!({"portgroups": group("802.3ad"),
        "ports": [port(1, member.clone()), port(2, json!({"extra": {"x": 1}}))]});
    let id = machine.register(&valence, first).await;
    let before = port_at(&id, &machine.mac(1)).await.expect("a port");
    assert!(before["portgroup_uuid"].is_string(), "{before:#}");

    let second = json!({"portgroups": group("active-backup"),
        "ports": [port(1, json!({"pxe_enabled": false})), port(3, member)]});
    let reply = machine.update(&valence, second.clone()).await;
    assert_eq!(uuid(&reply), id);
    let one = port_at(&id, &machine.mac(1)).await.expect("a port");
    assert_eq!(one["portgroup_uuid"], json!(null));
    assert_eq!(one["pxe_enabled"], false);
    assert_eq!(one["uuid"], before["uuid"]);
    let three = port_at(&id, &machine.mac(3)).await.expect("a port");
    assert_eq!(three["portgroup_uuid"], before["portgroup_uuid"]);
    assert_eq!(port_at(&id, &machine.mac(2)).await, None);
    let groups = ask("GET", &format!("portgroups?node={id}&detail=true"), None).await;
    assert_eq!(groups["portgroups"][0]["mode"], "active-backup");
    let again = machine.update(&valence, second).await;
    assert_eq!(again.body["unchanged"], true, "{:#}", again.body);

    let none = machine
        .update(&valence, json!({"ports": [], "portgroups": []}))
        .await;
    assert_eq!(uuid(&none), id);
    assert_eq!(ports(&id).await, Vec::<serde_json::Value>::new());
    let groups = ask("GET", &format!("portgroups?node={id}"), None).await;
    assert_eq!(groups["portgroups"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ironic_writes_in_lower_case_has_not_drifted() {
    let machine = Machine::new("upper").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let link =
        json!({"switch_id": "AA:BB:CC:DD:EE:0F", "port_id": "Eth1/1", "switch_info": "Leaf-1"});
    let body = json!({
        "portgroups": [{"name": format!("{}-bond0", machine.name), "address": machine.foreign_mac().to_uppercase()}],
        "ports": [{"address": machine.mac(1), "local_link_connection": link}],
    });
    let id = machine.register(&valence, body.clone()).await;
    let port = port_at(&id, &machine.mac(1)).await.expect("a port");
    assert_eq!(
        port["local_link_connection"]["switch_id"],
        "aa:bb:cc:dd:ee:0f"
    );
    assert_eq!(told(&machine.drift(&valence).await["differences"]), []);
    let reply = machine.update(&valence, body).await;
    assert_eq!(reply.body["unchanged"], true, "{:#}", reply.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ironic_refuses_leaves_the_node_as_it_was() {
    let machine = Machine::new("undone").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let ports_of = |n: u8| json!([{"address": machine.mac(1), "extra": {"n": n}}, {"address": machine.mac(n)}]);
    let body = json!({"traits": ["CUSTOM_A"], "ports": ports_of(2)});
    let id = machine.register(&valence, body).await;
    let shape = async || {
        let all = ports(&id).await.into_iter();
        let ports: Vec<_> = all
            .map(|p| (p["uuid"].clone(), p["address"].clone(), p["extra"].clone()))
            .collect();
        let now = node(&id).await;
        (
            ports,
            now["traits"].clone(),
            now["extra"].clone(),
            now["conductor_group"].clone(),
        )
    };
    let before = shape().await;
    // No conductor serves that group: Ironic refuses the last write of all.
    let impossible =
        json!({"conductor_group": "nowhere", "traits": ["CUSTOM_B"], "ports": ports_of(3)});
    let reply = machine.update(&valence, impossible).await;
    assert_eq!(reply.status, 422, "{:#}", reply.body);
    assert!(
        detail(&reply).contains("the node is as it was"),
        "{}",
        detail(&reply)
    );
    assert_eq!(shape().await, before);
    assert_eq!(machine.drift(&valence).await["drifted"], false);
    let again = machine.update(&valence, json!({})).await;
    assert_eq!(again.body["unchanged"], true, "{:#}", again.body);
    assert!(valence.complaints().is_empty(), "{}", valence.complaints());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_or_mac_of_another_node_is_told_before_anything_is_written() {
    let machine = Machine::new("taken").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let body = json!({"ports": [{"address": machine.mac(1)}]});
    let id = machine.register(&valence, body).await;
    let name = format!("other-{}", machine.name);
    let mac = machine.foreign_mac();
    let other = json!({"name": name, "driver": "fake-hardware"});
    let other = by_hand(other, std::slice::from_ref(&mac)).await;
    let before = node(&id).await;
    for body in [
        json!({"name": name.to_uppercase(), "ports": [{"address": machine.mac(1)}]}),
        json!({"name": name, "ports": [{"address": machine.mac(1)}]}),
        json!({"traits": ["CUSTOM_X"], "ports": [{"address": machine.mac(1)}, {"address": mac}]}),
    ] {
        let reply = machine.update(&valence, body.clone()).await;
        if body["name"] == name.to_uppercase() {
            // Found by its spelling in lower case.
            assert!(detail(&reply).contains(&name), "{}", detail(&reply));
        }
        assert_eq!(reply.status, 409, "{:#}", reply.body);
        assert!(detail(&reply).contains(&other), "{}", detail(&reply));
        assert_eq!(node(&id).await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_somebody_uses_is_not_changed() {
    let machine = Machine::new("active").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let fake = |class: &str| {
        let mut body = json!({"driver": "fake-hardware", "resource_class": class});
        for interface in [
            "boot",
            "deploy",
            "management",
            "power",
            "inspect",
            "vendor",
            "raid",
            "bios",
            "firmware",
        ] {
            body[format!("{interface}_interface")] = json!("fake");
        }
        body
    };
    let id = machine.register(&valence, fake("gold")).await;
    let cli = ironic().cli();
    cli.baremetal(["node", "manage", &id, "--wait", "60"])
        .expect("manage");
    let updated = machine.update(&valence, fake("silver")).await;
    assert_eq!(uuid(&updated), id, "a manageable node is changed");
    let adopt = json!({"target": "adopt"});
    ask("PUT", &format!("nodes/{id}/states/provision"), Some(adopt)).await;
    let started = std::time::Instant::now();
    let is_settled =
        |node: &Value| node["provision_state"] == "active" && node["reservation"].is_null();
    while !is_settled(&node(&id).await) {
        assert!(started.elapsed().as_secs() < 60, "{:#}", node(&id).await);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let before = node(&id).await;
    for path in ["?on_conflict=update", "?on_conflict=update&dry_run=true"] {
        let path = format!("{}{path}", machine.path());
        let reply = valence.post(&path, fake("bronze")).await;
        assert_eq!(reply.status, 409, "{:#}", reply.body);
        assert!(detail(&reply).contains("`active`"), "{}", detail(&reply));
    }
    assert_eq!(node(&id).await, before);
    // Nothing to write is no reason to refuse.
    let same = machine.update(&valence, fake("silver")).await;
    assert_eq!(same.body["unchanged"], true, "{:#}", same.body);
}

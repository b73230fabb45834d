//! `on_conflict=adopt`.

use serde_json::{Value, json};
use valence_tests::Bmc;

use super::bed::{
    Machine, by_hand, detail, ironic, node, port_at, ports, serving, set, told, uuid,
};

fn redfish(machine: &Machine, name: &str, system: &str) -> Value {
    json!({"name": name, "driver": "redfish", "extra": {"theirs": 1}, "driver_info": {
        "redfish_address": format!("{}/", machine.bmc.url()),
        "redfish_system_id": format!("/redfish/v1/Systems/{system}"),
        "redfish_username": "them", "redfish_password": "theirs",
    }})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_made_by_hand_is_taken_over_and_let_go_again() {
    let machine = Machine::new("hand").await;
    let name = format!("byhand-{}", machine.name);
    let info = redfish(&machine, &name, Bmc::SYSTEM);
    let made = ironic()
        .cli()
        .baremetal([
            "node".to_owned(),
            "create".into(),
            "--driver=redfish".into(),
            format!("--name={name}"),
            format!(
                "--driver-info=redfish_address={}",
                info["driver_info"]["redfish_address"].as_str().unwrap()
            ),
            "--driver-info=redfish_system_id=/redfish/v1/Systems/1".into(),
            "--extra=theirs=1".into(),
        ])
        .expect("a node");
    let id = made["uuid"].as_str().expect("its uuid").to_owned();
    ironic()
        .cli()
        .baremetal(["port", "create", &machine.mac(1), "--node", &id])
        .expect("its port");
    let theirs = port_at(&id, &machine.mac(1)).await.expect("a port");
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let body = json!({"traits": ["CUSTOM_ADOPTED"]});

    let refused = valence.post(&machine.path(), body.clone()).await;
    assert_eq!(refused.status, 409, "{:#}", refused.body);
    assert!(detail(&refused).contains(&id), "{}", detail(&refused));

    let before = (node(&id).await, ports(&id).await);
    let dry = format!("{}?dry_run=true&on_conflict=adopt", machine.path());
    let dry = valence.post(&dry, body.clone()).await;
    assert_eq!(dry.status, 200, "{:#}", dry.body);
    let conflict = &dry.body["conflict"];
    assert_eq!(conflict["node_uuid"], id);
    assert_eq!(conflict["name"], name);
    assert_eq!(conflict["adopted_by"], "its BMC address and system id");
    assert_eq!(
        (node(&id).await, ports(&id).await),
        before,
        "a dry run wrote"
    );
    let spoken = valence.cli([
        "node",
        "register",
        &machine.name,
        "--dry-run",
        "--on-conflict",
        "adopt",
    ]);
    assert_eq!(spoken.exit, 0, "{}", spoken.stderr);
    assert!(
        spoken
            .stderr
            .contains(&format!("/node/name: {name} -> {}", machine.name)),
        "{}",
        spoken.stderr
    );

    let reply = machine.adopt(&valence, body.clone()).await;
    assert_eq!(uuid(&reply), id, "it keeps its uuid");
    assert_eq!(reply.body["adopted_by"], "its BMC address and system id");
    assert_eq!(reply.body["changed"], conflict["would_change"]);
    let now = node(&id).await;
    assert_eq!(now["name"], machine.name);
    assert_eq!(now["extra"]["theirs"], 1);
    assert_eq!(
        now["extra"]["valence"]["registration"],
        reply.body["registration"]
    );
    assert_eq!(
        set(&now["traits"]),
        ["CUSTOM_ADOPTED"].into_iter().collect()
    );
    assert_eq!(ports(&id).await.len(), 4);
    let kept = port_at(&id, &machine.mac(1)).await.expect("the port");
    assert_eq!(kept["uuid"], theirs["uuid"]);
    let told: Vec<_> = ports(&id)
        .await
        .iter()
        .map(|port| port["uuid"].clone())
        .collect();
    assert_eq!(reply.body["ironic"]["ports"], Value::from(told));

    let again = valence.post(&machine.path(), body.clone()).await;
    assert_eq!(again.body["unchanged"], true, "{:#}", again.body);
    assert_eq!(again.body["ironic"], reply.body["ironic"]);
    assert_eq!(machine.drift(&valence).await["drifted"], false);
    let updated = machine
        .update(&valence, json!({"traits": ["CUSTOM_B"], "ports": []}))
        .await;
    assert_eq!(uuid(&updated), id);
    let left: Vec<_> = ports(&id)
        .await
        .iter()
        .map(|port| port["uuid"].clone())
        .collect();
    assert_eq!(left, [theirs["uuid"].clone()], "only ports that we made go");

    let removed = valence.delete(&machine.path()).await;
    assert_eq!(removed.status, 200, "{:#}", removed.body);
    let warning = removed.body["warnings"][0].as_str().expect("a warning");
    assert!(warning.contains("mark"), "{warning}");
    let now = node(&id).await;
    assert_eq!(now["extra"], json!({"theirs": 1}));
    assert_eq!(now["traits"], json!(["CUSTOM_B"]));

    let next = machine.adopt(&valence, body).await;
    assert_eq!(uuid(&next), id, "it can be adopted again");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_macs_of_its_ports_show_the_machine_too() {
    let machine = Machine::new("macs").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let other = json!({"driver": "fake-hardware", "properties": {"theirs": 1}});
    let id = by_hand(other, &[machine.mac(2), machine.mac(4)]).await;
    let reply = machine.adopt(&valence, json!({})).await;
    assert_eq!(uuid(&reply), id);
    assert_eq!(reply.body["adopted_by"], "the MACs of its ports");
    let now = node(&id).await;
    assert_eq!(now["driver"], "redfish");
    assert_eq!(now["power_interface"], "redfish");
    assert_eq!(now["properties"]["theirs"], 1);
    assert_eq!(now["driver_info"]["redfish_address"], machine.bmc.url());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_machine_is_not_adopted_whatever_it_is_called() {
    let valence = serving().start();
    let named = Machine::new("named").await;
    named.managed_by(&valence).await;
    let other = redfish(&named, &named.name, "2");
    let by_name = by_hand(other, &[]).await;
    let foreign = Machine::new("foreign").await;
    foreign.managed_by(&valence).await;
    let both = [foreign.mac(1), foreign.foreign_mac()];
    let by_mac = by_hand(json!({"driver": "fake-hardware"}), &both).await;
    let twice = Machine::new("twice").await;
    twice.managed_by(&valence).await;
    let one = by_hand(
        redfish(&twice, &format!("a-{}", twice.name), Bmc::SYSTEM),
        &[],
    )
    .await;
    let two = by_hand(
        redfish(&twice, &format!("b-{}", twice.name), Bmc::SYSTEM),
        &[],
    )
    .await;
    for (machine, nodes, says) in [
        (&named, vec![by_name], "not shown to be this machine"),
        (&foreign, vec![by_mac], "not shown to be this machine"),
        (&twice, vec![one, two], "several nodes"),
    ] {
        let mut before = Vec::new();
        for id in &nodes {
            before.push((node(id).await, ports(id).await));
        }
        let reply = machine.adopt(&valence, json!({})).await;
        assert_eq!(reply.status, 409, "{:#}", reply.body);
        assert!(detail(&reply).contains(says), "{}", detail(&reply));
        for (id, before) in nodes.iter().zip(before) {
            assert!(detail(&reply).contains(id), "{}", detail(&reply));
            assert_eq!((node(id).await, ports(id).await), before);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_bears_another_mark_or_is_in_use_is_left_alone() {
    let machine = Machine::new("marked").await;
    let first = serving().start();
    machine.managed_by(&first).await;
    let id = machine.register(&first, json!({})).await;
    let before = node(&id).await;
    let registration = before["extra"]["valence"]["registration"]
        .as_str()
        .expect("an id");
    let second = serving().start();
    machine.managed_by(&second).await;
    for path in ["", "?on_conflict=adopt", "?on_conflict=update"] {
        let reply = second
            .post(&format!("{}{path}", machine.path()), json!({}))
            .await;
        assert_eq!(reply.status, 409, "{:#}", reply.body);
        let detail = detail(&reply);
        assert!(
            detail.contains(&id) && detail.contains(registration),
            "{detail}"
        );
    }
    assert_eq!(node(&id).await, before);

    let busy = Machine::new("busy").await;
    busy.managed_by(&second).await;
    let used =
        json!({"driver": "fake-hardware", "instance_uuid": "5d2e7c2c-8a51-4a52-9a06-6f2a4f0f6b1e"});
    let used = by_hand(used, &[busy.mac(1)]).await;
    let before = node(&used).await;
    let reply = busy.adopt(&second, json!({})).await;
    assert_eq!(reply.status, 409, "{:#}", reply.body);
    assert!(
        detail(&reply).contains("with an instance"),
        "{}",
        detail(&reply)
    );
    assert_eq!(node(&used).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_there_adopting_registers_and_a_refusal_restores() {
    let machine = Machine::new("fresh").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let reply = machine.adopt(&valence, json!({})).await;
    let id = uuid(&reply);
    assert_eq!(reply.body.get("adopted_by"), None);
    assert_eq!(valence.delete(&machine.path()).await.status, 200);
    let listed = ironic()
        .cli()
        .baremetal(["node", "list", "--fields", "uuid"])
        .expect("nodes");
    assert!(
        !listed.to_string().contains(&id),
        "a node of ours is deleted"
    );

    let theirs = by_hand(
        redfish(&machine, "restored", Bmc::SYSTEM),
        &[machine.mac(3)],
    )
    .await;
    let shape = async || {
        let all = ports(&theirs).await.into_iter();
        let all: Vec<_> = all
            .map(|p| (p["uuid"].clone(), p["pxe_enabled"].clone()))
            .collect();
        let node = node(&theirs).await;
        (
            all,
            node["extra"].clone(),
            node["name"].clone(),
            node["traits"].clone(),
        )
    };
    let before = shape().await;
    let impossible = json!({"conductor_group": "nowhere", "traits": ["CUSTOM_B"]});
    let reply = machine.adopt(&valence, impossible).await;
    assert_eq!(reply.status, 422, "{:#}", reply.body);
    assert_eq!(shape().await, before);
    let reply = machine.adopt(&valence, json!({})).await;
    assert_eq!(uuid(&reply), theirs);
    assert_eq!(told(&machine.drift(&valence).await["differences"]), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_node_left_that_was_given_up_by_force_is_adopted() {
    let machine = Machine::new("forced").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let id = machine.register(&valence, json!({})).await;
    let deleted = format!("/v1/nodes/{}?force=true", machine.name);
    assert_eq!(valence.delete(&deleted).await.status, 200);

    machine.managed_by(&valence).await;
    let refused = valence.post(&machine.path(), json!({})).await;
    assert_eq!(refused.status, 409, "{:#}", refused.body);
    assert!(detail(&refused).contains(&id), "{}", detail(&refused));
    let adopted = machine.adopt(&valence, json!({})).await;
    assert_eq!(uuid(&adopted), id);
    assert_eq!(machine.drift(&valence).await["drifted"], false);
    assert_eq!(valence.delete(&machine.path()).await.status, 200);
    assert_eq!(node(&id).await["extra"].get("valence"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_system_is_not_registered_twice() {
    let machine = Machine::new("bmc").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let id = machine.register(&valence, json!({"ports": []})).await;
    let other = format!("other-{}", machine.name);
    let url = machine.bmc.url().replace("127.0.0.1", "localhost");
    valence.manage("elsewhere", &url, Bmc::SYSTEM, &other).await;
    let same = json!({"ports": [], "driver_info": {"redfish_address": machine.bmc.url(),
        "redfish_username": "a", "redfish_password": "b"}});
    let path = format!("/v1/nodes/{other}/register");
    let reply = valence.post(&path, same.clone()).await;
    assert_eq!(reply.status, 409, "{:#}", reply.body);
    assert!(
        detail(&reply).contains(&machine.name) && detail(&reply).contains(&id),
        "{}",
        detail(&reply)
    );
    assert_eq!(valence.delete(&machine.path()).await.status, 200);
    let reply = valence.post(&path, same).await;
    assert_ne!(uuid(&reply), id);
}

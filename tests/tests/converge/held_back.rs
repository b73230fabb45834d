//! What the machine does not tell at the moment is not taken out of Ironic.

use serde_json::{Value, json};
use valence_tests::Reply;
use valence_tests::emulator::Emulator;

use super::bed::{Machine, node, port_at, ports, serving, told, uuid};
use super::crash::dying;

const SYSTEM: &str = "/redfish/v1/Systems/1";
const INTERFACES: &str = "/redfish/v1/Systems/1/EthernetInterfaces";

fn bmc(machine: &Machine) -> &Emulator {
    machine.bmc.emulator()
}

/// Has interface `n` tell `mac` from now on.
fn tells(machine: &Machine, n: u8, mac: &str) {
    bmc(machine).change(|documents| {
        let interface = documents.get_mut(&format!("{INTERFACES}/{n}"));
        let interface = interface.expect("an interface");
        interface["MACAddress"] = json!(mac);
        interface["PermanentMACAddress"] = json!(mac);
    });
}

fn lists(machine: &Machine, interfaces: &[u8]) {
    let paths: Vec<_> = interfaces
        .iter()
        .map(|n| format!("{INTERFACES}/{n}"))
        .collect();
    bmc(machine).change(|documents| documents.set_members(INTERFACES, &paths));
}

fn has_memory(machine: &Machine, gib: Value) {
    bmc(machine).change(|documents| {
        let system = documents.get_mut(SYSTEM).expect("the system");
        system["MemorySummary"]["TotalSystemMemoryGiB"] = gib;
    });
}

/// The pointers of what the caller is told is left.
fn left(warnings: &Value) -> Vec<String> {
    let warnings = warnings.as_array().expect("a list").iter();
    warnings
        .filter_map(|warning| warning.as_str())
        .filter(|warning| warning.contains("is left in ironic"))
        .filter_map(|warning| Some(warning.split('`').nth(1)?.to_owned()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_bmc_does_not_tell_at_the_moment_stays() {
    let machine = Machine::new("untold").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let id = machine.register(&valence, json!({})).await;
    let second = format!("/ports/{}", machine.mac(2));
    let memory = "/node/properties/memory_mb".to_owned();
    let before = ports(&id).await;
    let is_whole = async || {
        assert_eq!(ports(&id).await, before);
        assert_eq!(node(&id).await["properties"]["memory_mb"], 65536);
    };

    tells(&machine, 2, "");
    has_memory(&machine, Value::Null);
    let reply = machine.update(&valence, json!({"extra": {"n": 1}})).await;
    assert_eq!(uuid(&reply), id);
    assert_eq!(
        told(&reply.body["changed"]),
        [("/node/extra/n", "policy")],
        "{:#}",
        reply.body
    );
    let silent = [memory.clone(), second.clone()];
    assert_eq!(left(&reply.body["warnings"]), silent);
    is_whole().await;

    // It is known still when nothing is left to be written, and no drift.
    let again = machine.update(&valence, json!({})).await;
    assert_eq!(again.body["unchanged"], true, "{:#}", again.body);
    assert_eq!(left(&again.body["warnings"]), silent);
    let drift = machine.drift(&valence).await;
    assert_eq!(told(&drift["differences"]), []);
    assert_eq!(left(&drift["warnings"]), silent);

    // A dry run tells of it too.
    let path = format!("{}?dry_run=true&on_conflict=update", machine.path());
    let dry = valence.post(&path, json!({})).await;
    assert_eq!(left(&dry.body["conflict"]["warnings"]), silent);

    // No interface at all.
    lists(&machine, &[]);
    let reply = machine.update(&valence, json!({"extra": {"n": 2}})).await;
    assert_eq!(uuid(&reply), id);
    assert_eq!(left(&reply.body["warnings"]).len(), 5, "{:#}", reply.body);
    is_whole().await;

    // All is told again.
    lists(&machine, &[1, 2, 3, 4]);
    tells(&machine, 2, &machine.mac(2));
    has_memory(&machine, json!(64));
    let reply = machine.update(&valence, json!({"extra": {"n": 3}})).await;
    assert_eq!(uuid(&reply), id);
    assert_eq!(told(&reply.body["changed"]), [("/node/extra/n", "policy")]);
    assert_eq!(left(&reply.body["warnings"]), [""; 0]);
    is_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_and_what_the_caller_will_not_have_is_taken_out() {
    let machine = Machine::new("gone").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let id = machine.register(&valence, json!({})).await;
    let gone = async |n: u8| port_at(&id, &machine.mac(n)).await.is_none();
    let done = |reply: &Reply| assert_eq!(left(&reply.body["warnings"]), [""; 0]);

    // One is pulled, another replaced.
    lists(&machine, &[1, 2, 3]);
    tells(&machine, 3, &machine.foreign_mac());
    let reply = machine.update(&valence, json!({})).await;
    assert_eq!(uuid(&reply), id);
    done(&reply);
    assert!(gone(4).await && gone(3).await);
    assert_eq!(ports(&id).await.len(), 3);

    // What a body gives is not the machine's to tell.
    let class = json!({"properties": {"rack": 1}});
    uuid(&machine.update(&valence, class).await);
    let reply = machine.update(&valence, json!({"extra": {"n": 1}})).await;
    done(&reply);
    assert_eq!(node(&id).await["properties"].get("rack"), None);

    // The request says what it is to have.
    tells(&machine, 2, "");
    has_memory(&machine, Value::Null);
    let body = json!({"ports": [{"address": machine.mac(1)}], "properties": {"memory_mb": null}});
    let reply = machine.update(&valence, body).await;
    assert_eq!(uuid(&reply), id);
    done(&reply);
    assert_eq!(ports(&id).await.len(), 1);
    let memory = node(&id).await["properties"]["memory_mb"].clone();
    assert_eq!(memory, Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_held_back_is_so_after_a_crash() {
    let machine = Machine::new("heldcut").await;
    let mut valence = serving().start();
    machine.managed_by(&valence).await;
    let id = machine.register(&valence, json!({})).await;
    let before = ports(&id).await;
    tells(&machine, 2, "");
    let path = format!("{}?on_conflict=update", machine.path());
    let body = json!({"extra": {"n": 1}});
    dying(&mut valence, "update/intended:1", &path, body).await;
    assert_eq!(node(&id).await["extra"]["n"], 1);
    assert_eq!(ports(&id).await, before);
    let again = machine.update(&valence, json!({})).await;
    let second = format!("/ports/{}", machine.mac(2));
    assert_eq!(left(&again.body["warnings"]), [second]);
}

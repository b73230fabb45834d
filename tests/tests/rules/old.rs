//! Registering in an Ironic of three years ago, whose API ends at 1.82.

use serde_json::{Value, json};
use valence_tests::{Valence, ValenceBuilder};

use super::old;
use crate::register::Machine;

fn serving() -> ValenceBuilder {
    Valence::with_ironic(&old().endpoint())
}

fn node(name: &str) -> Option<Value> {
    old().cli().baremetal(["node", "show", name]).ok()
}

/// All that came with later versions: the node's own and a null of it, and a port's.
fn newer() -> Value {
    json!({
        "description": "a test",
        "disable_power_off": true,
        "instance_name": "came with 1.104",
        "firmware_interface": null,
        "extra": {"rack": "r1"},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_ironic_takes_a_node_with_the_defaults() {
    let machine = Machine::new("old-plain");
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let asked = json!({"firmware_interface": null});
    let reply = valence.post(&machine.path(), asked.clone()).await;
    assert_eq!(reply.status, 200, "{:#}", reply.body);
    assert_eq!(reply.body["ironic"]["microversion"], "1.82");
    let shown = node(&machine.name).expect("the node");
    assert_eq!(shown["provision_state"], "enroll");
    assert_eq!(shown["uuid"], reply.body["ironic"]["node_uuid"]);
    let again = valence.post(&machine.path(), asked).await;
    assert_eq!(again.body["unchanged"], true, "{:#}", again.body);
    let removed = valence.delete(&machine.path()).await;
    assert_eq!(removed.status, 200, "{:#}", removed.body);
    assert_eq!(node(&machine.name), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_old_ironic_does_not_know_is_refused_and_named() {
    let machine = Machine::new("old-refused");
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let reply = valence.post(&machine.path(), newer()).await;
    assert_eq!(reply.status, 422, "{:#}", reply.body);
    let said = reply.body.to_string();
    for (field, since) in [("disable_power_off", "1.95"), ("instance_name", "1.104")] {
        let sentence = format!("`{field}` of a node needs Ironic's API {since}");
        assert!(said.contains(&sentence), "{said}");
    }
    assert!(said.contains("this Ironic has 1.82"), "{said}");
    assert!(!said.contains("firmware_interface"), "{said}");
    assert!(!said.contains("406"), "{said}");
    assert_eq!(node(&machine.name), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_old_ironic_does_not_know_is_left_out_with_a_warning_where_that_is_wanted() {
    let machine = Machine::new("old-warned");
    let valence = serving()
        .configure("[register]\nnewer_fields = \"warn\"")
        .start();
    machine.managed_by(&valence).await;
    let reply = valence.post(&machine.path(), newer()).await;
    assert_eq!(reply.status, 200, "{:#}", reply.body);
    let warnings = reply.body["warnings"].as_array().expect("a list");
    let left_out: Vec<_> = warnings
        .iter()
        .filter_map(Value::as_str)
        .filter(|warning| warning.contains("API"))
        .collect();
    let expected = [("disable_power_off", "1.95"), ("instance_name", "1.104")].map(
        |(field, since)| {
            format!(
                "`/node/{field}`: left out: `{field}` of a node needs Ironic's API {since}, and this Ironic has 1.82"
            )
        },
    );
    assert_eq!(left_out, expected);
    let shown = node(&machine.name).expect("the node");
    assert_eq!(shown["description"], "a test");
    assert_eq!(shown["extra"]["rack"], "r1");

    let record = valence
        .get(&format!("/v1/nodes/{}/registration", machine.name))
        .await;
    let changes = record.body["changes"].as_array().expect("its changes");
    let left_out = changes.iter().rev().find(|change| {
        change["pointer"] == "/node/disable_power_off" && change["by"] == "api-version"
    });
    let left_out = left_out.unwrap_or_else(|| panic!("{:#}", record.body));
    assert_eq!(left_out["to"], Value::Null);
    assert!(
        left_out["because"]
            .as_str()
            .is_some_and(|why| why.contains("1.95"))
    );

    // The same again is the same.
    let again = valence.post(&machine.path(), newer()).await;
    assert_eq!(again.status, 200, "{:#}", again.body);
    assert_eq!(again.body["unchanged"], true);
}

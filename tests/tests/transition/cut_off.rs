//! Transitions that are cut off, by the death of the process and by others.

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::{Value, json};

use super::bed::{Machine, detail, made_up, serving};

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_on_the_way_takes_the_node_there_after_its_restart() {
    let reached = [
        "registration/applied:1",
        "registration/complete:1",
        "manage/sent:1",
        "transition/begun:1",
        "provide/journalled:1",
    ];
    let inspected = [
        "inspect/sent:1",
        "inspect/done:1",
        "transition/begun:3",
        "transition/settled:1",
    ];
    let reached = reached.map(|point| dies_at(point, "target=available", json!({})));
    let query = "target=available&inspect=true";
    let inspected = inspected.map(|point| dies_at(point, query, made_up()));
    futures::join!(join_all(reached), join_all(inspected));
}

async fn dies_at(point: &str, query: &str, body: Value) {
    let machine = Machine::new("dies").await;
    let mut valence = serving().start();
    machine.managed_by(&valence).await;
    valence.kill();
    valence.start_again(Some(point));
    let path = machine.path(query);
    let reply = valence.try_to_send("POST", &path, Some(body.clone())).await;
    assert!(reply.is_err(), "{point}: {reply:?}");
    let started = Instant::now();
    while !valence.has_ended() {
        assert!(started.elapsed() < Duration::from_secs(10), "{point}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    valence.start_again(None);
    let transition = machine
        .until(&valence, "there", |transition| {
            transition["state"] == "done"
        })
        .await;
    assert_eq!(transition["provision_state"], "available", "{point}");
    let shown = machine.in_ironic().await;
    assert_eq!(shown["provision_state"], "available", "{point}");
    let inspected = shown["inspection_finished_at"].is_string();
    assert_eq!(inspected, query.contains("inspect"), "{point}");
    let recorded = machine.recorded(&valence).await;
    assert_eq!(recorded["state"], "complete");
    assert_eq!(recorded["update"], Value::Null);
    let steps = recorded["steps"].as_array().expect("the journal");
    let provided = |step: &Value| {
        let name = step["step"].as_str().unwrap_or_default();
        name.starts_with("provide ") && step["moment"] == "before"
    };
    assert_eq!(transition["step"], "provide", "{point}");
    assert!(steps.iter().any(provided), "{point}: {steps:#?}");
    let again = machine.register(&valence, "", body).await;
    assert_eq!(again.body["unchanged"], true, "{point}: {:#}", again.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn ironic_is_asked_nothing_while_the_bmc_cannot_be_reached() {
    let machine = Machine::new("dead").await;
    let mut valence = serving().start();
    machine.managed_by(&valence).await;
    valence.kill();
    valence.start_again(Some("registration/complete:1"));
    let path = machine.path("target=manageable");
    let reply = valence.try_to_send("POST", &path, Some(json!({}))).await;
    assert!(reply.is_err(), "{reply:?}");
    while !valence.has_ended() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    machine.way.shut();
    valence.start_again(None);
    let transition = machine.ended(&valence).await;
    assert_eq!(transition["state"], "failed", "{transition:#}");
    let error = &transition["error"];
    assert_eq!(error["fault"], "bmc", "{error:#}");
    assert_eq!(error["last_error"], json!(null));
    let told = error["detail"].as_str().expect("a detail");
    assert!(told.starts_with("ironic was not asked"), "{told}");
    assert_eq!(machine.verbs(&valence).await, []);
    assert_eq!(machine.in_ironic().await["provision_state"], "enroll");

    machine.way.open();
    let again = machine
        .register(&valence, "target=manageable", json!({}))
        .await;
    assert_eq!(again.status, 200, "{:#}", again.body);
    assert_eq!(again.body["ironic"]["provision_state"], "manageable");
}

#[tokio::test(flavor = "multi_thread")]
async fn deregistering_ends_a_transition_and_those_who_wait_for_it_are_told() {
    let machine = Machine::new("left").await;
    let valence = serving().start();
    machine.managed_by(&valence).await;
    let asked = Instant::now();
    let (waited, gone) = tokio::join!(
        machine.register(&valence, "target=available", json!({})),
        async {
            let begun = |transition: &serde_json::Value| transition["step"] == "manage";
            while valence
                .get(&format!("/v1/nodes/{}/registration", machine.name))
                .await
                .status
                != 200
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            machine.until(&valence, "begun", begun).await;
            valence.delete(&machine.path("")).await
        }
    );
    assert_eq!(gone.status, 200, "{:#}", gone.body);
    assert!(asked.elapsed() < Duration::from_secs(120), "nobody told it");
    assert_eq!(waited.status, 409, "{:#}", waited.body);
    assert!(detail(&waited).contains("ended"), "{}", detail(&waited));
    let recorded = machine.recorded(&valence).await;
    assert_eq!(recorded["state"], "removed");
    assert_eq!(recorded["transition"]["state"], "cancelled");
}

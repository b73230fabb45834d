//! What becomes of it when the server or the command line is stopped half-way.

use std::time::Duration;

use serde_json::{Value, json};
use valence_tests::Valence;

use super::bed::{id, is_in_ironic, rack, rows, serving, wait_until};

/// Slow enough to be caught half-way.
const DELAY: Duration = Duration::from_millis(40);

async fn half_way(valence: &Valence) -> Value {
    wait_until(valence, |bulk| bulk["done"].as_u64() >= Some(2)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_killed_goes_on_when_it_is_started_again() {
    let rack = rack("killed", 14, DELAY).await;
    let mut valence = serving().start();
    let names = rack.managed_by(&valence).await;
    let command = valence.start_cli(["node", "register", "--all"]);
    let caught = half_way(&valence).await;
    valence.kill();
    let outcome = command.wait();
    assert_eq!(outcome.exit, 10, "{}", outcome.stderr);
    let id = id(&outcome);
    let advice = format!("`valence node register --resume {id}` goes on");
    assert!(outcome.stderr.contains(&advice), "{}", outcome.stderr);
    assert!(caught["done"].as_u64() < Some(14), "{caught:#}");

    valence.start_again(None);
    let resumed = valence.cli(["node", "register", "--resume", &id, "-f", "json"]);
    assert_eq!(resumed.exit, 0, "{}", resumed.stderr);
    assert_eq!(rows(&resumed).len(), 14);
    let ended = valence.get(&format!("/v1/registrations/{id}")).await.body;
    assert_eq!(
        (&ended["state"], &ended["done"]),
        (&json!("done"), &json!(14))
    );
    let shown = ended["nodes"].as_array().unwrap();
    assert_eq!(shown.len(), names.len());
    for node in shown {
        let name = node["name"].as_str().unwrap();
        assert!(is_in_ironic(name).await, "{name}");
        assert_eq!(node["failure"], Value::Null, "{name}");
        // What was in force before is not done again.
        assert_eq!(node["unchanged"], false, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_told_to_stop_ends_what_it_has_begun() {
    let rack = rack("ended", 10, DELAY).await;
    let mut valence = serving().start();
    rack.managed_by(&valence).await;
    let command = valence.start_cli(["node", "register", "--all"]);
    half_way(&valence).await;
    valence.signal("TERM");
    let outcome = command.wait();
    assert_eq!(outcome.exit, 10, "{}", outcome.stderr);
    assert!(
        outcome
            .stderr
            .contains("goes on with them when it is started again"),
        "{}",
        outcome.stderr
    );
    while !valence.has_ended() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(!valence.log().contains("finishing what was cut off"));
    valence.start_again(None);
    let ended = wait_until(&valence, |bulk| bulk["state"] == "done").await;
    assert_eq!((&ended["done"], &ended["failed"]), (&json!(10), &json!(0)));
    assert!(!valence.log().contains("finishing what was cut off"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_ends_what_was_begun_and_says_how_to_go_on() {
    let rack = rack("interrupted", 12, DELAY).await;
    let valence = serving().start();
    let names = rack.managed_by(&valence).await;
    let command = valence.start_cli(["node", "register", "--all", "-f", "json"]);
    half_way(&valence).await;
    command.signal("INT");
    let outcome = command.wait();
    assert_eq!(outcome.exit, 130, "{}", outcome.stderr);
    let id = id(&outcome);
    let stopped = valence.get(&format!("/v1/registrations/{id}")).await.body;
    assert_eq!(
        (&stopped["state"], &stopped["running"]),
        (&json!("stopped"), &json!(0))
    );
    let (done, waiting) = (
        stopped["done"].as_u64().unwrap(),
        stopped["waiting"].as_u64().unwrap(),
    );
    assert!(waiting > 0 && done + waiting == 12, "{stopped:#}");
    assert_eq!(rows(&outcome).len() as u64, done);
    let words = format!(
        "stopped: {done} of 12 nodes are registered, {waiting} were not begun. `valence node register --resume {id}` goes on"
    );
    assert!(outcome.stderr.contains(&words), "{}", outcome.stderr);
    for node in stopped["nodes"].as_array().unwrap() {
        let name = node["name"].as_str().unwrap();
        assert_eq!(is_in_ironic(name).await, node["state"] == "done", "{node}");
    }

    let resumed = valence.cli(["node", "register", "--resume", &id, "-f", "json"]);
    assert_eq!(resumed.exit, 0, "{}", resumed.stderr);
    assert_eq!(rows(&resumed).len(), names.len());
    for name in &names {
        assert!(is_in_ironic(name).await, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_interrupt_leaves_the_server_alone_with_it() {
    let rack = rack("left", 4, Duration::from_millis(400)).await;
    let valence = serving().configure("[bulk]\nconcurrency = 1").start();
    rack.managed_by(&valence).await;
    let command = valence.start_cli(["node", "register", "--all"]);
    wait_until(&valence, |bulk| bulk["running"] == 1).await;
    command.signal("INT");
    // Signals of one kind that come together are one: the server has heard of it.
    let heard = |line: &&str| line.contains("/stop") && line.contains("answered");
    while !valence.log().lines().any(|line| heard(&line)) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    command.signal("INT");
    let outcome = command.wait();
    assert_eq!(outcome.exit, 130, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("left alone"), "{}", outcome.stderr);
    let stopped = wait_until(&valence, |bulk| bulk["state"] == "stopped").await;
    assert_eq!(
        (&stopped["done"], &stopped["waiting"]),
        (&json!(1), &json!(3))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stopped_is_not_gone_on_with_by_the_next_start() {
    let rack = rack("halted", 10, Duration::from_millis(200)).await;
    let mut valence = serving().configure("[bulk]\nconcurrency = 2").start();
    rack.managed_by(&valence).await;
    let begun = valence
        .post("/v1/registrations", json!({"all": true}))
        .await
        .body;
    let path = format!("/v1/registrations/{}", begun["uuid"].as_str().unwrap());
    half_way(&valence).await;
    let stopped = valence.post(&format!("{path}/stop"), json!({})).await;
    assert_eq!(stopped.status, 202, "{:#}", stopped.body);
    // What was begun has not ended.
    assert_eq!(stopped.body["state"], "running", "{:#}", stopped.body);
    valence.crash_and_restart();
    let after = valence.get(&path).await.body;
    assert_eq!(after["state"], "stopped", "{after:#}");
    assert!(after["waiting"].as_u64() > Some(0), "{after:#}");

    // Of those who resume it at a time, one does it.
    let resume = format!("{path}/resume");
    let both = futures::future::join_all((0..6).map(|_| valence.post(&resume, json!({})))).await;
    for reply in both {
        assert_eq!(reply.status, 202, "{:#}", reply.body);
    }
    let ended = wait_until(&valence, |bulk| bulk["state"] == "done").await;
    assert_eq!((&ended["done"], &ended["failed"]), (&json!(10), &json!(0)));
    let log = valence.log();
    let resumed = log.matches("going on registering in bulk").count();
    assert_eq!(resumed, 1, "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_off_and_stopped_before_its_turn_is_not_done() {
    let rack = rack("unturned", 3, Duration::from_millis(200)).await;
    let mut valence = serving().configure("[bulk]\nconcurrency = 3").start();
    rack.managed_by(&valence).await;
    let begun = valence
        .post("/v1/registrations", json!({"all": true}))
        .await
        .body;
    let path = format!("/v1/registrations/{}", begun["uuid"].as_str().unwrap());
    wait_until(&valence, |bulk| bulk["running"] == 3).await;
    valence.kill();
    let configuration = valence.directory().join("valence.toml");
    let text = std::fs::read_to_string(&configuration).unwrap();
    std::fs::write(
        &configuration,
        text.replace("concurrency = 3", "concurrency = 1"),
    )
    .unwrap();
    valence.start_again(None);
    let stopped = valence.post(&format!("{path}/stop"), json!({})).await;
    assert_eq!(stopped.status, 202, "{:#}", stopped.body);
    let ended = wait_until(&valence, |bulk| bulk["state"] != "running").await;
    assert_eq!(ended["state"], "stopped", "{ended:#}");
    assert!(ended["running"].as_u64() > Some(0), "{ended:#}");
    valence.post(&format!("{path}/resume"), json!({})).await;
    let ended = wait_until(&valence, |bulk| bulk["state"] == "done").await;
    assert_eq!((&ended["done"], &ended["failed"]), (&json!(3), &json!(0)));
}

//! Metrics, health and the log.

use std::time::Duration;

use serde_json::{Value, json};
use valence_tests::{Rack, Valence};

use crate::register::ironic;

async fn rack(name: &str, first: u16, delay: Duration) -> Rack {
    Rack::start(&format!("{name}-{first:x}"), first, 1, delay).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_counted_and_its_node_named_in_no_label() {
    let rack = rack("counted", 0x7100, Duration::ZERO).await;
    let valence = Valence::with_ironic(&ironic().endpoint()).start();
    let names = rack.managed_by(&valence).await;
    let node = &names[0];
    let path = format!("/v1/nodes/{node}/register");
    let dry = valence
        .post(&format!("{path}?dry_run=true"), json!({}))
        .await;
    assert_eq!(dry.status, 200, "{dry:?}");
    let registered = valence.post(&path, json!({})).await;
    assert_eq!(registered.status, 200, "{registered:?}");
    let again = valence.post(&path, json!({})).await;
    assert_eq!(again.body["unchanged"], true, "{again:?}");
    assert_eq!(valence.get("/no/such/path").await.status, 404);
    let (status, kind, text) = valence.text("/metrics", None).await;
    assert_eq!(status, 200);
    assert!(
        kind.starts_with("application/openmetrics-text; version=1.0.0"),
        "{kind}"
    );
    for line in [
        "valence_registrations_total{request=\"register\",outcome=\"registered\"} 1",
        "valence_registrations_total{request=\"register\",outcome=\"unchanged\"} 1",
        "valence_registrations_total{request=\"dry-run\",outcome=\"evaluated\"} 1",
        "valence_registration_phase_seconds_count{phase=\"apply\"} 1",
        "valence_registration_phase_seconds_count{phase=\"read\"} 3",
        "valence_ironic_requests_total{request=\"POST nodes\",outcome=\"ok\"} 1",
        "valence_ironic_requests_total{request=\"POST ports\",outcome=\"ok\"} 2",
        "valence_ironic_requests_under_way 0",
        "valence_redfish_requests_total{outcome=\"200\"}",
        "valence_unfinished{kind=\"registration\"} 0",
        "valence_journal_entries_total{outcome=\"ok\"}",
        "valence_http_requests_total{method=\"POST\",route=\"/v1/nodes/{id}/register\",status=\"200\"} 3",
        "valence_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1",
        "valence_store_up 1",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    for name in [
        node.as_str(),
        registered.body["uuid"].as_str().unwrap(),
        "such",
    ] {
        assert!(!text.contains(name), "{name} is in\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_told_as_oslo_tells_it_and_readiness_with_its_reasons() {
    let valence = Valence::bare().start();
    let (status, kind, text) = valence.text("/healthcheck", None).await;
    assert_eq!((status, text.as_str()), (200, "OK"));
    assert!(kind.starts_with("text/plain"), "{kind}");
    let (_, kind, text) = valence.text("/healthcheck", Some("application/json")).await;
    assert_eq!(kind, "application/json");
    let told: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(told, json!({"detailed": false, "reasons": ["OK"]}));
    assert_eq!(valence.send("HEAD", "/healthcheck", None).await.status, 204);
    let ready = valence.get("/readyz").await;
    assert_eq!(
        (ready.status, &ready.body["ready"], &ready.body["store"]),
        (200, &json!(true), &json!("ok"))
    );
    assert_eq!(ready.body["hooks"]["last_reload_refused"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_json_has_an_object_a_line_and_the_spans_of_each_step() {
    let rack = rack("logged", 0x7110, Duration::ZERO).await;
    let valence = Valence::with_ironic(&ironic().endpoint())
        .configure_server("log = \"json\"")
        .start();
    let names = rack.managed_by(&valence).await;
    let path = format!("/v1/nodes/{}/register", names[0]);
    let registered = valence.post(&path, json!({})).await;
    assert_eq!(registered.status, 200, "{registered:?}");
    let log = valence.log();
    let lines: Vec<Value> = log
        .lines()
        .skip_while(|line| !line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    let spans = |line: &Value| -> Vec<String> {
        let spans = line["spans"].as_array().into_iter().flatten();
        spans
            .map(|span| span["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let step = lines
        .iter()
        .find(|line| spans(line).last().is_some_and(|last| last == "step"));
    let step = step.expect("a line of a step");
    assert_eq!(
        spans(step),
        ["request", "register", "apply", "step"],
        "{step}"
    );
    let request = step["spans"][0]["id"].as_str().unwrap();
    let id = registered.headers["x-openstack-request-id"]
        .to_str()
        .unwrap();
    assert_eq!(request, id);
}

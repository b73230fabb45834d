//! `/v1/registrations`, as a client sees it.

use std::time::Duration;

use serde_json::{Value, json};

use super::bed::{is_in_ironic, rack, serving, wait_until};

#[tokio::test(flavor = "multi_thread")]
async fn results_come_line_by_line_as_they_are_there() {
    let rack = rack("lines", 3, Duration::from_millis(20)).await;
    let valence = serving().configure("[bulk]\nconcurrency = 1").start();
    let names = rack.managed_by(&valence).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/v1/registrations", valence.url());
    let request = http.post(&url).header("Accept", "application/x-ndjson");
    let mut reply = request.json(&json!({"nodes": names})).send().await.unwrap();
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.headers()["content-type"], "application/x-ndjson");
    let (mut text, mut first) = (String::new(), None);
    while let Some(chunk) = reply.chunk().await.unwrap() {
        text.push_str(std::str::from_utf8(&chunk).unwrap());
        if first.is_none() && text.contains("\"event\":\"node\"") {
            // The others are not there yet.
            first = Some(valence.get("/v1/registrations?detail=true").await.body);
        }
    }
    assert_eq!(first.expect("a result")[0]["state"], "running");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let events: Vec<_> = lines
        .iter()
        .map(|line| line["event"].as_str().unwrap())
        .collect();
    assert_eq!(events, ["begun", "node", "node", "node", "over"]);
    assert_eq!(
        (&lines[0]["total"], &lines[4]["done"]),
        (&json!(3), &json!(3))
    );
    assert_eq!(lines[4]["state"], "done");
    for (name, line) in names.iter().zip(&lines[1..]) {
        assert_eq!(
            (&line["name"], &line["state"]),
            (&json!(name), &json!("done"))
        );
        assert!(line["ironic_uuid"].is_string() && line["registration"].is_string());
    }

    // Whoever comes later is told the same.
    let id = lines[0]["uuid"].as_str().unwrap();
    let request = http
        .get(format!("{url}/{id}"))
        .header("Accept", "application/x-ndjson");
    let again = request.send().await.unwrap().text().await.unwrap();
    assert_eq!(
        again.lines().skip(1).collect::<Vec<_>>(),
        text.lines().skip(1).collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_wait_is_told_where_to_look_and_may_go_away() {
    let rack = rack("asked", 2, Duration::from_millis(10)).await;
    let valence = serving().start();
    let names = rack.managed_by(&valence).await;
    let begun = valence
        .post("/v1/registrations?on_conflict=update", json!({"all": true}))
        .await;
    assert_eq!(begun.status, 202, "{begun:?}");
    let id = begun.body["uuid"].as_str().unwrap();
    let place = begun.headers["location"].to_str().unwrap();
    assert_eq!(place, format!("{}/v1/registrations/{id}", valence.url()));
    assert_eq!(begun.body["selector"], json!({"all": true}));
    assert_eq!(begun.body["options"]["on_conflict"], "update");
    wait_until(&valence, |bulk| bulk["state"] == "done").await;
    assert!(is_in_ironic(&names[0]).await && is_in_ironic(&names[1]).await);
    let path = format!("/v1/registrations/{id}");
    let shown = valence.get(&path).await.body;
    assert_eq!(shown["nodes"][1]["name"], names[1]);
    // To stop what is over changes nothing, and to resume it finds nothing to do.
    let stopped = valence.post(&format!("{path}/stop"), json!({})).await;
    assert_eq!(
        (stopped.status, &stopped.body["state"]),
        (202, &json!("done"))
    );
    let resumed = valence.post(&format!("{path}/resume"), json!({})).await;
    assert_eq!((resumed.status, &resumed.body["done"]), (202, &json!(2)));
    wait_until(&valence, |bulk| bulk["state"] == "done").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_meant_is_refused() {
    let valence = serving().start();
    let path = "/v1/registrations";
    for (query, body, words) in [
        ("", json!({}), "which nodes"),
        ("", json!({"all": true, "nodes": []}), "which nodes"),
        ("", json!({"nodes": "a"}), "`nodes` is to be a list"),
        (
            "",
            json!({"nodes": [1]}),
            "`nodes/0` is to be a uuid or a name",
        ),
        ("", json!({"node": ["a"]}), "did you mean `nodes`?"),
        ("?dry_run=true", json!({"all": true}), "of one node"),
        ("?on_conflict=maybe", json!({"all": true}), "`on_conflict`"),
        (
            "",
            json!({"all": true, "parameters": {"driver_info": {"redfish_password": "canary-bulk"}}}),
            "`redfish_password` cannot be given for many nodes",
        ),
    ] {
        let refused = valence.post(&format!("{path}{query}"), body.clone()).await;
        assert_eq!(refused.status, 400, "{body}: {refused:?}");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{detail}");
    }
    assert!(!valence.log().contains("canary-bulk"));
    let nobodys = valence.post(path, json!({"pod_manager": "nobodys"})).await;
    assert_eq!(nobodys.status, 404);
    for (method, rest) in [("GET", ""), ("POST", "/stop"), ("POST", "/resume")] {
        for id in ["nobodys", "5d2e7c2c-8a51-4a52-9a06-6f2a4f0f6b1e"] {
            let reply = valence
                .send(method, &format!("{path}/{id}{rest}"), None)
                .await;
            assert_eq!(reply.status, 404, "{method} {id}{rest}");
        }
    }
    assert_eq!(valence.get(path).await.body, json!([]));
}

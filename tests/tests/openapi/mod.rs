//! The API as it is described: the description is the one that is checked in, and a
//! server keeps to it whatever it is sent.

mod parity;
mod raw;
mod schemathesis;
mod shapes;

use std::fs;

use serde_json::Value;
use valence_tests::{Valence, root};

/// The description, as the program prints it.
fn document() -> Value {
    let printed = Valence::offline(["openapi"]);
    assert_eq!(printed.exit, 0, "{printed:?}");
    serde_json::from_str(&printed.stdout).unwrap()
}

/// Every operation of it: method, path, and what is said about it.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            all.push((method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    all
}

#[test]
fn the_description_is_the_one_that_is_checked_in() {
    let printed = Valence::offline(["openapi"]).stdout;
    let checked_in = fs::read_to_string(root().join("docs/openapi.json")).unwrap();
    assert!(
        printed == checked_in,
        "it differs: `valence openapi > docs/openapi.json`, and look at the difference"
    );
}

#[test]
fn every_route_is_described_and_documented() {
    let text = fs::read_to_string(root().join("docs/api.md")).unwrap();
    for (method, path, operation) in operations(&document()) {
        let shown = path.replace("{id}", "{ID}");
        let documented = text.lines().any(|line| {
            line.starts_with("| `")
                && line.contains(&format!("`{shown}`"))
                && line.contains(&method)
        });
        assert!(
            documented || path == "/v1/hooks/reload" && method == "GET",
            "{method} {shown} stands in no table of docs/api.md"
        );
        let told: Vec<_> = operation["responses"].as_object().unwrap().keys().collect();
        for status in ["20", "400", "401", "404", "429", "500"] {
            let there = told.iter().any(|other| other.starts_with(status));
            assert!(there, "{method} {path} tells no {status}");
        }
        assert!(
            operation["operationId"].is_string() && operation["tags"].is_array(),
            "{method} {path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_shows_it_to_everybody() {
    let valence = Valence::bare().start();
    let reply = valence.get("/v1/openapi.json").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body, document());
    assert_eq!(reply.body["openapi"], "3.1.0");
}

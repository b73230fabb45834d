//! Replies have no key that the description does not know: what is added to one is
//! added to the other.

use serde_json::json;
use valence_testbed::RedfishEmulator;
use valence_tests::hook;

use super::*;
use crate::register::ironic;

const SYSTEM: &str = "9d1f4c70-3a0e-4c86-8b1d-0f5f6f2f7e03";

/// What `schema` says, wherever it says it.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => {
            let target = document.pointer(reference.trim_start_matches('#')).unwrap();
            resolved(document, target)
        }
        None => schema,
    }
}

/// The schemas that `schema` is put together of, itself among them.
fn parts<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let schema = resolved(document, schema);
    let mut all = vec![schema];
    for key in ["allOf", "anyOf", "oneOf"] {
        let below = schema[key].as_array().into_iter().flatten();
        all.extend(below.flat_map(|part| parts(document, part)));
    }
    all
}

/// Collects the places in `value` that the schemas know nothing of.
fn unknown(document: &Value, schemas: &[&Value], value: &Value, at: &str, found: &mut Vec<String>) {
    let parts: Vec<_> = schemas
        .iter()
        .flat_map(|one| parts(document, one))
        .collect();
    match value {
        Value::Object(object) => {
            let described: Vec<_> = parts
                .iter()
                .filter_map(|part| part["properties"].as_object())
                .collect();
            // An object of which nothing is said may hold anything.
            if described.is_empty() {
                return;
            }
            for (key, value) in object {
                let below: Vec<_> = described.iter().filter_map(|one| one.get(key)).collect();
                let at = format!("{at}/{key}");
                match below.is_empty() {
                    true => found.push(at),
                    false => unknown(document, &below, value, &at, found),
                }
            }
        }
        Value::Array(items) => {
            let below: Vec<_> = parts.iter().filter_map(|part| part.get("items")).collect();
            for item in items.iter().filter(|_| !below.is_empty()) {
                unknown(document, &below, item, &format!("{at}/-"), found);
            }
        }
        Value::String(text) => {
            let known: Vec<_> = parts
                .iter()
                .filter_map(|part| part["enum"].as_array())
                .flatten()
                .collect();
            if !known.is_empty() && !known.iter().any(|one| *one == text) {
                found.push(format!("{at}: `{text}`"));
            }
        }
        _ => {}
    }
}

#[test]
fn what_is_not_described_is_found() {
    let document = json!({"components": {"schemas": {
        "One": {"properties": {"a": {"enum": ["x", "y"]}, "any": {"type": "object"}}},
        "Two": {"allOf": [
            {"$ref": "#/components/schemas/One"},
            {"properties": {"b": {"items": {"properties": {"c": {}}}}}},
        ]},
    }}});
    let schema = json!({"$ref": "#/components/schemas/Two"});
    let of = |value: Value| {
        let mut found = Vec::new();
        unknown(&document, &[&schema], &value, "", &mut found);
        found
    };
    let fine = json!({"a": "x", "any": {"thing": 1}, "b": [{"c": {"d": 1}}, {}]});
    assert_eq!(of(fine), [""; 0]);
    let wrong = json!({"a": "z", "b": [{"e": 1}], "f": null});
    assert_eq!(of(wrong), ["/a: `z`", "/b/-/e", "/f"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_reply_holds_what_the_description_does_not_know() {
    let (valence, bmc) = tokio::task::spawn_blocking(|| {
        let bmc = RedfishEmulator::with_system(SYSTEM)
            .nic("52:54:00:9d:1f:01")
            .start()
            .unwrap();
        // Drivers of all kinds: this one is not asked, only listed.
        let composing = "[[pod_manager]]\nname = \"composing\"\n\
            url = \"https://composing.invalid\"\ndriver = \"redfish-composition\"";
        let valence = Valence::with_ironic(&ironic().endpoint())
            .configure(composing)
            .hook(
                "guardrails",
                &hook("guardrails"),
                "settings = { required = [\"/node/name\"] }",
            )
            .hook(
                "site-naming",
                &hook("site-naming"),
                "mode = \"shadow\"\non_failure = \"skip\"\nsettings = { patterns = [\"{manufacturer}\"] }",
            )
            .start();
        (valence, bmc)
    })
    .await
    .unwrap();
    valence.manage("podm", bmc.url(), SYSTEM, "shaped").await;
    let many = valence
        .post("/v1/registrations", json!({"nodes": ["nobody"]}))
        .await;
    let many = many.body["uuid"].as_str().unwrap().to_owned();
    let document = document();
    let node = "/v1/nodes/{id}/register";
    let fields = json!({"resource_class": "baremetal"});
    let mut found = Vec::new();
    let mut decision = String::new();
    for (method, path, query, body) in [
        ("GET", "/", "", None),
        ("GET", "/v1", "", None),
        ("GET", "/readyz", "", None),
        ("GET", "/v1/pod_managers", "?detail=true", None),
        ("GET", "/v1/pod_managers/{podm}", "", None),
        ("GET", "/v1/pod_managers/{podm}/systems", "", None),
        ("GET", "/v1/nodes", "?detail=true", None),
        ("GET", "/v1/nodes/{id}", "", None),
        ("POST", node, "?dry_run=true&explain=true", Some(json!({}))),
        ("POST", node, "?explain=true&wait=0", Some(fields)),
        (
            "POST",
            node,
            "?dry_run=true&on_conflict=update",
            Some(json!({})),
        ),
        ("GET", "/v1/nodes/{id}/registration", "", None),
        ("GET", "/v1/nodes/{id}/drift", "", None),
        ("GET", "/v1/decisions", "?detail=true", None),
        ("GET", "/v1/decisions/{decision}", "?documents=true", None),
        (
            "POST",
            "/v1/evaluate",
            "?explain=true",
            Some(json!({"node": "shaped"})),
        ),
        ("GET", "/v1/registrations", "?detail=true", None),
        ("GET", "/v1/registrations/{many}", "", None),
        ("GET", "/v1/hooks", "", None),
        ("GET", "/v1/hooks/{name}", "", None),
        ("POST", "/v1/hooks/reload", "", None),
        ("GET", "/v1/systems", "?detail=true&podm_id=podm", None),
        ("GET", "/v1/racks", "?detail=true&podm_id=podm", None),
        ("DELETE", node, "", None),
    ] {
        let asked = path
            .replace("{id}", "shaped")
            .replace("{podm}", "podm")
            .replace("{decision}", &decision)
            .replace("{many}", &many)
            .replace("{name}", "guardrails");
        let reply = valence.send(method, &format!("{asked}{query}"), body).await;
        assert_eq!(reply.status, 200, "{method} {asked}: {reply:?}");
        if path == "/v1/decisions" {
            decision = reply.body[0]["uuid"].as_str().unwrap().to_owned();
        }
        let described = ["{podm}", "{decision}", "{many}"]
            .iter()
            .fold(path.to_owned(), |path, name| path.replace(name, "{id}"));
        let operation = &document["paths"][&described][method.to_lowercase()];
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{method} {path} has no schema");
        let at = format!("{method} {path}{query} ");
        unknown(&document, &[schema], &reply.body, &at, &mut found);
    }
    assert!(found.is_empty(), "{found:#?}");
}

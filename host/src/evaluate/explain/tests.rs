use serde_json::json;

use super::*;

/// A hook over the seed, another one over that, something taken out and something
/// never told.
fn evaluation() -> Evaluation {
    serde_json::from_value(json!({
        "enrollment": {
            "node": {
                "name": "r12-u07",
                "properties": {"cpus": 64, "memory_mb": 1024},
                "extra": {"place": "r12"},
            },
            "ports": [{"address": "AA:00:00:00:00:01"}],
            "traits": ["CUSTOM_A"],
            "credentials": "rack-a",
        },
        "changes": [
            {"pointer": "/node/name", "from": null, "to": "System", "by": "seed"},
            {"pointer": "/node/properties/cpus", "from": null, "to": 32, "by": "seed",
             "reads": [{"document": "/redfish/v1/Systems/1/Processors/1", "pointer": "/TotalThreads"}]},
            {"pointer": "/node/properties/memory_mb", "from": null, "to": 1024, "by": "seed"},
            {"pointer": "/ports/aa:00:00:00:00:01/address", "from": null, "to": "AA:00:00:00:00:01", "by": "seed"},
            {"pointer": "/ports/aa:00:00:00:00:02/address", "from": null, "to": "AA:00:00:00:00:02", "by": "seed"},
            {"pointer": "/node/extra/place", "from": null, "to": "somewhere", "by": "defaults"},
            {"pointer": "/node/properties/cpus", "from": 32, "to": 48, "by": "request"},
            {"pointer": "/node/name", "from": "System", "to": "r12", "by": "site-naming",
             "because": "it stands there",
             "reads": [{"document": "/redfish/v1/Chassis/1", "pointer": "/Location"}]},
            {"pointer": "/node/extra", "from": {"place": "somewhere"}, "to": null, "by": "tidy"},
            {"pointer": "/node/extra/place", "from": null, "to": "r12", "by": "tidy"},
            {"pointer": "/ports/aa:00:00:00:00:02/address", "from": "AA:00:00:00:00:02", "to": null,
             "by": "tidy", "because": "no link"},
            {"pointer": "/node/name", "from": "r12", "to": "r12-u07", "by": "tidy",
             "reads": [{"document": "/redfish/v1/Chassis/1", "pointer": "/Location/Unit"}],
             "reads_left_out": 3},
            {"pointer": "/node/properties/cpus", "from": 48, "to": 64, "by": "tidy"},
            {"pointer": "/traits/CUSTOM_A", "from": null, "to": true, "by": "tidy"},
            {"pointer": "/credentials", "from": null, "to": "rack-a", "by": "tidy"},
            {"pointer": "/node/instance_name", "from": "web", "to": null, "by": "api-version",
             "because": "it needs 1.104"},
        ],
        "findings": [
            {"effect": "warn", "message": "`memory_mb` is left out", "pointer": "/node/properties/memory_mb",
             "left_out": "absent"},
            {"effect": "warn", "message": "`vendor` is left out: it says nothing",
             "pointer": "/node/properties/vendor", "left_out": "hygiene"},
            {"effect": "warn", "message": "interface `usb0` gives no port", "pointer": "/ports",
             "left_out": "hygiene"},
            {"effect": "warn", "message": "left out: it needs 1.104", "pointer": "/node/instance_name",
             "left_out": "api-version"},
            {"effect": "warn", "message": "hook `tidy` replaced what the request asks for",
             "pointer": "/node/properties/cpus"},
        ],
        "hooks": [
            {"name": "site-naming", "digest": "sha256:aa", "fuel": 1, "wrote": []},
            {"name": "tidy", "digest": "sha256:bb", "fuel": 1, "wrote": []},
        ],
    }))
    .unwrap()
}

fn known(document: &str, pointer: &str) -> Option<Value> {
    match (document, pointer) {
        ("/redfish/v1/Chassis/1", "/Location") => Some(json!({"Unit": 7})),
        ("/redfish/v1/Chassis/1", "/Location/Unit") => Some(json!(7)),
        (_, "/TotalThreads") => Some(json!(32)),
        _ => None,
    }
}

#[test]
fn each_value_has_its_authors_and_what_is_missing_has_its_reason() {
    insta::assert_json_snapshot!(explain(&evaluation(), known));
}

#[test]
fn an_explanation_is_read_back() {
    let explanation = explain(&evaluation(), known);
    let text = serde_json::to_string(&explanation).unwrap();
    let back: Explanation = serde_json::from_str(&text).unwrap();
    assert_eq!(back, explanation);
}

#[test]
fn every_value_is_explained() {
    let evaluation = evaluation();
    let explanation = explain(&evaluation, |_, _| None);
    let view = view(&evaluation.enrollment);
    for field in &explanation.fields {
        assert_eq!(view.pointer(&field.pointer), Some(&field.value));
    }
    assert_eq!(explanation.fields.len(), 7);
}

//! `schemathesis` reads the description and sends what it allows and what it forbids.

use std::process::Command;

use serde_json::json;
use valence_testbed::{Python, RedfishEmulator};

use valence_tests::hook;

use super::*;
use crate::register::ironic;

const SYSTEM: &str = "6b3c5e0e-52c0-4a27-a3a1-5d6b0f3b7e01";

/// Ids and names that are there are tried beside made-up ones. 502, 503 and 504 are
/// pod managers' and Ironic's; a 500 is ours.
const CONFIGURATION: &str = r#"
seed = 1
[generation]
max-examples = 64
database = "none"
[dictionaries.nodes]
values = ["fuzzed", "nobody"]
[dictionaries.hooks]
values = ["guardrails"]
[parameters]
"path.name" = { dictionary = "hooks", probability = 0.5 }
"path.id" = { dictionary = "nodes", probability = 0.5 }
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 502, 503, 504]
"#;

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
     response_headers_conformance,response_schema_conformance,unsupported_method,\
     negative_data_rejection,allow_header_conformance";

#[tokio::test(flavor = "multi_thread")]
async fn a_server_answers_as_the_description_says() {
    let (valence, _bmc, python) = tokio::task::spawn_blocking(|| {
        let bmc = RedfishEmulator::with_system(SYSTEM)
            .nic("52:54:00:6b:3c:01")
            .start()
            .unwrap();
        let valence = Valence::with_ironic(&ironic().endpoint())
            .configure("[server.limits]\nrequests_per_second = 100000")
            .hook(
                "guardrails",
                &hook("guardrails"),
                "settings = { required = [\"/node/name\"] }",
            )
            .start();
        (valence, bmc, Python::ready().unwrap())
    })
    .await
    .unwrap();
    valence.manage("podm", _bmc.url(), SYSTEM, "fuzzed").await;
    let registered = valence.post("/v1/nodes/fuzzed/register", json!({})).await;
    assert_eq!(registered.status, 200, "{registered:?}");
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("schemathesis.toml"), CONFIGURATION).unwrap();
    let mut command = Command::new(python.program("schemathesis"));
    command
        .current_dir(directory.path())
        .args(["--config-file", "schemathesis.toml", "run"])
        .arg(format!("{}/v1/openapi.json", valence.url()))
        .args([
            "--checks",
            CHECKS,
            "--workers",
            "1",
            "--no-color",
            "--continue-on-failure",
        ])
        .args([
            "--phases",
            "examples,coverage,fuzzing",
            "--request-timeout",
            "60",
        ]);
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    for line in text
        .lines()
        .rev()
        .take(25)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
    {
        println!("{line}");
    }
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(valence.log().matches("panicked").count(), 0);
}

//! What goes wrong is told in a sentence: what, where, and what to do.

use serde_json::json;
use valence_tests::{Valence, hook, mockups};

/// Arguments, exit status, and what the sentence must hold.
type Case<'a> = (&'a [&'a str], i32, &'a [&'a str]);

#[test]
fn the_command_line_says_what_is_wrong_and_where() {
    let plain = mockups().join("plain").display().to_string();
    let naming = hook("site-naming").display().to_string();
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let unknown = file("unknown.toml", "[server]\nlissten = \"127.0.0.1:1\"\n");
    let literal = file(
        "literal.toml",
        "[credentials.a]\nusername = \"u\"\npassword = \"p\"\n",
    );
    let shown = file(
        "shown.toml",
        "[register.defaults.driver_info]\nredfish_password = \"canary\"\n",
    );
    let later = file("later.toml", "[register]\ntarget = \"active\"\n");
    let denying = file(
        "denying.toml",
        &format!(
            "[[hook]]\nname = \"guardrails\"\npath = {:?}\nsettings = {{ required = [\"/node/resource_class\"] }}\n",
            hook("guardrails").display().to_string()
        ),
    );
    let garbage = file("garbage.wasm", "no component");
    let cases: &[Case<'_>] = &[
        (
            &["config", "check", "--config", "nowhere.toml"],
            2,
            &["nowhere.toml"],
        ),
        (
            &["config", "check", "--config", &unknown],
            2,
            &["lissten", "listen", "2"],
        ),
        (
            &["config", "check", "--config", &literal],
            2,
            &["password_file"],
        ),
        (
            &["evaluate", "--mockup", "nowhere"],
            2,
            &["`nowhere`", "No such file"],
        ),
        (
            &["evaluate", "--mockup", &plain, "--hook", &garbage],
            2,
            &["garbage", "component"],
        ),
        (
            &["evaluate", "--mockup", &plain, "--hook", "no.wasm"],
            2,
            &["no.wasm", "No such file"],
        ),
        (
            &["evaluate", "--mockup", &plain, "--hook", &naming],
            2,
            &["site_naming", "patterns"],
        ),
        (
            &["evaluate", "--mockup", &plain, "--parameters", "{"],
            2,
            &["--parameters", "JSON"],
        ),
        (
            &[
                "evaluate",
                "--mockup",
                &plain,
                "--parameters",
                "{\"uuid\": \"x\"}",
            ],
            2,
            &["`uuid`"],
        ),
        (
            &[
                "evaluate",
                "--mockup",
                &plain,
                "--composition",
                "{\"flavour\": \"x\"}",
            ],
            2,
            &["`composition`", "nothing is kept but"],
        ),
        (
            &["evaluate", "--mockup", &plain, "--driver", "redfishv1"],
            2,
            &["Nodes", "is another driver meant?"],
        ),
        (
            &["config", "check", "--config", &shown],
            2,
            &["defaults", "[credentials.NAME]"],
        ),
        (
            &["config", "check", "--config", &later],
            2,
            &["target", "available", "active"],
        ),
        (
            &["evaluate", "--mockup", &plain, "--config", &denying],
            3,
            &["guardrails", "/node/resource_class"],
        ),
        (
            &["node", "list", "--url", "http://127.0.0.1:9"],
            10,
            &["127.0.0.1:9", "valence serve"],
        ),
        (&["node", "regster"], 2, &["register"]),
    ];
    for (arguments, exit, words) in cases {
        let outcome = Valence::offline(arguments.iter().copied());
        assert_eq!(outcome.exit, *exit, "{arguments:?}: {}", outcome.stderr);
        for word in *words {
            assert!(
                outcome.stderr.contains(word),
                "{arguments:?}: no `{word}`: {}",
                outcome.stderr
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_says_what_is_wrong_and_where() {
    let valence = Valence::bare().start();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let malformed = http
        .post(format!("{}/v1/pod_managers", valence.url()))
        .header("content-type", "application/json")
        .body("{\"name\": ")
        .send()
        .await
        .unwrap();
    assert_eq!(malformed.status().as_u16(), 400);
    assert!(malformed.text().await.unwrap().contains("JSON"));

    let unknown = valence
        .post(
            "/v1/pod_managers",
            json!({"nam": "a", "url": "http://127.0.0.1:9"}),
        )
        .await;
    assert_eq!(unknown.status, 400, "{:#}", unknown.body);
    assert!(
        unknown.body["detail"].as_str().unwrap().contains("`nam`"),
        "{:#}",
        unknown.body
    );

    let unreachable = valence
        .post(
            "/v1/pod_managers",
            json!({"name": "a", "url": "http://127.0.0.1:9", "driver": "redfish", "authentication": []}),
        )
        .await;
    assert_eq!(unreachable.status, 502, "{:#}", unreachable.body);
    assert_eq!(unreachable.body["code"], "redfish-failed");
    let detail = unreachable.body["detail"].as_str().unwrap();
    assert!(detail.contains("http://127.0.0.1:9"), "{detail}");
    assert_eq!(
        valence.get("/v1/pod_managers").await.body,
        json!([]),
        "it was kept all the same"
    );

    let nobody = valence.post("/v1/nodes/nobody/register", json!({})).await;
    assert_eq!(nobody.status, 404, "{:#}", nobody.body);
    assert!(
        nobody.body["detail"].as_str().unwrap().contains("`nobody`"),
        "{:#}",
        nobody.body
    );
    let absent = valence.get("/v1/devices").await;
    assert_eq!(absent.status, 404);
    assert_eq!(valence.text("/healthcheck", None).await.0, 200);
}

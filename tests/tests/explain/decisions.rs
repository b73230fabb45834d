//! What stays on record of every evaluation.

use serde_json::{Value, json};
use valence_tests::{Valence, hook};

use crate::register::{Machine, ironic};

async fn of_kind(valence: &Valence, query: &str) -> Vec<Value> {
    let listed = valence
        .get(&format!("/v1/decisions?detail=true&{query}"))
        .await;
    assert_eq!(listed.status, 200, "{:#}", listed.body);
    listed.body.as_array().unwrap().clone()
}

async fn show(valence: &Valence, decision: &Value) -> Value {
    let id = decision["uuid"].as_str().unwrap();
    let shown = valence
        .get(&format!("/v1/decisions/{id}?documents=true"))
        .await;
    assert_eq!(shown.status, 200, "{:#}", shown.body);
    shown.body
}

#[tokio::test(flavor = "multi_thread")]
async fn dry_runs_registrations_and_refusals_are_on_record_with_what_they_were_of() {
    let machine = Machine::new("decided");
    let valence = Valence::with_ironic(&ironic().endpoint())
        .hook(
            "guardrails",
            &hook("guardrails"),
            "settings = { required = [\"/node/resource_class\"] }",
        )
        .start();
    machine.managed_by(&valence).await;
    let dry = format!("{}?dry_run=true", machine.path());
    let gold = json!({"resource_class": "gold", "driver_info": {
        "redfish_username": "admin-of-bmc", "redfish_password": "s3cr3t-of-bmc"}});
    assert_eq!(valence.post(&dry, json!({})).await.status, 403);
    let secret =
        json!({"resource_class": "gold", "driver_info": {"ipmi_password": "s3cr3t-of-bmc"}});
    assert_eq!(valence.post(&dry, secret).await.status, 422);
    let explained = valence.post(&format!("{dry}&explain"), gold.clone()).await;
    assert_eq!(explained.status, 200, "{:#}", explained.body);
    let registered = valence.post(&machine.path(), gold).await;
    assert_eq!(registered.status, 200, "{:#}", registered.body);
    let drift = valence
        .get(&format!("/v1/nodes/{}/drift", machine.name))
        .await;
    assert_eq!(drift.status, 200, "{:#}", drift.body);

    let all = of_kind(&valence, "sort_dir=desc").await;
    let told: Vec<_> = all
        .iter()
        .map(|one| json!([one["kind"], one["outcome"], one["hook"]]))
        .collect();
    assert_eq!(
        json!(told),
        json!([
            ["dry-run", "denied", "guardrails"],
            ["dry-run", "invalid-enrollment", null],
            ["dry-run", "enrolled", null],
            ["register", "enrolled", null],
            ["drift", "enrolled", null],
        ])
    );
    let denied = show(&valence, &all[0]).await;
    let findings = denied["findings"].as_array().unwrap();
    let by_hook = findings.iter().find(|one| one["hook"] == "guardrails");
    assert_eq!(by_hook.unwrap()["effect"], "deny", "{findings:#?}");
    assert!(denied["fuel"].as_u64().unwrap() > 0);
    assert_eq!(denied["hooks"][0]["name"], "guardrails");

    let enrolled = show(&valence, &all[2]).await;
    for key in ["enrollment", "changes", "findings", "chain", "explanation"] {
        assert_eq!(enrolled[key], explained.body[key], "{key}");
    }
    assert_eq!(enrolled["parameters"]["resource_class"], "gold");
    let documents = |decision: &Value| decision["documents"].as_array().unwrap().clone();
    // All but the manager's, which tells the time.
    let digests = |decision: &Value| -> Vec<Value> {
        let all = documents(decision).into_iter();
        let timeless = |one: &Value| !one["path"].as_str().unwrap().contains("/Managers/");
        all.filter(timeless)
            .map(|one| one["digest"].clone())
            .collect()
    };
    assert!(digests(&denied).len() > 5, "{denied:#}");
    assert_eq!(digests(&enrolled), digests(&denied));
    let system = enrolled["enrollment"]["node"]["driver_info"]["redfish_system_id"].clone();
    let system = documents(&enrolled)
        .into_iter()
        .find(|one| one["path"] == system);
    assert!(system.unwrap()["body"]["Name"].is_string());

    for decision in &all {
        let whole = show(&valence, decision).await.to_string();
        assert!(!whole.contains("-of-bmc"), "{whole}");
    }
    let file = std::fs::read(valence.directory().join("valence.db")).unwrap();
    let wal = std::fs::read(valence.directory().join("valence.db-wal")).unwrap_or_default();
    for bytes in [file, wal] {
        assert!(!String::from_utf8_lossy(&bytes).contains("s3cr3t-of-bmc"));
    }

    let listed = valence.cli(["registration", "list", "--outcome", "denied", "-f", "value"]);
    assert_eq!(listed.exit, 0, "{listed:?}");
    assert_eq!(listed.stdout.lines().count(), 1, "{listed:?}");
    let id = all[3]["uuid"].as_str().unwrap();
    let shown = valence.cli(["registration", "show", id]);
    assert_eq!(shown.exit, 0, "{shown:?}");
    assert!(
        shown.stdout.contains("/node/resource_class = \"gold\""),
        "{shown:?}"
    );
    let absent = valence.cli(["registration", "show", "no-such"]);
    assert_eq!(absent.exit, 9, "{absent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_goes_and_no_registration_fails_for_it() {
    let machine = Machine::new("forgotten");
    let valence = Valence::with_ironic(&ironic().endpoint())
        .configure("[records]\nmax_size = \"1B\"")
        .start();
    machine.managed_by(&valence).await;
    let dry = valence
        .post(&format!("{}?dry_run=true", machine.path()), json!({}))
        .await;
    assert_eq!(dry.status, 200, "{:#}", dry.body);
    let started = std::time::Instant::now();
    while !of_kind(&valence, "").await.is_empty() {
        assert!(started.elapsed().as_secs() < 30, "{}", valence.complaints());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

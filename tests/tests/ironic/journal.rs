//! What the journal is told.

use super::*;

/// Keeps the steps as text.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Notes {
    fn note(&self, text: String) {
        self.0.lock().expect("no panic").push(text);
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().expect("no panic").clone()
    }
}

#[async_trait]
impl Journal for Notes {
    async fn before(&self, _: Uuid, step: &Step) -> Result<(), JournalError> {
        self.note(format!("before {step}"));
        Ok(())
    }

    async fn after(&self, _: Uuid, step: &Step, outcome: &Outcome) -> Result<(), JournalError> {
        self.note(format!(
            "after {step}: {}",
            serde_json::to_string(outcome).expect("JSON")
        ));
        Ok(())
    }
}

#[tokio::test]
async fn the_journal_has_each_step_before_and_after_and_no_password() {
    let (client, own) = (client().await, Own::new());
    let plan = plan(json!({
        "node": {"driver": "fake-hardware", "driver_info": {}, "owner": "site-a"},
        "ports": [{"address": own.mac(1), "local_link_connection": {"switch_id": "leaf1", "port_id": "1"}}],
    }));
    let notes = Notes::default();
    ironic::apply(&client, &notes, &plan, Some(&credentials("root", PASSWORD)))
        .await
        .expect_err("a refusal");
    let notes = notes.all();
    let node = plan.node_uuid;
    let port = ironic::port_uuid(node, &own.mac(1));
    let sent = |text: &String| {
        !text.contains(r#""outcome":"refused","status":400,"reason":"Cannot create a node"#)
    };
    let told: Vec<_> = notes
        .iter()
        .filter(|text| sent(text))
        .map(String::as_str)
        .collect();
    for expected in [
        format!("before create node {node}"),
        format!(r#"after create node {node}: {{"outcome":"done"}}"#),
        format!("before amend node {node}"),
        format!(r#"after amend node {node}: {{"outcome":"done"}}"#),
        format!("before create port {port} {}", own.mac(1)),
        format!("before delete node {node}"),
        format!(r#"after delete node {node}: {{"outcome":"done"}}"#),
    ] {
        assert!(
            told.contains(&expected.as_str()),
            "{expected} is not in {told:#?}"
        );
    }
    let refused = format!(
        "after create port {port} {}: {{\"outcome\":\"refused\",\"status\":400",
        own.mac(1)
    );
    assert!(
        told.iter().any(|text| text.starts_with(&refused)),
        "{told:#?}"
    );
    assert!(!notes.join("\n").contains(PASSWORD));
}

//! Ironic's provision states: asking for one, and waiting for it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::call::Call;
use super::error::IronicErrorKind as Kind;
use super::{Client, IronicError};
use crate::text::tame;

/// Where a node stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvisionState {
    /// `provision_state`: `enroll`, `verifying`, `manageable`…
    pub state: String,
    /// `target_provision_state`: where it is on its way to.
    pub target: Option<String>,
    /// `last_error`: why it did not get there, escaped and cut.
    pub last_error: Option<String>,
}

impl Client {
    /// Asks for a transition: `manage`, `provide`, `inspect`… Ironic begins it
    /// and answers at once.
    pub async fn set_provision_state(&self, uuid: Uuid, verb: &str) -> Result<(), IronicError> {
        let path = ["nodes", &uuid.to_string(), "states", "provision"];
        let call = Call::new(Method::PUT, path).body(json!({"target": verb}));
        self.send(&call).await.map(drop)
    }

    /// Where the node stands; `None` if there is none.
    pub async fn provision_state(&self, uuid: Uuid) -> Result<Option<ProvisionState>, IronicError> {
        let call = Call::get(["nodes", &uuid.to_string()]).query(
            "fields",
            "provision_state,target_provision_state,last_error",
        );
        Ok(self.find(&call).await?.map(|node| {
            let text = |key: &str| Some(tame(node.get(key).and_then(Value::as_str)?, 500));
            ProvisionState {
                state: text("provision_state").unwrap_or_default(),
                target: text("target_provision_state"),
                last_error: text("last_error"),
            }
        }))
    }

    /// Waits until the node is on its way nowhere, but no longer than `longest`.
    pub async fn settled(
        &self,
        uuid: Uuid,
        longest: Duration,
    ) -> Result<ProvisionState, IronicError> {
        let deadline = Instant::now() + longest;
        loop {
            let Some(now) = self.provision_state(uuid).await? else {
                let text = format!("node `{uuid}` is gone");
                return Err(IronicError::new(Kind::NotFound, text));
            };
            if now.target.is_none() || Instant::now() >= deadline {
                return Ok(now);
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }
}

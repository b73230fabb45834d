//! Ironic's provision states: asking for one, and waiting for it.

use std::fmt;
use std::time::Duration;

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::call::Call;
use super::error::IronicErrorKind as Kind;
use super::mark::Mark;
use super::{Client, IronicError};
use crate::text::tame;

/// What Ironic is asked to do with a node: `target` of `PUT
/// /v1/nodes/{uuid}/states/provision`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// `manage`: reach the BMC.
    Manage,
    /// `inspect`: find out what the machine has.
    Inspect,
    /// `provide`: clean it, if that is configured, and offer it.
    Provide,
}

impl Verb {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Manage, Self::Inspect, Self::Provide];

    /// Ironic's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Manage => "manage",
            Self::Inspect => "inspect",
            Self::Provide => "provide",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a node stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvisionState {
    /// `provision_state`: `enroll`, `verifying`, `manageable`…
    pub state: String,
    /// `target_provision_state`: where it is on its way to.
    pub target: Option<String>,
    /// `last_error`: why it did not get there, escaped and cut.
    pub last_error: Option<String>,
    /// The registration whose mark it bears.
    pub registration: Option<Uuid>,
}

impl ProvisionState {
    /// That of `node`, as Ironic shows it.
    pub(super) fn of(node: &Value) -> Self {
        let text = |key: &str| Some(tame(node.get(key).and_then(Value::as_str)?, 1000));
        Self {
            state: text("provision_state").unwrap_or_default(),
            target: text("target_provision_state"),
            last_error: text("last_error"),
            registration: Mark::of(node).map(|mark| mark.registration),
        }
    }
}

/// What of a node tells where it stands.
pub(super) const FIELDS: &str = "uuid,provision_state,target_provision_state,last_error,extra";

/// Where the node with this uuid stands.
pub(super) fn whereabouts(uuid: Uuid) -> Call<'static> {
    Call::get(["nodes", &uuid.to_string()]).query("fields", FIELDS)
}

/// The request to do `verb` with the node.
pub(super) fn ask_for(uuid: Uuid, verb: &str) -> Call<'static> {
    let path = ["nodes", &uuid.to_string(), "states", "provision"];
    Call::new(Method::PUT, path).body(json!({"target": verb}))
}

impl Client {
    /// Asks for a transition: `manage`, `provide`, `inspect`… Ironic begins it
    /// and answers at once.
    pub async fn set_provision_state(&self, uuid: Uuid, verb: &str) -> Result<(), IronicError> {
        self.send(&ask_for(uuid, verb)).await.map(drop)
    }

    /// Where the node stands; `None` if there is none.
    pub async fn provision_state(&self, uuid: Uuid) -> Result<Option<ProvisionState>, IronicError> {
        let found = self.find(&whereabouts(uuid)).await?;
        Ok(found.as_ref().map(ProvisionState::of))
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

//! Composing a node and registering it, in one operation on record.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::crash;
use crate::enrollment::Object;
use crate::failure::{Cause, Failure};
use crate::node::{Composition, CompositionState, Node};
use crate::nodes::ComposeRequest;

use super::attempt::may_stand;
use super::registered::Registered;
use super::{RegisterOptions, Registrar};

/// Between two looks at what a restart has left to register.
const PAUSE: Duration = Duration::from_secs(2);

/// What becomes of a composed node that cannot be registered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// It stays composed.
    #[default]
    Keep,
    /// It is decomposed again.
    Decompose,
}

impl OnFailure {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Keep, Self::Decompose];

    /// The name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Decompose => "decompose",
        }
    }
}

/// How a node is to be registered once it is composed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Registering {
    /// Fields of Ironic's node. They are kept, so they hold no password.
    pub parameters: Object,
    /// How to register.
    pub options: RegisterOptions,
    /// What becomes of a node that cannot be registered.
    pub on_failure: OnFailure,
}

impl Registrar {
    /// Composes a node and registers it. Cut off before it is composed, it is undone;
    /// after, it is registered at the next start.
    pub async fn compose(
        &self,
        request: ComposeRequest,
        registering: Registering,
    ) -> Result<Registered, Failure> {
        self.ironic()?;
        super::bulk::refuse_secrets(&Value::Object(registering.parameters.clone()), "")?;
        let kept = serde_json::to_string(&registering).map_err(Failure::internal)?;
        let request = ComposeRequest {
            registering: Some(kept),
            ..request
        };
        let node = self.nodes.compose(request).await?;
        crash::point("compose", "to-register");
        self.register_composed(&node, registering).await
    }

    async fn register_composed(
        &self,
        node: &Node,
        registering: Registering,
    ) -> Result<Registered, Failure> {
        let id = node.uuid.to_string();
        let registered = self
            .register(&id, registering.parameters, registering.options)
            .await;
        crash::point("compose", "registered");
        let failure = match registered {
            Ok(registered) => {
                self.store.set_registered(node.uuid).await?;
                return Ok(registered);
            }
            Err(failure) => failure,
        };
        Err(self
            .not_registered(node, registering.on_failure, failure)
            .await?)
    }

    /// What the caller is told, once the node is decomposed if it is to be.
    async fn not_registered(
        &self,
        node: &Node,
        on_failure: OnFailure,
        mut failure: Failure,
    ) -> Result<Failure, Failure> {
        let now = self.nodes.get(&node.uuid.to_string()).await?;
        let last = self.store.latest_registration(node.uuid).await?;
        let stands = now.managed_by.is_some()
            || last.is_some_and(|last| last.epoch == now.epoch && may_stand(last.state));
        let stays = format!("; the node stays composed, as `{}`", node.name);
        if stands || on_failure == OnFailure::Keep {
            failure.detail.push_str(&stays);
            self.store.set_registered(node.uuid).await?;
            return Ok(failure);
        }
        match self.nodes.delete(&node.uuid.to_string(), false).await {
            Ok(()) => failure.detail.push_str("; the node was decomposed again"),
            Err(error) => {
                self.store.set_registered(node.uuid).await?;
                let why = format!("; it could not be decomposed: {}", error.detail);
                failure.detail.push_str(&why);
            }
        }
        Ok(failure)
    }

    /// What was composed, and is to be registered still, when the process before this
    /// one ended.
    pub async fn composed_before(&self) -> Result<Vec<Composition>, Failure> {
        let mut left = self.store.unfinished_compositions().await?;
        left.retain(|one| one.state == CompositionState::Composed);
        Ok(left)
    }

    /// Registers what is `left` from the process before.
    pub async fn register_what_was_composed(&self, mut left: Vec<Composition>) {
        while !left.is_empty() {
            let mut still = Vec::new();
            for composition in left {
                match self.register_left(&composition).await {
                    Ok(true) => {}
                    Ok(false) => still.push(composition),
                    Err(failure) => {
                        let node = composition.request.name;
                        tracing::warn!(node, error = %failure, "composed, but not registered");
                    }
                }
            }
            left = still;
            if !left.is_empty() {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Whether it is done with; false while its registration is being finished.
    async fn register_left(&self, composition: &Composition) -> Result<bool, Failure> {
        let Some(node) = self.nodes.find(composition.node).await? else {
            return Ok(true);
        };
        let last = self.store.latest_registration(node.uuid).await?;
        if last.is_some_and(|last| last.state.is_unfinished()) {
            return Ok(false);
        }
        if node.managed_by.is_some() {
            self.store.set_registered(node.uuid).await?;
            return Ok(true);
        }
        let Some(registering) = &composition.registering else {
            return Ok(true);
        };
        let registering: Registering =
            serde_json::from_str(registering).map_err(Failure::internal)?;
        tracing::info!(node = node.name, "registering what was composed before");
        let id = node.uuid.to_string();
        let parameters = registering.parameters;
        match self.register(&id, parameters, registering.options).await {
            Ok(_) => self.store.set_registered(node.uuid).await?,
            // Nobody waits for it: it has the time.
            Err(failure) if passes(&failure) => return Ok(false),
            Err(failure) => {
                let on_failure = registering.on_failure;
                return Err(self.not_registered(&node, on_failure, failure).await?);
            }
        }
        Ok(true)
    }
}

/// Whether the failure is one that may be over when it is tried again.
fn passes(failure: &Failure) -> bool {
    matches!(
        failure.cause,
        Cause::IronicUnavailable | Cause::IronicTimeout | Cause::RedfishTimeout | Cause::Deferred
    )
}

//! Composing a node and registering it, in one operation on record.

use std::time::Duration;

use futures::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::crash;
use crate::enrollment::Object;
use crate::failure::{Cause, Failure};
use crate::node::{Composition, CompositionState, Node};
use crate::nodes::ComposeRequest;
use crate::store::{StoreError, Work};

use super::attempt::may_stand;
use super::registered::Registered;
use super::{RegisterOptions, Registrar};

/// Between two looks at what is left to register, by a restart or by other servers.
const PAUSE: Duration = Duration::from_secs(2);

/// The same where nothing is left, and nobody else can leave anything.
const UNASKED: Duration = Duration::from_secs(60);

/// How many are registered at a time.
const AT_ONCE: usize = 8;

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
    /// after, it is registered by whichever server finds it.
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
        // Before it is on record: what nobody holds is anybody's to register.
        let lease = self
            .store
            .lease(Work::Composition(request.node))
            .await?
            .ok();
        let node = self.nodes.compose(request).await?;
        crash::point("compose", "to-register");
        let registered = self.register_composed(&node, registering).await;
        if let Some(lease) = lease {
            lease.give_back().await;
        }
        registered
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
                self.registering_ended(node).await?;
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
        if self.is_taken_over(node) {
            // What becomes of it is the other's to say.
            return Ok(failure);
        }
        let now = self.nodes.get(&node.uuid.to_string()).await?;
        let last = self.store.latest_registration(node.uuid).await?;
        let stands = now.managed_by.is_some()
            || last.is_some_and(|last| last.epoch == now.epoch && may_stand(last.state));
        let stays = format!("; the node stays composed, as `{}`", node.name);
        if stands || on_failure == OnFailure::Keep {
            failure.detail.push_str(&stays);
            self.registering_ended(node).await?;
            return Ok(failure);
        }
        match self.nodes.delete(&node.uuid.to_string(), false).await {
            Ok(()) => failure.detail.push_str("; the node was decomposed again"),
            Err(error) => {
                self.registering_ended(node).await?;
                let why = format!("; it could not be decomposed: {}", error.detail);
                failure.detail.push_str(&why);
            }
        }
        Ok(failure)
    }

    /// It is on record that nothing of it is left to be done, here or, once it was
    /// taken over, by the other.
    async fn registering_ended(&self, node: &Node) -> Result<(), Failure> {
        match self.store.set_registered(node.uuid).await {
            Ok(()) | Err(StoreError::TakenOver { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn is_taken_over(&self, node: &Node) -> bool {
        let hold = self.store.hold(Work::Composition(node.uuid));
        !hold.is_certain()
    }

    /// Registers what was composed to be registered and whose server has ended since,
    /// this one's last run or another. Goes on for as long as the process does.
    pub async fn keep_registering_composed(&self) {
        loop {
            let left = match self.register_all_composed().await {
                Ok(left) => left > 0,
                Err(failure) => {
                    tracing::error!(error = %failure, "what was composed to be registered could not be looked for");
                    true
                }
            };
            let pause = match left || self.store.is_shared() {
                true => PAUSE,
                false => UNASKED,
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Tries each at which nobody is, once. Gives how many are left.
    async fn register_all_composed(&self) -> Result<usize, Failure> {
        let mut all = self.store.unfinished_compositions().await?;
        all.retain(|one| one.state == CompositionState::Composed);
        let tries = stream::iter(all).map(|one| self.try_to_register(one));
        let left: Vec<_> = tries.buffer_unordered(AT_ONCE).collect().await;
        Ok(left.into_iter().filter(|left| *left).count())
    }

    /// Whether it is left for another time.
    async fn try_to_register(&self, composition: Composition) -> bool {
        let id = composition.node;
        let tried = async {
            let Some(lease) = self.store.lease(Work::Composition(id)).await?.ok() else {
                return Ok(false);
            };
            // As it is now that nobody else is at it.
            let left = match self.store.composition(id).await? {
                Some(now) => self.register_left(&now).await,
                None => Ok(false),
            };
            lease.give_back().await;
            left
        };
        tried.await.unwrap_or_else(|failure: Failure| {
            let node = composition.request.name;
            tracing::warn!(node, error = %failure, "composed, but not registered");
            false
        })
    }

    /// Whether it is left for another time: while its registration is being finished,
    /// and while Ironic is away.
    async fn register_left(&self, composition: &Composition) -> Result<bool, Failure> {
        let Some(registering) = &composition.registering else {
            return Ok(false);
        };
        let Some(node) = self.nodes.find(composition.node).await? else {
            return Ok(false);
        };
        let last = self.store.latest_registration(node.uuid).await?;
        if last.is_some_and(|last| last.state.is_unfinished()) {
            return Ok(true);
        }
        if node.managed_by.is_some() {
            self.registering_ended(&node).await?;
            return Ok(false);
        }
        let registering: Registering =
            serde_json::from_str(registering).map_err(Failure::internal)?;
        tracing::info!(node = node.name, "registering what was composed before");
        let id = node.uuid.to_string();
        let parameters = registering.parameters;
        match self.register(&id, parameters, registering.options).await {
            Ok(_) => self.registering_ended(&node).await?,
            // Nobody waits for it: it has the time.
            Err(failure) if passes(&failure) => return Ok(true),
            Err(failure) => {
                let on_failure = registering.on_failure;
                return Err(self.not_registered(&node, on_failure, failure).await?);
            }
        }
        Ok(false)
    }
}

/// Whether the failure is one that may be over when it is tried again.
fn passes(failure: &Failure) -> bool {
    matches!(
        failure.cause,
        Cause::IronicUnavailable | Cause::IronicTimeout | Cause::RedfishTimeout | Cause::Deferred
    )
}

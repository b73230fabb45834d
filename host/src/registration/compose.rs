//! Composing a node and registering it, in one operation on record.

use std::collections::HashMap;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;
use uuid::Uuid;

use crate::crash;
use crate::enrollment::Object;
use crate::failure::{Cause, Failure};
use crate::ironic;
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

/// Between two tries of one that could not be registered now, at first and at most:
/// each reads its pod manager and is evaluated anew.
const TRIES: (Duration, Duration) = (PAUSE, Duration::from_secs(5 * 60));

/// How many are registered at a time.
const AT_ONCE: usize = 8;

/// What a try came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tried {
    /// Nothing is left, or somebody else is at it.
    Ended,
    /// It was not begun, and can be tried at the next look.
    NotBegun,
    /// It was begun in vain.
    InVain,
}

/// When what could not be registered is tried again.
#[derive(Default)]
struct Waiting(HashMap<Uuid, (Instant, Duration)>);

impl Waiting {
    fn is_due(&self, node: Uuid, now: Instant) -> bool {
        self.0.get(&node).is_none_or(|(until, _)| *until <= now)
    }

    /// Each try in vain is followed by twice the pause before.
    fn note(&mut self, node: Uuid, tried: Tried, now: Instant) {
        match tried {
            Tried::Ended => {
                self.0.remove(&node);
            }
            Tried::NotBegun => {}
            Tried::InVain => {
                let before = self.0.get(&node).map(|(_, pause)| *pause * 2);
                let pause = before.map_or(TRIES.0, |pause| pause.min(TRIES.1));
                self.0.insert(node, (now + pause, pause));
            }
        }
    }
}

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
        let mut waiting = Waiting::default();
        loop {
            let left = match self.register_all_composed(&mut waiting).await {
                Ok(left) => left,
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

    /// Tries each at which nobody is and whose time has come, once. Gives whether any
    /// is left.
    async fn register_all_composed(&self, waiting: &mut Waiting) -> Result<bool, Failure> {
        let mut all = self.store.unfinished_compositions().await?;
        all.retain(|one| one.state == CompositionState::Composed);
        waiting
            .0
            .retain(|id, _| all.iter().any(|one| one.node == *id));
        let later = all.len();
        let now = Instant::now();
        all.retain(|one| waiting.is_due(one.node, now));
        let later = later - all.len();
        let tries = stream::iter(all).map(async |one| (one.node, self.try_to_register(one).await));
        let tried: Vec<_> = tries.buffer_unordered(AT_ONCE).collect().await;
        let mut left = later > 0;
        for (node, tried) in tried {
            waiting.note(node, tried, Instant::now());
            left |= tried != Tried::Ended;
        }
        Ok(left)
    }

    async fn try_to_register(&self, composition: Composition) -> Tried {
        let id = composition.node;
        let tried = async {
            let Some(lease) = self.store.lease(Work::Composition(id)).await?.ok() else {
                return Ok(Tried::Ended);
            };
            // As it is now that nobody else is at it.
            let tried = match self.store.composition(id).await? {
                Some(now) => self.register_left(&now).await,
                None => Ok(Tried::Ended),
            };
            lease.give_back().await;
            tried
        };
        tried.await.unwrap_or_else(|failure: Failure| {
            let node = composition.request.name;
            tracing::warn!(node, error = %failure, "composed, but not registered");
            Tried::Ended
        })
    }

    /// Leaves it for another time while its registration is being finished, and while
    /// Ironic is away.
    async fn register_left(&self, composition: &Composition) -> Result<Tried, Failure> {
        let Some(registering) = &composition.registering else {
            return Ok(Tried::Ended);
        };
        let Some(node) = self.nodes.find(composition.node).await? else {
            return Ok(Tried::Ended);
        };
        let last = self.store.latest_registration(node.uuid).await?;
        if last.is_some_and(|last| last.state.is_unfinished()) {
            return Ok(Tried::NotBegun);
        }
        if node.managed_by.is_some() {
            self.registering_ended(&node).await?;
            return Ok(Tried::Ended);
        }
        if !self.ironic_answers(&node).await {
            return Ok(Tried::NotBegun);
        }
        let registering: Registering =
            serde_json::from_str(registering).map_err(Failure::internal)?;
        tracing::info!(node = node.name, "registering what was composed before");
        let id = node.uuid.to_string();
        let parameters = registering.parameters;
        match self.register(&id, parameters, registering.options).await {
            Ok(_) => self.registering_ended(&node).await?,
            // Nobody waits for it: it has the time.
            Err(failure) if passes(&failure) => return Ok(Tried::InVain),
            Err(failure) => {
                let on_failure = registering.on_failure;
                return Err(self.not_registered(&node, on_failure, failure).await?);
            }
        }
        Ok(Tried::Ended)
    }

    /// Whether Ironic does, by one request: what is begun while it does not reads the
    /// pod manager and leaves a record, each time. What else it says, registering tells.
    async fn ironic_answers(&self, node: &Node) -> bool {
        let Ok(ironic) = self.ironic() else {
            return true;
        };
        let ironic = (*ironic).clone().with_patience(Duration::ZERO);
        let uuid = ironic::node_uuid(node.uuid, node.epoch);
        let stands = ironic::stands(&ironic, Uuid::nil(), uuid).await;
        !stands.is_err_and(|error| error.may_pass())
    }
}

/// Whether the failure is one that may be over when it is tried again.
fn passes(failure: &Failure) -> bool {
    matches!(
        failure.cause,
        Cause::IronicUnavailable | Cause::IronicTimeout | Cause::RedfishTimeout | Cause::Deferred
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_try_in_vain_is_followed_by_a_longer_pause() {
        let mut waiting = Waiting::default();
        let (node, mut now) = (Uuid::from_u128(1), Instant::now());
        waiting.note(node, Tried::NotBegun, now);
        assert!(waiting.is_due(node, now));
        let pauses = std::iter::repeat_with(|| {
            waiting.note(node, Tried::InVain, now);
            let began = now;
            while !waiting.is_due(node, now) {
                now += Duration::from_secs(1);
            }
            now.duration_since(began).as_secs()
        });
        let pauses: Vec<_> = pauses.take(10).collect();
        assert_eq!(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        waiting.note(node, Tried::Ended, now);
        assert!(waiting.is_due(node, now));
    }
}

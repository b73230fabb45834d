//! One look at a node that is to be taken somewhere in Ironic, and what is done
//! about what is seen.

use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::crash;
use crate::failure::{Cause, Failure};
use crate::ironic::{self, ApplyError, Client, Leg, ProvisionState, Verb};
use crate::node::Node;
use crate::store::{Registration, RegistrationState, Transition, TransitionState};

use super::Registrar;
use super::journal::StoreJournal;

/// Between two looks, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(4));

/// What part of the pause before it a look at a list of many nodes may be late.
const LATE: u32 = 4;

/// What is remembered of a transition from one look to the next.
pub(super) struct Watch {
    pause: Duration,
    /// The last one.
    paused: Duration,
    since: Instant,
    under_way: bool,
}

/// What a look came to.
pub(super) enum Looked {
    /// It has ended.
    Ended,
    /// Its registration is not in force, or is being changed.
    NotNow,
    /// It goes on: so long until the next look.
    Again(Duration),
}

impl Watch {
    pub(super) fn new() -> Self {
        Self {
            pause: PAUSE.0,
            paused: PAUSE.0,
            since: Instant::now(),
            under_way: false,
        }
    }

    /// Something has changed: looks follow each other closely again.
    fn renew(&mut self) {
        self.pause = PAUSE.0;
        self.since = Instant::now();
    }

    /// Whether what `leg` asks for may be done now. What ends or begins anything is
    /// decided under the node's turn: without it somebody else may be at the node.
    fn may_follow(&mut self, leg: Leg, in_turn: bool) -> bool {
        self.under_way = leg == Leg::UnderWay;
        self.under_way || in_turn
    }

    /// The same look, under the node's turn.
    fn again_in_turn(&mut self) -> Looked {
        self.under_way = false;
        Looked::Again(Duration::ZERO)
    }

    pub(super) fn pause(&mut self) -> Duration {
        self.paused = self.pause;
        self.pause = (self.pause * 3 / 2).min(PAUSE.1);
        self.paused
    }
}

impl Registrar {
    /// Looks where the node of a transition is, and begins what is next.
    pub(super) async fn look_after(&self, id: Uuid, watch: &mut Watch) -> Result<Looked, Failure> {
        let mut transition = self.store.transition(id).await?;
        let registration = self.store.brief_registration(transition.registration);
        let registration = registration.await?;
        // While Ironic works on the node nothing is sent, so nobody is kept off.
        let turn = match watch.under_way {
            true => None,
            false => match self.turn_if_free(registration.node).await? {
                Some(turn) => Some(turn),
                None => return Ok(Looked::Again(PAUSE.0)),
            },
        };
        let registration = self.store.brief_registration(registration.id).await?;
        if transition.state != TransitionState::Running || !self.may_move(&registration).await? {
            return Ok(Looked::NotNow);
        }
        let Some(node) = self.nodes.find(registration.node).await? else {
            if turn.is_none() {
                return Ok(watch.again_in_turn());
            }
            transition.state = TransitionState::Cancelled;
            transition.detail = Some("the node was given up".into());
            return self.keep(&transition, Looked::Ended).await;
        };
        let client = self.ironic()?;
        let uuid = registration.ironic_uuid;
        let still = match (&turn, &transition.provision_state) {
            (None, Some(state)) => {
                let oldest = watch.paused / LATE;
                self.lookout.still(&client, uuid, state, oldest).await
            }
            _ => None,
        };
        let stands = match still {
            Some(now) => Ok(Some(now)),
            None => ironic::stands(&client, registration.id, uuid).await,
        };
        let now = match stands {
            Ok(Some(now)) if now.registration == Some(registration.id) => now,
            Ok(_) if turn.is_none() => return Ok(watch.again_in_turn()),
            Ok(Some(_)) => return self.fail(transition, &node, not_ours(&registration)).await,
            Ok(None) => return self.fail(transition, &node, lost(&registration)).await,
            Err(error) if error.may_pass() => {
                transition.detail = Some(error.to_string());
                return self.keep(&transition, Looked::Again(watch.pause())).await;
            }
            Err(error) => return self.fail(transition, &node, error.into_failure()).await,
        };
        // Without the turn it is only asked whether Ironic is at work on it still.
        let begun = match turn {
            Some(_) => self.begun_last(&transition, &now).await?,
            None => None,
        };
        let step = begun.map(|verb| verb.name().to_owned());
        let is_new = begun.is_some() && transition.verb != step;
        if is_new {
            transition.verb = step;
        }
        if is_new
            || transition.provision_state.as_ref() != Some(&now.state)
            || transition.detail.is_some()
        {
            transition.provision_state = Some(now.state.clone());
            transition.detail = None;
            watch.renew();
            self.keep(&transition, ()).await?;
        }
        let leg = ironic::next(&now, transition.goal, begun);
        if !watch.may_follow(leg, turn.is_some()) {
            return Ok(watch.again_in_turn());
        }
        match leg {
            Leg::UnderWay if watch.since.elapsed() > self.transition_timeout => {
                let failure = too_slow(&now, watch.since.elapsed());
                self.fail(transition, &node, failure).await
            }
            Leg::UnderWay => Ok(Looked::Again(watch.pause())),
            Leg::Ask(verb) => {
                let asked = self.ask_for(&client, &registration, &node, verb).await;
                self.asked_for(transition, &node, verb, asked?, watch).await
            }
            Leg::There => {
                crash::point("transition", "settled");
                transition.state = TransitionState::Done;
                tracing::info!(node = %node.uuid, registration = %registration.id, state = now.state, "there");
                self.keep(&transition, Looked::Ended).await
            }
            Leg::Missed(verb) => {
                crash::point("transition", "settled");
                let words = self.words(&now, &registration, &node).await;
                transition.last_error = words.clone();
                let failure = self.missed(&node, &now, verb, words).await;
                self.fail(transition, &node, failure).await
            }
            Leg::TooFar => self.fail(transition, &node, too_far(&now)).await,
            Leg::Stuck => {
                crash::point("transition", "settled");
                transition.last_error = self.words(&now, &registration, &node).await;
                let failure = stuck(&now, transition.last_error.as_deref());
                self.fail(transition, &node, failure).await
            }
        }
    }

    /// Whether nothing else of the registration is to be done first.
    async fn may_move(&self, registration: &Registration) -> Result<bool, Failure> {
        let open = self.store.open_updates(registration.id).await?;
        let is_changing = open.iter().any(|open| open.state.is_unfinished());
        Ok(registration.state == RegistrationState::Complete && !is_changing)
    }

    /// Has Ironic begin `verb`, once the BMC has been reached: at one that is dead
    /// Ironic would hold the node for minutes. An inner failure is final.
    async fn ask_for(
        &self,
        client: &Client,
        registration: &Registration,
        node: &Node,
        verb: Verb,
    ) -> Result<Result<(), Asked>, Failure> {
        if let Err(failure) = self.nodes.reach(node).await {
            return match failure.cause {
                Cause::Internal => Err(failure),
                _ => Ok(Err(Asked::Unreached(failure))),
            };
        }
        let journal = StoreJournal::of(&self.store, registration.node);
        let client = &self.while_in_turn(client, registration.node);
        let (id, uuid) = (registration.id, registration.ironic_uuid);
        let begun = ironic::begin(client, &journal, id, uuid, verb).await;
        Ok(begun.map_err(Asked::Refused))
    }

    async fn asked_for(
        &self,
        mut transition: Transition,
        node: &Node,
        verb: Verb,
        asked: Result<(), Asked>,
        watch: &mut Watch,
    ) -> Result<Looked, Failure> {
        match asked {
            Ok(()) => {
                crash::point("transition", "begun");
                tracing::info!(node = %node.uuid, registration = %transition.registration, %verb, "begun");
                transition.verb = Some(verb.name().into());
                watch.renew();
                watch.under_way = true;
                self.keep(&transition, Looked::Again(watch.pause())).await
            }
            Err(Asked::Refused(error)) if error.may_pass() => {
                transition.detail = Some(error.to_string());
                self.keep(&transition, Looked::Again(watch.pause())).await
            }
            Err(Asked::Refused(error)) => {
                let failure = error.into_failure();
                transition.last_error = failure
                    .ironic
                    .as_ref()
                    .map(|answer| answer.faultstring.clone());
                self.fail(transition, node, failure).await
            }
            Err(Asked::Unreached(mut failure)) => {
                failure.detail = format!("ironic was not asked to `{verb}` it: {}", failure.detail);
                self.fail(transition, node, failure).await
            }
        }
    }

    /// Why a step that Ironic began did not lead where it should: `manage` only
    /// talks to the BMC; of others it shows by whether that can be reached now.
    async fn missed(
        &self,
        node: &Node,
        now: &ProvisionState,
        verb: Verb,
        words: Option<String>,
    ) -> Failure {
        let state = &now.state;
        let words = words.unwrap_or_else(|| "it does not say why".into());
        if verb == Verb::Manage {
            let detail = format!(
                "ironic could not get through to its bmc (`manage` ended in `{state}`): {words}; check the \
                 address and the credentials that ironic was given"
            );
            return Failure::new(Cause::RedfishFailed, detail);
        }
        let detail = format!("`{verb}` ended in `{state}`: {words}");
        match self.nodes.reach(node).await {
            Err(failure) if failure.cause != Cause::Internal => Failure::new(
                failure.cause,
                format!(
                    "{detail}; and its bmc cannot be reached: {}",
                    failure.detail
                ),
            ),
            _ => Failure::new(Cause::IronicFailed, detail),
        }
    }

    /// `last_error`, unless it holds the password.
    async fn words(
        &self,
        now: &ProvisionState,
        registration: &Registration,
        node: &Node,
    ) -> Option<String> {
        let words = now.last_error.as_deref()?;
        let credentials = async {
            let registration = self.store.registration(registration.id).await?;
            self.credentials_of(&registration, node).await
        };
        match credentials.await {
            Ok(credentials) => {
                let password = credentials.as_ref().map(|known| &known.password);
                Some(ironic::without(words, password))
            }
            // Which words are the password cannot be told.
            Err(_) => None,
        }
    }

    async fn fail(
        &self,
        mut transition: Transition,
        node: &Node,
        failure: Failure,
    ) -> Result<Looked, Failure> {
        tracing::warn!(node = %node.uuid, registration = %transition.registration, error = %failure, "not taken on");
        transition.state = TransitionState::Failed;
        transition.cause = Some(failure.cause);
        transition.detail = Some(failure.detail);
        self.keep(&transition, Looked::Ended).await
    }

    /// Keeps how far it is, and tells those who wait for it.
    async fn keep<T>(&self, transition: &Transition, then: T) -> Result<T, Failure> {
        self.store.keep_transition(transition).await?;
        self.moved.tell(transition.registration);
        Ok(then)
    }
}

/// Why nothing was begun.
enum Asked {
    /// The BMC cannot be reached.
    Unreached(Failure),
    /// Ironic will not, or cannot now.
    Refused(ApplyError),
}

fn lost(registration: &Registration) -> Failure {
    let uuid = registration.ironic_uuid;
    Failure::new(
        Cause::Conflict,
        format!("ironic has no node `{uuid}` any more: deregister it, then register it again"),
    )
}

fn not_ours(registration: &Registration) -> Failure {
    let uuid = registration.ironic_uuid;
    Failure::new(
        Cause::Conflict,
        format!(
            "node `{uuid}` in ironic no longer bears the mark of this registration: it is left alone"
        ),
    )
}

fn too_far(now: &ProvisionState) -> Failure {
    Failure::new(
        Cause::Conflict,
        format!(
            "it is `{}` in ironic, which inspects only what is `manageable`: take it back with \
             `baremetal node manage` first",
            now.state
        ),
    )
}

fn stuck(now: &ProvisionState, words: Option<&str>) -> Failure {
    let words = words.map(|words| format!(" ({words})")).unwrap_or_default();
    Failure::new(
        Cause::Conflict,
        format!(
            "it is `{}` in ironic{words}, from where it is not taken on: look at it there, and take it back \
             to `manageable` or `available` with `baremetal node` first",
            now.state
        ),
    )
}

fn too_slow(now: &ProvisionState, after: Duration) -> Failure {
    Failure::new(
        Cause::IronicTimeout,
        format!(
            "it is `{}` in ironic after {} s still, and is not watched any longer; \
             `transition_timeout` of `[register]` says for how long it is",
            now.state,
            after.as_secs()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_waiting_goes_without_the_turn() {
        let mut watch = Watch::new();
        for leg in [
            Leg::There,
            Leg::Ask(Verb::Provide),
            Leg::Missed(Verb::Inspect),
            Leg::TooFar,
            Leg::Stuck,
        ] {
            watch.under_way = true;
            assert!(!watch.may_follow(leg, false), "{leg:?}");
            assert!(!watch.under_way, "{leg:?}: the next look takes the turn");
            assert!(watch.may_follow(leg, true), "{leg:?}");
        }
        assert!(watch.may_follow(Leg::UnderWay, false));
        assert!(watch.under_way);
    }
}

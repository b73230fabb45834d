//! Where registered nodes are to be taken: who asks for it, who carries it on,
//! and who waits for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;
use uuid::Uuid;

use crate::failure::{Cause, Failure, IronicAnswer};
use crate::node::{Goal, Node, Target};
use crate::store::{Leased, Transition, TransitionState, Work};

use super::registered::Registered;
use super::transition::{Looked, Watch};
use super::{RegisterOptions, Registrar};

/// Between two looks at what other servers do.
const OTHERS: Duration = Duration::from_secs(1);

/// Between two looks for what is to be carried on, however often it is rung for.
const TICK: Duration = Duration::from_millis(100);

/// Before the store is asked again after it has failed.
const STORE_AWAY: Duration = Duration::from_secs(2);

/// How a node that is registered already gets where a request says.
pub(super) enum Way {
    /// It is on its way there.
    UnderWay(Transition),
    /// By this, once it is on record.
    New(Transition),
}

impl RegisterOptions {
    /// Where this request itself wants the node to be. `otherwise` is where it is
    /// to be if the request does not say.
    pub(super) fn goal(&self, otherwise: Target) -> Option<Goal> {
        let target = match (self.target, self.inspect) {
            (Some(target), _) => target,
            (None, true) => otherwise.max(Target::Manageable),
            (None, false) => otherwise,
        };
        let inspect = self.inspect;
        (target != Target::Enroll).then_some(Goal { target, inspect })
    }
}

impl Registrar {
    /// Carries on all transitions whose registrations are complete, those that a
    /// crash cut off too. Goes on for as long as the process does.
    pub async fn keep_moving(self: &Arc<Self>) {
        // Each is a task: polled from here, it would hold connections to the database
        // while this waits for one.
        let mut moving = JoinSet::new();
        let mut known: HashMap<Uuid, AbortHandle> = HashMap::new();
        loop {
            let mut again = self.others();
            match self.store.transitions_to_carry_on().await {
                Ok(all) => {
                    for id in all {
                        known.entry(id).or_insert_with(|| {
                            let mover = Arc::clone(self);
                            moving.spawn(async move { mover.carry_on(id).await })
                        });
                    }
                }
                Err(error) => {
                    tracing::error!(error = %Failure::from(error), "transitions could not be looked for");
                    again = STORE_AWAY;
                }
            }
            let not_before = Instant::now() + TICK;
            let mut ended = tokio::select! {
                Some(ended) = moving.join_next() => Some(ended),
                () = self.to_move.notified() => None,
                () = tokio::time::sleep(again) => None,
            };
            tokio::time::sleep_until(not_before).await;
            loop {
                if let Some(Err(error)) = ended {
                    // All of them begin anew, after a pause.
                    tracing::error!(%error, "a transition could not be carried on");
                    return;
                }
                ended = moving.try_join_next();
                if ended.is_none() {
                    break;
                }
            }
            known.retain(|_, task| !task.is_finished());
        }
    }

    /// How long until what others may have done is looked for.
    fn others(&self) -> Duration {
        match self.store.is_shared() {
            true => OTHERS,
            false => Duration::MAX,
        }
    }

    async fn carry_on(&self, id: Uuid) {
        let _lease = match self.store.lease(Work::Transition(id)).await {
            Ok(Leased::Yes(lease)) => lease,
            // Another server carries it on, for as long as it lives.
            Ok(Leased::Here(_) | Leased::Elsewhere) => return tokio::time::sleep(OTHERS).await,
            Err(error) => {
                tracing::error!(transition = %id, error = %Failure::from(error), "could not be carried on");
                return tokio::time::sleep(STORE_AWAY).await;
            }
        };
        let hold = self.store.hold(Work::Transition(id));
        let mut watch = Watch::new();
        loop {
            let pause = match self.look_after(id, &mut watch).await {
                Ok(Looked::Ended) => return,
                // It is looked for again when that has changed.
                Ok(Looked::NotNow) => return tokio::time::sleep(watch.pause()).await,
                Ok(Looked::Again(pause)) => pause,
                // It is another server's by now, and looked for again should that die.
                Err(_) if !hold.is_certain() => return,
                Err(failure) => {
                    tracing::error!(transition = %id, error = %failure, "could not be carried on");
                    STORE_AWAY
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Puts on record that a node that is registered already is to be taken where
    /// the request says; none if it does not say.
    pub(super) async fn move_on(
        &self,
        node: &Node,
        registration: Uuid,
        options: RegisterOptions,
    ) -> Result<Option<Transition>, Failure> {
        let transition = match self.way_on(node, registration, options).await? {
            None => return Ok(None),
            Some(Way::UnderWay(transition)) => return Ok(Some(transition)),
            Some(Way::New(transition)) => transition,
        };
        self.store.begin_transition(node.uuid, &transition).await?;
        self.to_move.notify_one();
        Ok(Some(transition))
    }

    /// The same, with nothing put on record.
    pub(super) async fn way_on(
        &self,
        node: &Node,
        registration: Uuid,
        options: RegisterOptions,
    ) -> Result<Option<Way>, Failure> {
        let Some(goal) = options.goal(Target::Enroll) else {
            return Ok(None);
        };
        if let Some(last) = self.store.latest_transition(registration).await?
            && last.state == TransitionState::Running
        {
            if last.goal == goal {
                return Ok(Some(Way::UnderWay(last)));
            }
            return Err(Failure::new(
                Cause::Conflict,
                format!(
                    "node `{}` is on its way to `{}` already, as `/v1/nodes/{}/registration` shows: ask again \
                     when it is there",
                    node.name,
                    last.goal.target.name(),
                    node.name
                ),
            ));
        }
        Ok(Some(Way::New(Transition::new(registration, goal))))
    }

    /// Waits for `wait`, and no longer, until the node is where it was to be taken.
    pub(super) async fn arrived(
        &self,
        mut registered: Registered,
        wait: Duration,
    ) -> Result<Registered, Failure> {
        let Some(transition) = &registered.transition else {
            return Ok(registered);
        };
        let (id, until) = (transition.id, Instant::now() + wait);
        // Before the look: what changes after it is not missed.
        let mut waiter = self.moved.waiter(transition.registration);
        while self.store.transition_state(id).await? == TransitionState::Running
            && Instant::now() < until
        {
            // What another server does rings nobody here.
            let look = Instant::now().checked_add(self.others());
            let look = look.map_or(until, |look| look.min(until));
            let _ = tokio::time::timeout_at(look, waiter.moved()).await;
        }
        let transition = self.store.transition(id).await?;
        if let Some(failure) = failure(&registered.node, &transition) {
            return Err(failure);
        }
        if let Some(state) = &transition.provision_state {
            registered.ironic.provision_state.clone_from(state);
        }
        registered.transition = Some(transition);
        Ok(registered)
    }
}

/// What is to be said of a transition that did not get there.
fn failure(node: &Node, transition: &Transition) -> Option<Failure> {
    let target = transition.goal.target.name();
    let why = transition
        .detail
        .as_deref()
        .unwrap_or("its registration has ended");
    match transition.state {
        TransitionState::Running | TransitionState::Done => None,
        TransitionState::Cancelled => Some(Failure::new(
            Cause::Conflict,
            format!(
                "node `{}` was registered, and is not taken to `{target}`: {why}",
                node.name
            ),
        )),
        TransitionState::Failed => {
            let mut failure = Failure::new(
                transition.cause.unwrap_or(Cause::IronicFailed),
                format!(
                    "node `{}` is registered, and could not be taken to `{target}`: {why}; it stays registered: \
                     when that is mended, register it again with `target={target}`",
                    node.name
                ),
            );
            failure.ironic = transition.last_error.clone().map(|words| IronicAnswer {
                status: None,
                faultstring: words,
                request_id: None,
            });
            Some(failure)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::store::tests::{node, pod_manager, registration};
    use crate::store::{RegistrationState, Store};

    use super::super::tests::registrar;
    use super::*;

    #[tokio::test]
    async fn what_is_carried_on_goes_on_while_the_database_is_asked_for_more() {
        // It has one connection. No Ironic: all of them stay where they are.
        let store = Arc::new(Store::open("sqlite::memory:", None).await.unwrap());
        let rack = pod_manager("a", "https://a.example");
        store.insert_pod_manager(&rack).await.unwrap();
        let goal = Goal {
            target: Target::Available,
            inspect: false,
        };
        let mut works = Vec::new();
        for n in 0..8 {
            let machine = node(&format!("n{n}"), rack.uuid, &format!("/redfish/v1/{n}"));
            store.insert_node(&machine).await.unwrap();
            let work = Work::Node(machine.uuid);
            let _turn = store.lease(work).await.unwrap().ok();
            let mut new = registration(&machine);
            new.state = RegistrationState::Applying;
            let transition = Transition::new(new.id, goal);
            let begun = store.begin_registration_with(&new, Some(&transition), None);
            begun.await.unwrap();
            store.complete_registration(&new).await.unwrap();
            works.push(Work::Transition(transition.id));
        }
        let registrar = Arc::new(registrar(&store).await);
        let mover = Arc::clone(&registrar);
        let moving = tokio::spawn(async move { mover.keep_moving().await });
        let all_are_held = async {
            while !works.iter().all(|work| store.hold(*work).is_certain()) {
                registrar.to_move.notify_one();
                tokio::task::yield_now().await;
            }
        };
        // The pool gives up after 30 s.
        let held = tokio::time::timeout(Duration::from_secs(25), all_are_held).await;
        moving.abort();
        assert!(held.is_ok());
    }

    #[test]
    fn a_request_says_where_to_or_leaves_it_to_the_configuration() {
        use Target::{Available, Enroll, Manageable};
        let table = [
            (None, false, Enroll, None),
            (None, false, Available, Some((Available, false))),
            (None, true, Enroll, Some((Manageable, true))),
            (None, true, Available, Some((Available, true))),
            (Some(Enroll), false, Available, None),
            (
                Some(Manageable),
                false,
                Available,
                Some((Manageable, false)),
            ),
            (Some(Available), true, Enroll, Some((Available, true))),
        ];
        for (target, inspect, otherwise, expected) in table {
            let options = RegisterOptions {
                target,
                inspect,
                ..RegisterOptions::default()
            };
            let goal = options.goal(otherwise);
            let goal = goal.map(|goal| (goal.target, goal.inspect));
            assert_eq!(goal, expected, "{target:?} {inspect} {otherwise:?}");
        }
    }
}

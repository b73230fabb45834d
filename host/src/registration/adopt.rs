//! Takes over a node that is in Ironic already.

use uuid::Uuid;

use crate::crash;
use crate::failure::{Cause, Failure};
use crate::ironic::{
    self, ApplyError, Client, Convergence, Deviation, Evidence, IronicError, Plan, Twin, Undo,
    Whole, compare,
};
use crate::node::Target;
use crate::store::{Registration, RegistrationState, StoreError, Transition, UpdateState};

use super::asked::Asked;
use super::converging::{at_rest, look, refused, written};
use super::held_back::HeldBack;
use super::registered::{IronicNode, Registered, registered};
use super::{RegisterOptions, Registrar};

/// A node in Ironic that is the same machine.
pub(super) struct ToAdopt {
    pub(super) found: Whole,
    pub(super) evidence: Evidence,
    pub(super) deviations: Vec<Deviation>,
}

impl Registrar {
    /// The node in Ironic that is demonstrably the same machine; none where there
    /// is none and nothing is in the way.
    pub(super) async fn find_to_adopt(
        &self,
        ironic: &Client,
        asked: &Asked,
        last: Option<&Registration>,
    ) -> Result<Option<ToAdopt>, Failure> {
        let twin = ironic::find_twin(ironic, &asked.plan, &asked.prepared.macs)
            .await
            .map_err(IronicError::into_failure)?;
        let (found, evidence) = match twin {
            Twin::None => return Ok(None),
            // What an earlier registration of ours left.
            Twin::One(found, _) if found.uuid == asked.plan.node_uuid => return Ok(None),
            Twin::One(found, evidence) => (*found, evidence),
            Twin::Several(uuids) => return Err(several(asked, &uuids)),
            Twin::InTheWay(problem) => {
                let mut failure = ApplyError {
                    problem,
                    undo: Undo::NothingMade,
                }
                .into_failure();
                failure.detail.push_str(
                    ", and it is not shown to be this machine: neither its BMC address and system id are ours, nor \
                     all MACs of its ports",
                );
                return Err(failure);
            }
        };
        if let Some(mark) = found.mark()
            && last.is_none_or(|last| last.id != mark.registration)
            && let Some(failure) = self.somebody_elses(&found, mark.registration).await?
        {
            return Err(failure);
        }
        at_rest(&asked.node, &found)?;
        let sides = asked.sides(&[], &[], "");
        Ok(Some(ToAdopt {
            deviations: compare(sides, &found),
            found,
            evidence,
        }))
    }

    /// What is said where `found` bears `mark`, of a registration of somebody else.
    /// None: it is nobody's any more, for its node was given up and nothing of it is
    /// under way.
    pub(super) async fn somebody_elses(
        &self,
        found: &Whole,
        mark: Uuid,
    ) -> Result<Option<Failure>, Failure> {
        let known = match self.store.registration(mark).await {
            Ok(known) => Some(known),
            Err(StoreError::NotFound { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let node = match &known {
            Some(known) => self.nodes.find(known.node).await?,
            None => None,
        };
        let whose = match (node, known) {
            (Some(node), _) => format!(
                "that of node `{}` ({}): deregister it there first",
                node.name, node.uuid
            ),
            (None, Some(known)) if known.state.is_unfinished() => {
                "that of a node that was given up: it is being taken out of ironic, ask again when that is done"
                    .to_owned()
            }
            (None, Some(_)) => return Ok(None),
            // Or one of ours that is forgotten.
            (None, None) => "not known here: deregister it at the valence that it is of, or, where that knows it no more, \
                 take it out of ironic"
                .to_owned(),
        };
        Ok(Some(Failure::new(
            Cause::Conflict,
            format!(
                "node `{}` in ironic is this machine, and bears the mark of registration `{mark}`, which is {whose}",
                found.uuid
            ),
        )))
    }

    /// Adopts `found`: puts our mark on it and converges it.
    pub(super) async fn adopt(
        &self,
        ironic: &Client,
        mut asked: Asked,
        found: ToAdopt,
        options: RegisterOptions,
    ) -> Result<Registered, Failure> {
        let ToAdopt {
            found,
            evidence,
            deviations,
        } = found;
        asked.plan = Plan {
            node_uuid: found.uuid,
            ..asked.plan
        };
        let id = Uuid::new_v4();
        let convergence =
            Convergence::new(&asked.plan, id, &found, &deviations).map_err(refused)?;
        let changed = written(&deviations, &asked.prepared.evaluation.changes, &[]);
        let hmac = asked.hmac.clone();
        let registration = self.intend(&asked.node, &asked.plan, &asked.prepared, hmac)?;
        // A node that is there already is moved only on request.
        let goal = options.goal(Target::Enroll);
        let transition = goal.map(|goal| Transition::new(registration.id, goal));
        self.begin(&registration, &asked.plan.enrollment, transition.as_ref())
            .await?;
        crash::point("adoption", "begun");
        let nothing = HeldBack::default();
        self.intend_update(&asked, id, &convergence, &nothing, None)
            .await?;
        if let Err((state, failure)) = self.write_update(ironic, &convergence, &asked).await {
            let failure = self
                .give_up_update(registration.node, id, state, failure)
                .await?;
            return Err(self.give_up_adoption(&registration, state, failure).await?);
        }
        self.complete_adoption(&registration, id).await?;
        let microversion = self.microversion(ironic).await?;
        let stands = IronicNode::standing(&asked.plan, &found, &microversion);
        let node = self.nodes.get(&registration.node.to_string()).await?;
        let done = registered(
            node,
            registration.id,
            stands,
            asked.prepared.evaluation,
            false,
        );
        Ok(Registered {
            changed: Some(changed),
            adopted: Some(evidence),
            transition,
            ..done
        })
    }

    pub(super) async fn complete_adoption(
        &self,
        registration: &Registration,
        update: Uuid,
    ) -> Result<(), Failure> {
        self.store.complete_registration(registration).await?;
        self.store
            .end_update(registration.node, update, UpdateState::Done, None)
            .await?;
        self.to_move.notify_one();
        tracing::info!(node = %registration.node, registration = %registration.id, ironic = %registration.ironic_uuid, "adopted");
        Ok(())
    }

    /// Notes how the registration of an adoption that failed stands.
    pub(super) async fn give_up_adoption(
        &self,
        registration: &Registration,
        state: UpdateState,
        failure: Failure,
    ) -> Result<Failure, Failure> {
        let to = match state {
            UpdateState::Applying | UpdateState::TakingBack | UpdateState::Done => {
                return Ok(failure);
            }
            UpdateState::Undone => RegistrationState::Undone,
            UpdateState::Failed => RegistrationState::Failed,
        };
        self.store
            .set_registration_state(
                registration,
                RegistrationState::Applying,
                to,
                Some(&failure.detail),
            )
            .await?;
        Ok(failure)
    }

    /// Finishes an adoption that was cut off.
    pub(super) async fn finish_adoption(
        &self,
        ironic: &Client,
        node: &crate::node::Node,
        registration: &Registration,
    ) -> Result<(), Failure> {
        let open = self.store.open_updates(registration.id).await?;
        let Some(update) = open.first() else {
            // Ironic has heard nothing of it.
            let (from, to) = (RegistrationState::Applying, RegistrationState::Undone);
            let detail = Some("cut off before anything was written");
            let set = self
                .store
                .set_registration_state(registration, from, to, detail);
            return Ok(set.await?);
        };
        let Some(found) = look(ironic, registration.ironic_uuid).await? else {
            let (from, to) = (RegistrationState::Applying, RegistrationState::Undone);
            let detail = Some("ironic has lost the node that was to be adopted");
            let set = self
                .store
                .set_registration_state(registration, from, to, detail);
            return Ok(set.await?);
        };
        let asked = self.asked_before(node, registration, update).await?;
        let deviations = compare(asked.sides(&[], &[], ""), &found);
        match self
            .write_again(ironic, &asked, update, &found, &deviations)
            .await?
        {
            Ok(()) => self.complete_adoption(registration, update.id).await,
            Err((state, failure)) => {
                let given_up = self.give_up_update(registration.node, update.id, state, failure);
                let failure = given_up.await?;
                Err(self.give_up_adoption(registration, state, failure).await?)
            }
        }
    }
}

fn several(asked: &Asked, uuids: &[Uuid]) -> Failure {
    let all: Vec<_> = uuids.iter().map(|uuid| format!("`{uuid}`")).collect();
    Failure::new(
        Cause::Conflict,
        format!(
            "several nodes in ironic are the machine of node `{}`: {}; delete all but one, and adopt that",
            asked.node.name,
            all.join(", ")
        ),
    )
}

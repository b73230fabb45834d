//! Finishes updates that were cut off.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::crash;
use crate::failure::{Cause, Failure};
use crate::ironic::{self, Client, Convergence, Deviation, Plan, Undo, Whole, compare};
use crate::node::Node;
use crate::redfish::Snapshot;
use crate::store::{Purpose, Registration, RegistrationState, Update, UpdateState};

use super::asked::Asked;
use super::converging::{AS_IT_WAS, HALF_DONE, TO_BE_TAKEN_BACK, at_rest, look, refused};
use super::credentials::credentials_for;
use super::journal::StoreJournal;
use super::register::Prepared;
use super::{Registrar, record};

impl Registrar {
    /// Whether `update` is left for another time, after one try.
    pub(super) async fn try_to_finish_update(&self, update: Update) -> bool {
        match self.finish_update_in_turn(&update).await {
            Ok(left) => left,
            Err(failure) => {
                tracing::error!(update = %update.id, error = %failure, "could not be looked up");
                true
            }
        }
    }

    async fn finish_update_in_turn(&self, update: &Update) -> Result<bool, Failure> {
        let registration = self.store.registration(update.registration).await?;
        let Some(_turn) = self.turn_if_free(registration.node).await? else {
            return Ok(true);
        };
        // Whoever had the turn may have finished it, or had it refused.
        let Some(now) = self.unfinished(update).await? else {
            return Ok(false);
        };
        if let Err(failure) = self.finish_update(&now).await {
            tracing::warn!(update = %update.id, error = %failure, "could not finish an update that was cut off");
        }
        Ok(self.unfinished(update).await?.is_some())
    }

    /// `update` as it stands now, if it is unfinished still.
    async fn unfinished(&self, update: &Update) -> Result<Option<Update>, Failure> {
        let now = self.store.open_updates(update.registration).await?;
        let is_left = |open: &Update| open.id == update.id && open.state.is_unfinished();
        Ok(now.into_iter().find(is_left))
    }

    async fn finish_update(&self, update: &Update) -> Result<(), Failure> {
        let registration = self.store.registration(update.registration).await?;
        let node = registration.node;
        match registration.state {
            RegistrationState::Complete => {}
            // An adoption, which is finished with its registration.
            state if state.is_unfinished() => return Ok(()),
            _ => return self.void(node, update, "the registration has ended").await,
        }
        let Some(node) = self.nodes.find(node).await? else {
            return self.void(node, update, "the node was given up").await;
        };
        let ironic = self.ironic()?;
        let Some(found) = look(&ironic, registration.ironic_uuid).await? else {
            return self
                .void(node.uuid, update, "ironic has lost the node")
                .await;
        };
        tracing::info!(registration = %registration.id, update = %update.id, "finishing an update that was cut off");
        let asked = self.asked_before(&node, &registration, update).await?;
        let so_far = self.registered_so_far(&registration).await?;
        // As it was when it began: the machine is not read again.
        let held_back = record::held_back(&update.evaluation)?.unwrap_or_default();
        let mut untold = held_back.pointers();
        untold.extend(asked.prepared.evaluation.unread().map(str::to_owned));
        let sides = asked.sides(&so_far.enrollments, &untold, &registration.credentials_hmac);
        let deviations = compare(sides, &found);
        let written = self.write_again(&ironic, &asked, update, &found, &deviations);
        match written.await? {
            Ok(()) => {
                self.store.complete_update(&registration, update).await?;
                self.to_move.notify_one();
                let now = &asked.plan.enrollment;
                self.keep_claim(registration.node, now).await;
                Ok(())
            }
            Err((state, failure)) => {
                let given_up = self.give_up_update(node.uuid, update.id, state, failure);
                let failure = given_up.await?;
                if state == UpdateState::Undone {
                    let before = record::evaluation(&registration.evaluation)?.enrollment;
                    self.keep_claim(registration.node, &before).await;
                }
                Err(failure)
            }
        }
    }

    async fn void(&self, node: Uuid, update: &Update, why: &str) -> Result<(), Failure> {
        let ended = self
            .store
            .end_update(node, update.id, UpdateState::Failed, Some(why));
        ended.await?;
        self.to_move.notify_one();
        Ok(())
    }

    /// The request of an update that is on record.
    pub(super) async fn asked_before(
        &self,
        node: &Node,
        registration: &Registration,
        update: &Update,
    ) -> Result<Asked, Failure> {
        let pod_manager = self.pod_managers.get(&node.podm_id.to_string()).await?;
        let evaluation = record::evaluation(&update.evaluation)?;
        let purpose = Purpose::Registration(registration.id);
        let of_request = self.keyring.unseal(purpose, &update.credentials)?;
        let credentials = credentials_for(
            &evaluation.enrollment,
            &pod_manager,
            of_request.clone(),
            &self.keyring,
        )
        .await?;
        let plan = Plan {
            registration: registration.id,
            node_uuid: registration.ironic_uuid,
            enrollment: evaluation.enrollment.clone(),
            digest: update.enrollment_digest.clone(),
            hooks: evaluation
                .hooks
                .iter()
                .map(|hook| hook.digest.clone())
                .collect(),
        };
        Ok(Asked {
            node: node.clone(),
            prepared: Prepared {
                pod_manager,
                evaluation,
                parameters: record::parameters(&update.evaluation)?,
                of_request,
                macs: Vec::new(),
                snapshot: Arc::new(Snapshot::from_records(BTreeMap::new())),
            },
            hmac: update.credentials_hmac.clone(),
            credentials,
            plan,
        })
    }

    /// Writes what is left of an update to Ironic.
    pub(super) async fn write_again(
        &self,
        ironic: &Client,
        asked: &Asked,
        update: &Update,
        found: &Whole,
        deviations: &[Deviation],
    ) -> Result<Result<(), (UpdateState, Failure)>, Failure> {
        if update.state == UpdateState::TakingBack {
            return Ok(Err(self.write_back(ironic, asked, update, found).await?));
        }
        // Its mark comes last: all of it is there.
        if found.mark().and_then(|mark| mark.update) == Some(update.id) {
            return Ok(Ok(()));
        }
        let before = serde_json::from_str(&update.before).map_err(Failure::internal)?;
        let convergence = Convergence::new(&asked.plan, update.id, found, deviations);
        let convergence = match convergence.map_err(refused) {
            Ok(convergence) => convergence.resumed(before),
            Err(failure) => return Ok(Err((UpdateState::Failed, failure))),
        };
        // What it did before it was cut off stands, whatever became of the node.
        if !convergence.is_empty()
            && let Err(mut failure) = self.stands_still(asked, found).await?
        {
            failure.detail.push_str(
                "; what was cut off is not finished: register it once more when that has changed",
            );
            return Ok(Err((UpdateState::Failed, failure)));
        }
        Ok(self.write_update(ironic, &convergence, asked).await)
    }

    /// Takes back what is left of an update that was refused. Gives how it stands
    /// then, and what is to be said.
    async fn write_back(
        &self,
        ironic: &Client,
        asked: &Asked,
        update: &Update,
        found: &Whole,
    ) -> Result<(UpdateState, Failure), Failure> {
        let refused = update.detail.as_deref().unwrap_or_default();
        let said = |what: &str| {
            let detail = refused.replace(TO_BE_TAKEN_BACK, what);
            Failure::new(Cause::InvalidEnrollment, detail)
        };
        if let Err(mut failure) = self.nobody_elses(asked, found).await? {
            failure.detail = format!("{}; {}", said(HALF_DONE).detail, failure.detail);
            return Ok((UpdateState::Failed, failure));
        }
        let before = serde_json::from_str(&update.before).map_err(Failure::internal)?;
        let journal = StoreJournal::of(&self.store, asked.node.uuid);
        let ironic = &self.while_in_turn(ironic, asked.node.uuid);
        let registration = asked.plan.registration;
        let undo = ironic::take_back(ironic, &journal, registration, found, &before).await;
        crash::point("update", "taken-back");
        Ok(match undo {
            Undo::Undone | Undo::NothingMade => {
                tracing::info!(node = %asked.node.uuid, update = %update.id, "taken back");
                (UpdateState::Undone, said(AS_IT_WAS))
            }
            Undo::Pending => (UpdateState::TakingBack, said(TO_BE_TAKEN_BACK)),
            Undo::Remains => (UpdateState::Failed, said(HALF_DONE)),
        })
    }

    /// That `found` may be written to: it is at rest, and nobody else's since.
    async fn stands_still(
        &self,
        asked: &Asked,
        found: &Whole,
    ) -> Result<Result<(), Failure>, Failure> {
        match at_rest(&asked.node, found) {
            Ok(()) => self.nobody_elses(asked, found).await,
            Err(failure) => Ok(Err(failure)),
        }
    }

    async fn nobody_elses(
        &self,
        asked: &Asked,
        found: &Whole,
    ) -> Result<Result<(), Failure>, Failure> {
        let Some(mark) = found.mark() else {
            return Ok(Ok(()));
        };
        // An earlier registration of the same node may have left it.
        let known = self.store.registration(mark.registration).await;
        if known.is_ok_and(|known| known.node == asked.node.uuid) {
            return Ok(Ok(()));
        }
        let failure = self.somebody_elses(found, mark.registration).await?;
        Ok(failure.map_or(Ok(()), Err))
    }
}

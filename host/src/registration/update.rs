//! Changes a node that is registered, in place.

use uuid::Uuid;

use crate::crash;
use crate::failure::Failure;
use crate::ironic::{self, Client, Convergence, Deviation, Whole, compare};
use crate::store::{Registration, UpdateState};

use super::again::{lost, still_ours};
use super::asked::Asked;
use super::converging::{at_rest, look, refused, written};
use super::held_back::HeldBack;
use super::moving::Way;
use super::registered::{IronicNode, Registered, registered};
use super::{RegisterOptions, Registrar, record};

/// A node that is registered, and what an update of it comes to.
pub(super) struct Compared {
    pub(super) found: Whole,
    pub(super) deviations: Vec<Deviation>,
    pub(super) held_back: HeldBack,
}

impl Registrar {
    /// Brings what Ironic has to what is wanted, as far as it is ours.
    pub(super) async fn update(
        &self,
        ironic: &Client,
        asked: Asked,
        last: Registration,
        options: RegisterOptions,
    ) -> Result<Registered, Failure> {
        let compared = self.compare_registered(ironic, &asked, &last).await?;
        let id = Uuid::new_v4();
        let convergence = self.planned(ironic, &asked, &last, &compared, id).await?;
        let before = record::evaluation(&last.evaluation)?;
        let changed = written(
            &compared.deviations,
            &asked.prepared.evaluation.changes,
            &before.changes,
        );
        let stands = |provision: &Whole, microversion: &str| {
            IronicNode::standing(&asked.plan, provision, microversion)
        };
        let microversion = self.microversion(ironic).await?;
        let stands = stands(&compared.found, &microversion);
        let Some(convergence) = convergence else {
            let transition = self.move_on(&asked.node, last.id, options).await?;
            let done = registered(asked.node, last.id, stands, asked.prepared.evaluation, true);
            let done = Registered {
                changed: Some(changed),
                transition,
                ..done
            };
            return Ok(done.warning(compared.held_back.warnings()));
        };
        let way = self.way_on(&asked.node, last.id, options).await?;
        let bmc = ironic::bmc_of(&asked.plan.enrollment);
        self.claim(&last, bmc.as_deref()).await?;
        crash::point("update", "planned");
        let (new, transition) = match way {
            Some(Way::New(new)) => (Some(new.clone()), Some(new)),
            Some(Way::UnderWay(transition)) => (None, Some(transition)),
            None => (None, None),
        };
        let held_back = &compared.held_back;
        let intended = self.intend_update(&asked, id, &convergence, held_back, new.as_ref());
        let update = match intended.await {
            Ok(update) => update,
            Err(failure) => {
                self.keep_claim(last.node, &before.enrollment).await;
                return Err(failure);
            }
        };
        if let Err((state, failure)) = self.write_update(ironic, &convergence, &asked).await {
            let given_up = self.give_up_update(last.node, id, state, failure);
            let failure = given_up.await?;
            if state == UpdateState::Undone {
                self.keep_claim(last.node, &before.enrollment).await;
            }
            return Err(failure);
        }
        self.store.complete_update(&last, &update).await?;
        self.to_move.notify_one();
        crash::point("update", "complete");
        self.keep_claim(last.node, &asked.plan.enrollment).await;
        tracing::info!(node = %last.node, registration = %last.id, update = %id, values = changed.len(), "updated");
        let node = self.nodes.get(&last.node.to_string()).await?;
        let done = registered(node, last.id, stands, asked.prepared.evaluation, false);
        let done = Registered {
            changed: Some(changed),
            transition,
            ..done
        };
        Ok(done.warning(compared.held_back.warnings()))
    }

    /// Notes how an update that failed stands.
    pub(super) async fn give_up_update(
        &self,
        node: Uuid,
        id: Uuid,
        state: UpdateState,
        failure: Failure,
    ) -> Result<Failure, Failure> {
        if state != UpdateState::Applying {
            let why = Some(failure.detail.as_str());
            let ended = self.store.end_update(node, id, state, why).await;
            // What was under way before goes on, whatever fails here.
            self.to_move.notify_one();
            ended?;
            if let Ok(Some(last)) = self.store.latest_registration(node).await {
                self.moved.tell(last.id);
            }
        }
        if state.is_unfinished() {
            self.left_over.notify_one();
        }
        Ok(failure)
    }

    /// What Ironic has of a registered node, beside what was registered and what
    /// is wanted.
    pub(super) async fn compare_registered(
        &self,
        ironic: &Client,
        asked: &Asked,
        last: &Registration,
    ) -> Result<Compared, Failure> {
        let found = look(ironic, last.ironic_uuid).await?;
        let found = found.ok_or_else(|| lost(&asked.node))?;
        still_ours(&asked.node, last, &found)?;
        let so_far = self.registered_so_far(last).await?;
        let untold = so_far.untold(&asked.prepared);
        let sides = asked.sides(&so_far.enrollments, &untold, &last.credentials_hmac);
        let deviations = compare(sides, &found);
        Ok(Compared {
            held_back: so_far.held_back(&deviations),
            deviations,
            found,
        })
    }

    /// The way there, if there is any to go and it can be gone.
    pub(super) async fn planned<'a>(
        &self,
        ironic: &Client,
        asked: &'a Asked,
        last: &Registration,
        compared: &'a Compared,
        id: Uuid,
    ) -> Result<Option<Convergence<'a>>, Failure> {
        let Compared {
            found, deviations, ..
        } = compared;
        let convergence = Convergence::new(&asked.plan, id, found, deviations).map_err(refused)?;
        let recorded =
            last.enrollment_digest == asked.plan.digest && last.credentials_hmac == asked.hmac;
        if recorded && convergence.is_empty() {
            return Ok(None);
        }
        at_rest(&asked.node, found)?;
        convergence
            .look_for_conflicts(ironic)
            .await
            .map_err(refused)?;
        Ok(Some(convergence))
    }
}

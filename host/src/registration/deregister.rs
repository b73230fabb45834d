//! Deregister.

use tracing::Instrument as _;

use crate::crash;
use crate::failure::{Cause, Failure};
use crate::ironic::{Client, Removed, Undo};
use crate::node::Node;
use crate::store::{Registration, RegistrationState};
use crate::telemetry::{self, Phase};

use super::Registrar;
use super::attempt::may_stand;

/// A node that is no longer in Ironic.
#[derive(Clone, Debug)]
pub struct Deregistered {
    /// The node, as Valence now has it.
    pub node: Node,
    /// Whether Ironic had lost it already.
    pub was_gone: bool,
    /// Whether Ironic has it still, since it had it before.
    pub was_adopted: bool,
}

impl Registrar {
    /// Removes the node from Ironic and gives it back to Valence. A node that
    /// Ironic has lost already counts as removed.
    pub async fn deregister(&self, id: &str) -> Result<Deregistered, Failure> {
        let ended = self.deregister_in_turn(id).await;
        let outcome = match &ended {
            Ok(_) => "deregistered".into(),
            Err(failure) => failure.cause.name(),
        };
        telemetry::registration_ended("deregister", outcome);
        ended
    }

    async fn deregister_in_turn(&self, id: &str) -> Result<Deregistered, Failure> {
        let (node, turn) = self.in_turn(id).await?;
        let ironic = self.ironic()?;
        let last = self.store.latest_registration(node.uuid).await?;
        let Some(last) = last.filter(|last| last.epoch == node.epoch && may_stand(last.state))
        else {
            return Err(Failure::new(
                Cause::NotFound,
                format!("node `{}` is not registered", node.name),
            ));
        };
        crash::point("deregistration", "asked");
        self.set_removing(&last).await?;
        crash::point("deregistration", "intended");
        let removing = Phase::Remove.begin();
        let span = tracing::info_span!("deregister", node = %node.uuid, registration = %last.id);
        let removed = self.take_out(&ironic, &last).instrument(span).await?;
        drop(removing);
        turn.ended().await;
        let node = self.nodes.get(&node.uuid.to_string()).await?;
        Ok(Deregistered {
            node,
            was_gone: removed == Removed::WasGone,
            was_adopted: removed == Removed::Released,
        })
    }

    /// Puts on record that it is to be taken out of Ironic.
    pub(super) async fn set_removing(&self, last: &Registration) -> Result<(), Failure> {
        if last.state != RegistrationState::Removing {
            self.store
                .set_registration_state(last, last.state, RegistrationState::Removing, None)
                .await?;
        }
        Ok(())
    }

    /// Takes out of Ironic what `last` put there, and keeps how that ended. It is
    /// on record as `removing`; `last.state` is what it was before.
    pub(super) async fn take_out(
        &self,
        ironic: &Client,
        last: &Registration,
    ) -> Result<Removed, Failure> {
        let error = match self.take_from_ironic(ironic, last).await {
            Ok(removed) => {
                crash::point("deregistration", "applied");
                self.store.end_registration(last).await?;
                // Nobody is to wait any longer for the node to get somewhere.
                self.moved.tell(last.id);
                crash::point("deregistration", "complete");
                tracing::info!(node = %last.node, registration = %last.id, ironic = %last.ironic_uuid, "deregistered");
                return Ok(removed);
            }
            Err(error) => error,
        };
        let was_removing = last.state == RegistrationState::Removing;
        let goes_on = error.undo == Undo::Pending || (was_removing && error.is_no_verdict());
        let failure = error.into_failure();
        if goes_on {
            self.left_over.notify_one();
            return Err(failure);
        }
        // It stands as before. What it was before a crash the node tells: only
        // one that is registered is managed by Ironic.
        let back = match last.state {
            RegistrationState::Removing if self.is_managed(last).await? => {
                RegistrationState::Complete
            }
            RegistrationState::Removing => RegistrationState::Failed,
            before => before,
        };
        self.store
            .set_registration_state(
                last,
                RegistrationState::Removing,
                back,
                Some(&failure.detail),
            )
            .await?;
        self.to_move.notify_one();
        Err(failure)
    }

    async fn is_managed(&self, last: &Registration) -> Result<bool, Failure> {
        let node = self.nodes.find(last.node).await?;
        Ok(node.is_some_and(|node| node.managed_by.is_some()))
    }
}

//! Deregister.

use crate::failure::{Cause, Failure};
use crate::ironic::{self, Client, Removed};
use crate::node::Node;
use crate::store::{Registration, RegistrationState};

use super::Registrar;
use super::attempt::{is_passing, may_stand};
use super::journal::StoreJournal;

/// A node that is no longer in Ironic.
#[derive(Clone, Debug)]
pub struct Deregistered {
    /// The node, as Valence now has it.
    pub node: Node,
    /// Whether Ironic had lost it already.
    pub was_gone: bool,
}

impl Registrar {
    /// Removes the node from Ironic and gives it back to Valence. A node that
    /// Ironic has lost already counts as removed.
    pub async fn deregister(&self, id: &str) -> Result<Deregistered, Failure> {
        let node = self.nodes.get(id).await?;
        let ironic = self.ironic()?;
        let _turn = self.turns.take(&node)?;
        let last = self.store.latest_registration(node.uuid).await?;
        let Some(last) = last.filter(|last| last.epoch == node.epoch && may_stand(last.state))
        else {
            return Err(Failure::new(
                Cause::NotFound,
                format!("node `{}` is not registered", node.name),
            ));
        };
        self.store
            .set_registration_state(last.id, last.state, RegistrationState::Removing, None)
            .await?;
        let removed = self.take_out(&ironic, &last).await?;
        let node = self.nodes.get(&node.uuid.to_string()).await?;
        Ok(Deregistered {
            node,
            was_gone: matches!(removed, Removed::WasGone),
        })
    }

    /// Takes out of Ironic what `last` put there, and keeps how that ended.
    pub(super) async fn take_out(
        &self,
        ironic: &Client,
        last: &Registration,
    ) -> Result<Removed, Failure> {
        let journal = StoreJournal(&self.store);
        match ironic::remove(ironic, &journal, last.id, last.ironic_uuid).await {
            Ok(removed) => {
                self.store.end_registration(last).await?;
                tracing::info!(node = %last.node, registration = %last.id, ironic = %last.ironic_uuid, "deregistered");
                Ok(removed)
            }
            Err(error) => {
                let failure = error.into_failure();
                if last.state == RegistrationState::Removing && is_passing(&failure) {
                    // It stays on record as it is, and is tried again.
                    return Err(failure);
                }
                // What was complete stands as before; anything else stays to be
                // looked at.
                let back = match last.state {
                    RegistrationState::Complete => RegistrationState::Complete,
                    _ => RegistrationState::Failed,
                };
                self.store
                    .set_registration_state(
                        last.id,
                        RegistrationState::Removing,
                        back,
                        Some(&failure.detail),
                    )
                    .await?;
                Err(failure)
            }
        }
    }
}

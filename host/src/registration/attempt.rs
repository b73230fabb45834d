//! One attempt to apply an enrollment, and what is kept of how it ended.

use crate::failure::{Cause, Failure};
use crate::ironic::{self, Client, Created, Plan, Undo};
use crate::secret::Credentials;
use crate::store::{Registration, RegistrationState};

use super::Registrar;
use super::journal::StoreJournal;

/// Whether an earlier attempt may have left something in Ironic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// It has not.
    Nothing,
    /// It may have: one that could not be undone.
    MayStand,
    /// It may have: this one, which was cut off and is being resumed.
    CutOff,
}

/// Whether a registration in this state may have left something in Ironic.
pub(super) fn may_stand(state: RegistrationState) -> bool {
    matches!(
        state,
        RegistrationState::Complete | RegistrationState::Applying | RegistrationState::Failed
    )
}

/// Whether what failed may well succeed later.
pub(super) fn is_passing(failure: &Failure) -> bool {
    matches!(
        failure.cause,
        Cause::IronicUnavailable | Cause::IronicTimeout
    )
}

impl Registrar {
    /// Applies `plan` and keeps how that ended.
    pub(super) async fn carry_out(
        &self,
        ironic: &Client,
        registration: &Registration,
        plan: &Plan,
        credentials: Option<&Credentials>,
        before: Before,
    ) -> Result<Created, Failure> {
        let journal = StoreJournal(&self.store);
        match ironic::apply(ironic, &journal, plan, credentials).await {
            Ok(created) => {
                self.store.complete_registration(registration).await?;
                tracing::info!(
                    node = %registration.node,
                    registration = %registration.id,
                    ironic = %plan.node_uuid,
                    chain = registration.chain_digest,
                    "registered"
                );
                Ok(created)
            }
            Err(error) => {
                let ended = match (error.undo, before) {
                    (Undo::Undone, _) | (Undo::NothingMade, Before::Nothing) => {
                        RegistrationState::Undone
                    }
                    (Undo::NothingMade, Before::MayStand | Before::CutOff) | (Undo::Remains, _) => {
                        RegistrationState::Failed
                    }
                };
                let failure = error.into_failure();
                if before == Before::CutOff && is_passing(&failure) {
                    // It stays on record as it is, and is tried again.
                    return Err(failure);
                }
                self.store
                    .set_registration_state(
                        registration.id,
                        RegistrationState::Applying,
                        ended,
                        Some(&failure.detail),
                    )
                    .await?;
                Err(failure)
            }
        }
    }
}

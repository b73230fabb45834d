//! What a start does with registrations that were cut off.

use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::ironic::{Client, Plan};
use crate::store::{Purpose, Registration, RegistrationState};

use super::Registrar;
use super::credentials::credentials_for;

impl Registrar {
    /// Finishes the registrations and deregistrations that a crash cut off. Each
    /// is journalled, and Ironic knows our uuids and our mark, so doing the rest
    /// of one again does nothing twice. One that cannot be finished is logged and
    /// stays on record.
    pub async fn resume(&self) -> Result<(), Failure> {
        let cut_off = self.store.unfinished_registrations().await?;
        if cut_off.is_empty() {
            return Ok(());
        }
        let ironic = self.ironic()?;
        for registration in cut_off {
            tracing::info!(registration = %registration.id, state = registration.state.name(), "resuming");
            if let Err(failure) = self.finish(&ironic, &registration).await {
                tracing::error!(registration = %registration.id, error = %failure, "could not be finished");
            }
        }
        Ok(())
    }

    async fn finish(&self, ironic: &Client, registration: &Registration) -> Result<(), Failure> {
        if registration.state == RegistrationState::Removing {
            return self.take_out(ironic, registration).await.map(|_| ());
        }
        let node = self.nodes.get(&registration.node.to_string()).await?;
        let pod_manager = self.pod_managers.get(&node.podm_id.to_string()).await?;
        let evaluation: Evaluation =
            serde_json::from_str(&registration.evaluation).map_err(Failure::internal)?;
        let purpose = Purpose::Registration(registration.id);
        let of_request = self.keyring.unseal(purpose, &registration.credentials)?;
        let credentials = credentials_for(
            &evaluation.enrollment,
            &pod_manager,
            of_request,
            &self.keyring,
        )
        .await?;
        let plan = Plan {
            registration: registration.id,
            node_uuid: registration.ironic_uuid,
            enrollment: evaluation.enrollment,
            digest: registration.enrollment_digest.clone(),
            hooks: evaluation
                .hooks
                .into_iter()
                .map(|hook| hook.digest)
                .collect(),
        };
        self.carry_out(ironic, registration, &plan, credentials.as_ref())
            .await
            .map(|_| ())
    }
}

//! What a start does with registrations that were cut off.

use std::time::Duration;

use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::ironic::{Client, Plan};
use crate::store::{Purpose, Registration, RegistrationState};

use super::Registrar;
use super::attempt::{Before, is_passing};
use super::credentials::credentials_for;

/// Between two tries, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

impl Registrar {
    /// Finishes the registrations and deregistrations that a crash cut off. Each
    /// is journalled, and Ironic knows our uuids and our mark, so doing the rest
    /// of one again does nothing twice. While Ironic is away they wait for it;
    /// one that cannot be finished is logged and stays on record.
    pub async fn resume(&self) -> Result<(), Failure> {
        let mut cut_off = self.store.unfinished_registrations().await?;
        let mut pause = PAUSE.0;
        while !cut_off.is_empty() {
            let ironic = self.ironic()?;
            let mut waiting = Vec::new();
            for registration in cut_off {
                let id = registration.id;
                match self.finish(&ironic, registration).await {
                    Ok(()) => {}
                    Err(failure) if is_passing(&failure) => {
                        tracing::warn!(registration = %id, error = %failure, "will be tried again");
                        waiting.push(self.store.registration(id).await?);
                    }
                    Err(failure) => {
                        tracing::error!(registration = %id, error = %failure, "could not be finished");
                    }
                }
            }
            cut_off = waiting;
            if !cut_off.is_empty() {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSE.1);
            }
        }
        Ok(())
    }

    async fn finish(&self, ironic: &Client, registration: Registration) -> Result<(), Failure> {
        let node = self.nodes.get(&registration.node.to_string()).await?;
        let Ok(_turn) = self.turns.take(&node) else {
            // Somebody has taken it over since.
            return Ok(());
        };
        let registration = self.store.registration(registration.id).await?;
        if !registration.state.is_unfinished() {
            return Ok(());
        }
        tracing::info!(registration = %registration.id, state = registration.state.name(), "resuming");
        if registration.state == RegistrationState::Removing {
            return self.take_out(ironic, &registration).await.map(|_| ());
        }
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
        self.carry_out(
            ironic,
            &registration,
            &plan,
            credentials.as_ref(),
            Before::CutOff,
        )
        .await
        .map(|_| ())
    }
}

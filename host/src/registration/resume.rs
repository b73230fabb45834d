//! What is done with registrations that were cut off.

use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};
use uuid::Uuid;

use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::ironic::{Client, Plan};
use crate::store::{Lease, Registration, RegistrationState, Update};
use crate::telemetry;

use super::Registrar;
use super::attempt::Before;

/// Between two tries, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));

/// Between two looks for which nobody rang.
const UNASKED: Duration = Duration::from_secs(60);

/// The same where another server may leave something, which does not ring here.
const OTHERS: Duration = Duration::from_secs(2);

/// How many are finished at a time.
const AT_ONCE: usize = 8;

/// What was cut off.
enum Unfinished {
    Registration(Registration),
    Update(Update),
}

impl Registrar {
    /// Finishes the registrations and deregistrations that were cut off: by a
    /// crash, or by an Ironic that was away for longer than their callers could
    /// wait. Each is journalled, and Ironic knows our uuids and our mark, so doing
    /// the rest of one again does nothing twice. While Ironic is away they wait
    /// for it. Goes on for as long as the process does.
    pub async fn keep_finishing(&self) {
        let mut pause = PAUSE.0;
        loop {
            match self.finish_everything().await {
                Ok(0) => {
                    // Whoever leaves something rings; nothing stays for ever if not.
                    let unasked = match self.store.is_shared() {
                        true => OTHERS,
                        false => UNASKED,
                    };
                    let _ = tokio::time::timeout(unasked, self.left_over.notified()).await;
                    pause = PAUSE.0;
                    continue;
                }
                Ok(left) => {
                    tracing::debug!(left, "left to be finished, will be tried again");
                }
                Err(failure) => {
                    tracing::error!(error = %failure, "what was cut off could not be looked for");
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    /// Tries each registration and update that is unfinished, once. Gives how many
    /// are so still.
    async fn finish_everything(&self) -> Result<usize, Failure> {
        let registrations = self.store.unfinished_registrations().await?;
        let updates = self.store.unfinished_updates().await?;
        if registrations.is_empty() && updates.is_empty() {
            return Ok(0);
        }
        let ironic = self.ironic()?;
        let ironic = ironic.as_ref();
        let registrations = registrations.into_iter().map(Unfinished::Registration);
        let updates = updates.into_iter().map(Unfinished::Update);
        // One of each by turns: none waits until all of the others had a try.
        let left = stream::select(stream::iter(registrations), stream::iter(updates))
            .map(|one| self.try_one(ironic, one))
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        Ok(left.into_iter().filter(|left| *left).count())
    }

    async fn try_one(&self, ironic: &Client, one: Unfinished) -> bool {
        match one {
            Unfinished::Registration(registration) => {
                self.try_to_finish(ironic, registration).await
            }
            Unfinished::Update(update) => self.try_to_finish_update(update).await,
        }
    }

    /// Whether it is left for another time.
    async fn try_to_finish(&self, ironic: &Client, registration: Registration) -> bool {
        let id = registration.id;
        let _turn = match self.turn_to_finish(&registration).await {
            Ok(Some(turn)) => turn,
            Ok(None) => return false,
            // Somebody is at it, and may yet leave it unfinished.
            Err(None) => return true,
            Err(Some(failure)) => {
                tracing::error!(registration = %id, error = %failure, "could not be looked up");
                return true;
            }
        };
        let started = Instant::now();
        let finished = self.finish(ironic, id).await;
        let state = match self.store.registration(id).await {
            Ok(now) => now.state,
            Err(error) => {
                tracing::error!(registration = %id, error = %Failure::from(error), "could not be looked up");
                return true;
            }
        };
        let is_left = state.is_unfinished();
        let (state, took) = (state.name(), started.elapsed());
        match finished {
            Ok(()) => {
                telemetry::resumed("finished");
                tracing::info!(registration = %id, state, ?took, "finished what was cut off");
            }
            Err(failure) => {
                telemetry::resumed("in-vain");
                let node = registration.node;
                tracing::warn!(registration = %id, %node, state, ?took, error = %failure, "could not finish what was cut off");
            }
        }
        is_left
    }

    /// The turn, if it is unfinished still; no failure: somebody else has it.
    async fn turn_to_finish(
        &self,
        registration: &Registration,
    ) -> Result<Option<Lease>, Option<Failure>> {
        let turn = self.turn_if_free(registration.node).await?;
        let turn = turn.ok_or(None)?;
        let now = self.store.registration(registration.id).await;
        let now = now.map_err(Failure::from)?;
        Ok(now.state.is_unfinished().then_some(turn))
    }

    async fn finish(&self, ironic: &Client, id: Uuid) -> Result<(), Failure> {
        let registration = self.store.registration(id).await?;
        if !registration.state.is_unfinished() {
            return Ok(());
        }
        tracing::info!(registration = %id, state = registration.state.name(), "finishing what was cut off");
        let node = self.nodes.find(registration.node).await?;
        let Some(node) = node.filter(|_| registration.state != RegistrationState::Removing) else {
            // To be removed, or of a node that was given up.
            self.set_removing(&registration).await?;
            let removing = Registration {
                state: RegistrationState::Removing,
                ..registration
            };
            return self.take_out(ironic, &removing).await.map(drop);
        };
        if registration.is_adopted() {
            return self.finish_adoption(ironic, &node, &registration).await;
        }
        let evaluation: Evaluation =
            serde_json::from_str(&registration.evaluation).map_err(Failure::internal)?;
        let credentials = self.credentials_of(&registration, &node).await?;
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
        .map(drop)
    }
}

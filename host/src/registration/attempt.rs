//! One attempt to apply an enrollment, and what is kept of how it ended.

use tracing::Instrument as _;

use crate::crash;
use crate::failure::Failure;
use crate::ironic::{self, ApplyError, Client, Created, Plan, Undo};
use crate::secret::Credentials;
use crate::store::{Registration, RegistrationState, Work};
use crate::telemetry::Phase;

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
        RegistrationState::Complete
            | RegistrationState::Applying
            | RegistrationState::Removing
            | RegistrationState::Failed
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
        let journal = StoreJournal::of(&self.store, registration.node);
        let ironic = &self.while_in_turn(ironic, registration.node);
        let span = tracing::info_span!("apply", registration = %registration.id);
        let applying = Phase::Apply.begin();
        let applied = match before {
            Before::CutOff => {
                let finishing = ironic::finish(ironic, &journal, plan, credentials);
                finishing.instrument(span).await
            }
            _ => {
                let creating = ironic::apply(ironic, &journal, plan, credentials);
                creating.instrument(span).await
            }
        };
        drop(applying);
        let error = match applied {
            Ok(created) => {
                crash::point("registration", "applied");
                self.store.complete_registration(registration).await?;
                crash::point("registration", "complete");
                self.to_move.notify_one();
                tracing::info!(
                    node = %registration.node,
                    registration = %registration.id,
                    ironic = %plan.node_uuid,
                    chain = registration.chain_digest,
                    "registered"
                );
                return Ok(created);
            }
            Err(error) => error,
        };
        crash::point("registration", "undone");
        // Whatever it failed of: how it ends is the other's to say.
        self.store.still_has(Work::Node(registration.node))?;
        let next = after(&error, before);
        let failure = error.into_failure();
        if next != RegistrationState::Applying {
            self.store
                .set_registration_state(
                    registration,
                    RegistrationState::Applying,
                    next,
                    Some(&failure.detail),
                )
                .await?;
            crash::point("registration", "given-up");
        }
        if next.is_unfinished() {
            self.left_over.notify_one();
        }
        Err(failure)
    }
}

/// Where a registration stands after an attempt that failed so. What is still
/// unfinished then is tried again in the background.
fn after(error: &ApplyError, before: Before) -> RegistrationState {
    use RegistrationState as State;
    match (error.undo, before) {
        // Nobody waits for a refusal any more: it goes on when Ironic does.
        (_, Before::CutOff) if error.is_no_verdict() => State::Applying,
        (Undo::Undone, _) | (Undo::NothingMade, Before::Nothing) => State::Undone,
        (Undo::Pending, _) if error.may_pass() => State::Applying,
        // What was refused is not to come about after all.
        (Undo::Pending, _) => State::Removing,
        (Undo::NothingMade, Before::CutOff) => State::Removing,
        (Undo::NothingMade, Before::MayStand) | (Undo::Remains, _) => State::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ironic::{Holder, IronicError, IronicErrorKind, Problem, Taken};

    #[test]
    fn what_ironic_may_yet_answer_stays_on_record_and_what_it_refused_is_taken_out() {
        use Before::{CutOff, MayStand, Nothing};
        use RegistrationState::{Applying, Failed, Removing, Undone};
        let refused = || Problem::Taken {
            what: Taken::Name("a".into()),
            by: Holder {
                uuid: "b".into(),
                name: None,
                registration: None,
            },
        };
        let away = || Problem::Request {
            step: None,
            error: Box::new(IronicError::new(IronicErrorKind::Unavailable, "away")),
            in_doubt: false,
        };
        let no_token = || Problem::Request {
            step: None,
            error: Box::new(IronicError::new(IronicErrorKind::NoToken, "wrong password")),
            in_doubt: false,
        };
        let forbidden = || Problem::Request {
            step: None,
            error: Box::new(IronicError::new(IronicErrorKind::Refused, "forbidden")),
            in_doubt: false,
        };
        type Make<'a> = &'a dyn Fn() -> Problem;
        let table: [(Make<'_>, Undo, Before, RegistrationState); 17] = [
            (&away, Undo::NothingMade, Nothing, Undone),
            (&away, Undo::NothingMade, MayStand, Failed),
            (&away, Undo::NothingMade, CutOff, Applying),
            (&away, Undo::Undone, Nothing, Undone),
            (&away, Undo::Undone, CutOff, Applying),
            (&away, Undo::Pending, Nothing, Applying),
            (&away, Undo::Remains, Nothing, Failed),
            (&refused, Undo::Undone, Nothing, Undone),
            (&refused, Undo::Undone, CutOff, Undone),
            (&refused, Undo::Pending, Nothing, Removing),
            (&refused, Undo::NothingMade, CutOff, Removing),
            (&refused, Undo::Remains, CutOff, Failed),
            (&no_token, Undo::NothingMade, Nothing, Undone),
            (&no_token, Undo::NothingMade, CutOff, Applying),
            (&no_token, Undo::Pending, Nothing, Applying),
            (&forbidden, Undo::NothingMade, CutOff, Applying),
            (&forbidden, Undo::NothingMade, MayStand, Failed),
        ];
        for (problem, undo, before, expected) in table {
            let problem = problem();
            let told = format!("{problem:?} {undo:?} {before:?}");
            let next = after(&ApplyError { problem, undo }, before);
            assert_eq!(next, expected, "{told}");
        }
    }
}

//! One step of the saga, carried on until its outcome is certain.

use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use super::call::Call;
use super::error::IronicErrorKind as Kind;
use super::patience::Patience;
use super::problem::Problem;
use super::step::{Outcome, Step};
use super::{Client, IronicError, Journal};

/// Who writes, and where it is kept.
pub(super) struct Saga<'a> {
    pub(super) client: Client,
    pub(super) journal: &'a dyn Journal,
    pub(super) registration: Uuid,
}

/// What to do where a request failed and may have happened all the same.
pub(super) enum Doubt<'a> {
    /// Send it again: doing it twice does no harm.
    Repeat,
    /// Look there: if what is found is ours, it happened.
    Look(Call<'a>, fn(&Value, Uuid) -> bool, Uuid),
    /// Send it again, and if then there is nothing there, it happened.
    Gone,
}

impl Saga<'_> {
    /// Reads. What may pass is tried again for `patience`.
    pub(super) async fn find(
        &self,
        call: &Call<'_>,
        patience: Duration,
    ) -> Result<Option<Value>, IronicError> {
        let mut patience = Patience::of(patience);
        loop {
            match self.client.find(call).await {
                Err(error) if patience.wait_after(&error).await => {}
                result => return result,
            }
        }
    }

    /// How long reads are tried before anything is written: so much shorter,
    /// since nobody is worse off for hearing early that Ironic is down.
    pub(super) fn brief(&self) -> Duration {
        self.client.patience() / 6
    }

    /// Writes, journalled before and after.
    pub(super) async fn write(
        &self,
        step: Step,
        call: &Call<'_>,
        doubt: Doubt<'_>,
    ) -> Result<Value, Problem> {
        self.journal
            .before(self.registration, &step)
            .await
            .map_err(Problem::Journal)?;
        let result = self.until_certain(call, &doubt).await;
        let outcome = match &result {
            Ok((_, outcome)) => outcome.clone(),
            Err(error) => failed(error),
        };
        tracing::debug!(%step, ?outcome, "ironic");
        self.journal
            .after(self.registration, &step, &outcome)
            .await
            .map_err(Problem::Journal)?;
        match result {
            Ok((value, _)) => Ok(value),
            Err(error) => Err(Problem::Request {
                step: Some(step),
                error: Box::new(error),
            }),
        }
    }

    async fn until_certain(
        &self,
        call: &Call<'_>,
        doubt: &Doubt<'_>,
    ) -> Result<(Value, Outcome), IronicError> {
        let mut patience = Patience::of(self.client.patience());
        let mut in_doubt = false;
        loop {
            let mut error = match self.client.send(call).await {
                Ok(value) => return Ok((value, Outcome::Done)),
                Err(error) => error,
            };
            match doubt {
                Doubt::Gone if error.kind == Kind::NotFound => {
                    return Ok((Value::Null, Outcome::WasDone));
                }
                // A conflict may be with what an earlier try of ours created.
                Doubt::Look(look, ours, uuid)
                    if error.may_have_happened() || error.kind == Kind::Conflict =>
                {
                    match self.client.find(look).await {
                        Ok(Some(found)) if ours(&found, *uuid) => {
                            return Ok((found, Outcome::WasDone));
                        }
                        Ok(_) => {}
                        Err(unseen) => {
                            in_doubt |= error.may_have_happened();
                            error = unseen;
                        }
                    }
                }
                _ => {}
            }
            if !patience.wait_after(&error).await {
                // What could not be looked up stays in doubt, whatever the
                // failure to look it up was.
                if in_doubt && !error.may_have_happened() {
                    error.kind = Kind::Unavailable;
                    error.status = None;
                }
                return Err(error);
            }
        }
    }
}

fn failed(error: &IronicError) -> Outcome {
    let (status, reason) = (error.status, error.text.clone());
    if error.may_have_happened() {
        Outcome::Unknown { status, reason }
    } else {
        Outcome::Refused { status, reason }
    }
}

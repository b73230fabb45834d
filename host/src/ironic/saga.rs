//! One step of the saga, carried on until its outcome is certain.

use std::time::Duration;

use serde_json::Value;
use tracing::Instrument as _;
use uuid::Uuid;

use super::call::Call;
use super::error::IronicErrorKind as Kind;
use super::mark::Mark;
use super::patience::Patience;
use super::problem::Problem;
use super::resources::node_with;
use super::step::{Outcome, Step};
use super::{Client, IronicError, Journal};
use crate::crash;

/// Who writes, and where it is kept.
pub(super) struct Saga<'a> {
    pub(super) client: Client,
    pub(super) journal: &'a dyn Journal,
    pub(super) registration: Uuid,
    /// What is written only as long as its node stands as it did.
    pub(super) guard: Option<Guard>,
}

/// How the node must stand for what is written to it. It is looked at again after
/// the node was locked: whoever had it may have left it otherwise.
pub(super) struct Guard {
    node: Uuid,
    /// The registration whose mark it bore.
    mark: Option<Uuid>,
    /// Why it is not to be written to; none if it may be.
    taken: fn(&Value) -> Option<String>,
}

impl Guard {
    /// Over `node`, which bears `mark`. `taken`: the state that keeps one off.
    pub(super) fn over(
        node: Uuid,
        mark: Option<Mark>,
        taken: fn(&Value) -> Option<String>,
    ) -> Self {
        Self {
            node,
            mark: mark.map(|mark| mark.registration),
            taken,
        }
    }
}

/// What to do where a request failed and may have happened all the same.
pub(super) enum Doubt<'a> {
    /// Send it again: doing it twice does no harm. By this the answer to it is
    /// known.
    Repeat(fn(&Value) -> bool),
    /// Look there: if what is found is ours, it happened.
    Look(Call<'a>, fn(&Value, Uuid) -> bool, Uuid),
    /// Look there, even after a refusal: it may be that of what has happened
    /// already. By what is found it shows that it happened.
    LookAt(Call<'a>, fn(&Value) -> bool),
    /// Send it again, and if then there is nothing there, it happened.
    Gone,
}

/// A request that failed for good.
struct Failed {
    error: IronicError,
    /// Whether it, or an earlier try of it, may have happened or may yet happen.
    in_doubt: bool,
}

impl Saga<'_> {
    /// Reads. What may pass is tried again for `patience`, and so is an answer
    /// that `is_to_this` does not take for one to `call`.
    pub(super) async fn find(
        &self,
        call: &Call<'_>,
        patience: Duration,
        is_to_this: impl Fn(&Value) -> bool,
    ) -> Result<Option<Value>, IronicError> {
        let mut patience = Patience::of(patience);
        loop {
            let answer = match self.client.find(call).await {
                Ok(Some(other)) if !is_to_this(&other) => Err(self
                    .client
                    .garbage(call, "the answer shows something else than was asked for")),
                answer => answer,
            };
            match answer {
                Err(error) if patience.wait_after(&error).await => {}
                result => return result,
            }
        }
    }

    /// Writes, journalled before and after.
    pub(super) async fn write(
        &self,
        step: Step,
        call: &Call<'_>,
        doubt: Doubt<'_>,
    ) -> Result<Value, Problem> {
        let span = tracing::info_span!("step", %step);
        self.write_journalled(step, call, doubt)
            .instrument(span)
            .await
    }

    async fn write_journalled(
        &self,
        step: Step,
        call: &Call<'_>,
        doubt: Doubt<'_>,
    ) -> Result<Value, Problem> {
        let kind = step.kind();
        crash::point(kind, "begun");
        self.journal
            .before(self.registration, &step)
            .await
            .map_err(|error| Problem::Journal {
                error,
                in_doubt: false,
            })?;
        crash::point(kind, "journalled");
        let result = self.until_certain(kind, call, &doubt).await;
        let outcome = match &result {
            Ok((_, outcome)) => outcome.clone(),
            Err(failed) => failed.outcome(),
        };
        tracing::debug!(%step, ?outcome, "ironic");
        self.journal
            .after(self.registration, &step, &outcome)
            .await
            .map_err(|error| Problem::Journal {
                error,
                in_doubt: !matches!(outcome, Outcome::Refused { .. }),
            })?;
        crash::point(kind, "done");
        match result {
            Ok((value, _)) => Ok(value),
            Err(Failed { error, in_doubt }) => Err(Problem::Request {
                step: Some(step),
                error: Box::new(error),
                in_doubt,
            }),
        }
    }

    /// Looks whether the node stands as it did before it was locked.
    async fn kept_off(&self, call: &Call<'_>) -> Result<(), IronicError> {
        let Some(guard) = &self.guard else {
            return Ok(());
        };
        let Some(node) = node_with(self, guard.node, self.client.brief()).await? else {
            return Ok(());
        };
        if let Some(state) = (guard.taken)(&node) {
            let text = format!("the node was locked, and is {state} now");
            return Err(self.client.kept_off(call, text));
        }
        let mark = Mark::of(&node).map(|mark| mark.registration);
        if mark == guard.mark || mark == Some(self.registration) {
            return Ok(());
        }
        let mark = mark.map_or("no mark".to_owned(), |mark| {
            format!("the mark of registration `{mark}`")
        });
        let text = format!("the node was locked, and bears {mark} now");
        Err(self.client.kept_off(call, text))
    }

    async fn until_certain(
        &self,
        kind: &str,
        call: &Call<'_>,
        doubt: &Doubt<'_>,
    ) -> Result<(Value, Outcome), Failed> {
        let mut patience = Patience::from_the_first_failure(self.client.patience());
        let mut in_doubt = false;
        loop {
            let answer = crash::sending(kind, self.client.send(call)).await;
            crash::point(kind, "answered");
            let mut error = match answer {
                Ok(value) if doubt.is_settled_by(&value) => return Ok((value, Outcome::Done)),
                Ok(_) => self
                    .client
                    .garbage(call, "the answer shows something else than what was sent"),
                Err(error) => error,
            };
            let mut settled = error.settles();
            match doubt {
                Doubt::Gone if error.kind == Kind::NotFound => {
                    return Ok((Value::Null, Outcome::WasDone));
                }
                // A refusal may be of what has happened already: a conflict with what
                // is there, or a key to be removed that is not.
                Doubt::Look(look, ours, uuid) if settled || error.may_have_happened() => {
                    match self.client.find(look).await {
                        Ok(Some(found)) if ours(&found, *uuid) => {
                            return Ok((found, Outcome::WasDone));
                        }
                        // Nothing there proves something only of a request that
                        // is not on its way any more.
                        Ok(_) => in_doubt |= error.may_be_under_way(),
                        // Of the only try there is nothing to be seen.
                        Err(_) if settled && !in_doubt && error.kind != Kind::Conflict => {}
                        Err(unseen) => {
                            in_doubt |= error.may_have_happened();
                            settled = false;
                            error = unseen;
                        }
                    }
                }
                Doubt::LookAt(look, happened) if error.settles() || error.may_have_happened() => {
                    in_doubt |= error.may_have_happened();
                    if let Ok(Some(found)) = self.client.find(look).await
                        && happened(&found)
                    {
                        return Ok((found, Outcome::WasDone));
                    }
                }
                _ => in_doubt |= error.may_have_happened(),
            }
            if !patience.wait_after(&error).await {
                let in_doubt = in_doubt && !settled;
                return Err(Failed { error, in_doubt });
            }
            if error.kind == Kind::Locked {
                let look = self.kept_off(call).await;
                look.map_err(|error| Failed { error, in_doubt })?;
            }
        }
    }
}

impl Doubt<'_> {
    /// Whether `answer`, to a request that succeeded, is to this very request.
    fn is_settled_by(&self, answer: &Value) -> bool {
        match self {
            Self::Look(_, ours, uuid) => ours(answer, *uuid),
            Self::Repeat(is_to_this) => is_to_this(answer),
            // Ironic has nothing to say to that.
            Self::Gone | Self::LookAt(..) => answer.is_null(),
        }
    }
}

impl Failed {
    fn outcome(&self) -> Outcome {
        let (status, reason) = (self.error.status, self.error.text.clone());
        if self.in_doubt {
            Outcome::Unknown { status, reason }
        } else {
            Outcome::Refused { status, reason }
        }
    }
}

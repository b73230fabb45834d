//! Snapshot in, enrollment out. A pure function of snapshot, subject, chain and
//! profile: no clock, no randomness, no network but the snapshot's own reads.
//!
//! In this order, and later wins: the seed's draft, `[register.defaults]`, the
//! request's body, the mapping hooks. Then Ironic's own rules are checked, and
//! the review hooks judge what has come out.

mod authors;
mod chain;
mod conflict;
mod emptied;
mod explain;
mod explanation;
mod failure;
mod grant;
mod ledger;
mod newer;
mod outcome;
#[cfg(test)]
mod properties;
mod request;
mod review;
pub mod seed;
mod select;
mod shadow;
mod sources;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::enrollment::{Author, Enrollment, Object};
use crate::hook::{Chain, Session};
use crate::inventory::Subject;
use crate::redfish::{ReadError, Snapshot};
use crate::rules::{self, IronicProfile, NewerFields};

use chain::Progress;

pub use explain::explain;
pub use explanation::{Explained, Explanation, LeftOut, Read, Replaced, Set};
pub use outcome::{Effect, Evaluation, Finding, HookRun, Observed, Omission, Rejection};
pub(crate) use outcome::{read_by, whose};
pub use shadow::Shadow;

/// What the caller of the register API may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallerRights {
    /// Whether the caller may set protected keys.
    pub may_administer: bool,
}

/// Evaluates what is to be created in Ironic for `subject`.
pub async fn evaluate(
    snapshot: Arc<Snapshot>,
    subject: &Subject,
    defaults: &Object,
    chain: &Chain,
    profile: IronicProfile,
    caller: CallerRights,
) -> Result<Evaluation, Rejection> {
    prepare(snapshot, subject, defaults, caller)
        .await?
        .evaluate(chain, profile)
        .await
}

/// As [`evaluate`]; what the hooks did is told however it ends.
pub async fn observe(
    snapshot: Arc<Snapshot>,
    subject: &Subject,
    defaults: &Object,
    chain: &Chain,
    profile: IronicProfile,
    caller: CallerRights,
) -> Observed {
    match prepare(snapshot, subject, defaults, caller).await {
        Ok(prepared) => prepared.observe(chain, profile).await,
        Err(rejection) => Observed {
            outcome: Err(rejection),
            hooks: Vec::new(),
            beside: Vec::new(),
        },
    }
}

/// An evaluation up to its hooks: drafted, with what the operator and the caller
/// ask for laid over it. Several chains can go on from one.
#[derive(Clone)]
pub struct Prepared {
    session: Session,
    progress: Progress,
}

/// Does all of an evaluation that comes before its hooks.
pub async fn prepare(
    snapshot: Arc<Snapshot>,
    subject: &Subject,
    defaults: &Object,
    caller: CallerRights,
) -> Result<Prepared, Rejection> {
    request::check(defaults, &Author::Defaults)?;
    request::check(&subject.parameters, &Author::Request)?;
    let inventory = Arc::new(subject.inventory(&snapshot));
    let drafted = seed::draft(subject, &inventory).await.map_err(unread)?;
    let session = Session::new(subject, snapshot, inventory);

    let mut progress = Progress::new(drafted.findings);
    let reasons = sources::reasons(subject, drafted.sources);
    progress.set_because(drafted.enrollment, Author::Seed, &reasons);
    if !defaults.is_empty() {
        let over = request::lay_defaults(progress.enrollment(), defaults)?;
        progress.set(over, Author::Defaults);
    }
    if !subject.parameters.is_empty() {
        let over = request::lay_body(progress.enrollment(), &subject.parameters, caller)?;
        progress.set(over, Author::Request);
        progress.claim(&subject.parameters);
    }
    Ok(Prepared { session, progress })
}

impl Prepared {
    /// What the first hook is given.
    pub fn enrollment(&self) -> &Enrollment {
        self.progress.enrollment()
    }

    /// What its hooks read from.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Runs the hooks of `chain` and checks what comes out.
    pub async fn evaluate(
        self,
        chain: &Chain,
        profile: IronicProfile,
    ) -> Result<Evaluation, Rejection> {
        let Self {
            session,
            mut progress,
        } = self;
        progress.judge(chain, &session, profile).await?;
        progress.run_shadows(chain, &session).await;
        Ok(progress.finish(chain))
    }

    /// As [`Prepared::evaluate`]; what the hooks did is told however it ends.
    pub async fn observe(self, chain: &Chain, profile: IronicProfile) -> Observed {
        let Self {
            session,
            mut progress,
        } = self;
        let ended = progress.judge(chain, &session, profile).await;
        let found = progress.findings().len();
        let beside = progress.run_shadows(chain, &session).await;
        let of_shadows = progress.findings().get(found..).unwrap_or_default();
        let ended = ended.map_err(|rejection| rejection.and(of_shadows));
        Observed {
            hooks: progress.hooks().to_vec(),
            outcome: ended.map(|()| progress.finish(chain)),
            beside,
        }
    }
}

impl Progress {
    /// Has the hooks of `chain` map and judge.
    async fn judge(
        &mut self,
        chain: &Chain,
        session: &Session,
        profile: IronicProfile,
    ) -> Result<(), Rejection> {
        self.map(chain, session).await?;
        if profile.newer_fields == NewerFields::Warn {
            self.leave_out_newer(profile.api);
        }
        self.check(profile)?;
        review::review(self, chain, session).await
    }

    /// Whether Ironic could take it, and whose doing it is if not.
    fn check(&mut self, profile: IronicProfile) -> Result<(), Rejection> {
        let violations: Vec<_> = rules::check(self.enrollment(), profile)
            .into_iter()
            .map(|violation| {
                let author = self.author_of(&violation.pointer);
                (violation, author)
            })
            .filter(|(violation, author)| !(violation.operator_may && *author == Author::Defaults))
            .collect();
        if violations.is_empty() {
            Ok(())
        } else {
            Err(Rejection::Invalid(violations))
        }
    }
}

/// What a read that failed means for the evaluation.
fn unread(error: ReadError) -> Rejection {
    if matches!(error, ReadError::NotRecorded { .. }) {
        Rejection::Undecidable(error)
    } else {
        Rejection::Redfish { hook: None, error }
    }
}

/// An enrollment as it is digested: keys sorted, whatever the order they came in.
fn canonical(enrollment: &Enrollment) -> serde_json::Value {
    let mut value = serde_json::to_value(enrollment).unwrap_or_default();
    value.sort_all_objects();
    value
}

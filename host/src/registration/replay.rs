//! Replay: what is on record, evaluated again with other hooks. What if?

mod warnings;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::bundle::{Bundle, BundleError, BundledDecision};
use super::decisions::ENROLLED;
use crate::enrollment::{Author, Object, differences, last_change};
use crate::evaluate::{Evaluation, Rejection, evaluate};
use crate::failure::{Cause, Failure};
use crate::hook::Chain;
use crate::rules::NewerFields;

pub use warnings::{Warning, WarningChanges};

/// Decisions, and with what they are made again.
pub struct Replay {
    /// The decisions.
    pub bundle: Arc<Bundle>,
    /// Only those from then on.
    pub since: Option<Timestamp>,
    /// Only those of the node with this uuid or name.
    pub node: Option<String>,
    /// The hooks.
    pub chain: Chain,
    /// `[register.defaults]`.
    pub defaults: Object,
    /// What becomes of fields that Ironic is too old for.
    pub newer_fields: NewerFields,
}

/// A decision that was made again.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// Which.
    pub decision: Uuid,
    /// Its node, in Valence.
    pub node: Uuid,
    /// The node's name then.
    pub name: String,
    /// What it comes to now, against what it came to then.
    pub verdict: Verdict,
    /// What review hooks warn of otherwise.
    pub warnings: WarningChanges,
}

impl Replayed {
    /// Whether all is as it was.
    pub fn is_same(&self) -> bool {
        self.verdict == Verdict::Same && self.warnings.is_empty()
    }
}

/// What a decision comes to now, against what it came to then.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The same.
    Same,
    /// To an enrollment with other values.
    Changed(Vec<Deviation>),
    /// The node was enrolled, and is refused now.
    Refused(Refusal),
    /// The node was refused, as told here, and is enrolled now.
    Admitted(Refusal),
    /// The node was refused, and is refused in another way.
    RefusedOtherwise {
        /// As it was.
        was: Refusal,
        /// As it is.
        now: Refusal,
    },
    /// Somebody reads what is not on record: nobody knows.
    Undecidable(String),
}

/// A value that is another.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviation {
    /// Where, in the canonical view.
    pub pointer: String,
    /// The value then; none where there was none.
    pub from: Option<Value>,
    /// The value now; none where there is none.
    pub to: Option<Value>,
    /// Who set it then, or took it out; none if nobody did.
    pub was_by: Option<Author>,
    /// The same for now.
    pub by: Option<Author>,
}

/// Why a node is not enrolled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    /// The code of the failure.
    pub outcome: String,
    /// The hook that it is by.
    pub hook: Option<String>,
    /// In words.
    pub detail: String,
}

impl Refusal {
    /// Whether a hook said no.
    pub fn is_denial(&self) -> bool {
        self.outcome == Cause::Denied.name()
    }

    fn now(rejection: Rejection) -> Self {
        let failure = rejection.into_failure();
        Self {
            outcome: failure.cause.name(),
            hook: failure.hook,
            detail: failure.detail,
        }
    }

    fn then(decision: &BundledDecision) -> Self {
        Self {
            outcome: decision.outcome.clone(),
            hook: decision.hook.clone(),
            detail: decision.detail.clone().unwrap_or_default(),
        }
    }
}

impl Replay {
    /// Makes the decisions again, on as many threads of the runtime as `workers` says,
    /// and gives what they come to, in their order. `ended` is told of each.
    ///
    /// # Errors
    /// If a decision in the bundle is none.
    pub async fn run(
        self,
        workers: usize,
        ended: impl Fn() + Send + Sync + 'static,
    ) -> Result<Vec<Replayed>, Failure> {
        let next = Arc::new(AtomicUsize::new(0));
        let ended: Arc<dyn Fn() + Send + Sync> = Arc::new(ended);
        let work = Arc::new(self);
        let mut running = Vec::new();
        for _ in 0..workers.max(1) {
            let (work, next, ended) = (Arc::clone(&work), Arc::clone(&next), Arc::clone(&ended));
            running.push(tokio::spawn(async move {
                let mut done = Vec::new();
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(decision) = work.bundle.decision(place) else {
                        return Ok(done);
                    };
                    if let Some(replayed) = work.again(decision?).await? {
                        done.push((place, replayed));
                    }
                    ended();
                }
            }));
        }
        let mut all = Vec::new();
        for worker in running {
            let done: Result<Vec<_>, BundleError> = worker.await.map_err(Failure::internal)?;
            all.extend(done.map_err(BundleError::into_failure)?);
        }
        all.sort_by_key(|(place, _)| *place);
        Ok(all.into_iter().map(|(_, replayed)| replayed).collect())
    }
}

impl Replay {
    /// None: it was not asked for.
    async fn again(&self, mut decision: BundledDecision) -> Result<Option<Replayed>, BundleError> {
        if !self.is_asked_for(&decision) {
            return Ok(None);
        }
        let (verdict, warnings) = self.verdict(&mut decision).await?;
        Ok(Some(Replayed {
            decision: decision.uuid,
            node: decision.node,
            name: decision.node_name,
            verdict,
            warnings,
        }))
    }

    async fn verdict(
        &self,
        decision: &mut BundledDecision,
    ) -> Result<(Verdict, WarningChanges), BundleError> {
        let Some(circumstances) = decision.circumstances.take() else {
            let why = "it is on record from before all was kept that it takes to make it again";
            return Ok((Verdict::Undecidable(why.into()), WarningChanges::default()));
        };
        let subject = decision.subject(&circumstances);
        let evaluated = evaluate(
            self.bundle.snapshot(decision),
            &subject,
            &self.defaults,
            &self.chain,
            circumstances.profile(self.newer_fields),
            circumstances.rights(),
        );
        let verdict = match evaluated.await {
            Ok(evaluation) if decision.outcome == ENROLLED => {
                let verdict = compared(decision, &evaluation)?;
                return Ok((verdict, warned(decision, &evaluation)));
            }
            Ok(_) => Verdict::Admitted(Refusal::then(decision)),
            Err(Rejection::Undecidable(error)) => Verdict::Undecidable(error.to_string()),
            Err(rejection) => {
                let now = Refusal::now(rejection);
                match Refusal::then(decision) {
                    _ if decision.outcome == ENROLLED => Verdict::Refused(now),
                    was if was == now => Verdict::Same,
                    was => Verdict::RefusedOtherwise { was, now },
                }
            }
        };
        Ok((verdict, WarningChanges::default()))
    }

    fn is_asked_for(&self, decision: &BundledDecision) -> bool {
        let of_node = |node: &String| {
            *node == decision.node_name
                || node.parse().is_ok_and(|node: Uuid| node == decision.node)
        };
        let then = || decision.created_at.parse::<Timestamp>().ok();
        self.node.as_ref().is_none_or(of_node)
            && self
                .since
                .is_none_or(|since| then().is_some_and(|then| then >= since))
    }
}

/// The values that differ, each with those who had the last word on it.
fn compared(decision: &BundledDecision, evaluation: &Evaluation) -> Result<Verdict, BundleError> {
    let Some(recorded) = &decision.enrollment else {
        let why = "what it came to then is not on record";
        return Ok(Verdict::Undecidable(why.into()));
    };
    if recorded.is_written_as(&evaluation.enrollment) {
        return Ok(Verdict::Same);
    }
    let before = recorded.parsed().map_err(BundleError::decision)?;
    if before == evaluation.enrollment {
        return Ok(Verdict::Same);
    }
    let authors = decision.set_by.parsed().map_err(BundleError::decision)?;
    let found = differences(&before, &evaluation.enrollment).into_iter();
    let deviations = found.map(|one| Deviation {
        was_by: set_by(&authors, &one.pointer, one.from.is_some()),
        by: last_change(&evaluation.changes, &one.pointer).map(|change| change.by.clone()),
        pointer: one.pointer,
        from: one.from,
        to: one.to,
    });
    Ok(Verdict::Changed(deviations.collect()))
}

/// How the warnings differ; nothing where those of then were not kept.
fn warned(decision: &BundledDecision, evaluation: &Evaluation) -> WarningChanges {
    let now = Warning::among(&evaluation.findings);
    let then = decision.warnings.as_deref().unwrap_or(&now);
    WarningChanges::between(then, &now)
}

/// Who of `authors` set the value at `pointer` then. What nobody else set is the
/// built-in mapping's, if there was a value.
fn set_by(authors: &BTreeMap<String, Author>, pointer: &str, was_there: bool) -> Option<Author> {
    let mut outer = pointer;
    loop {
        if let Some(by) = authors.get(outer) {
            return Some(by.clone());
        }
        match outer.rsplit_once('/') {
            Some((above, _)) if !above.is_empty() => outer = above,
            _ => return was_there.then_some(Author::Seed),
        }
    }
}

impl BundleError {
    /// The failure that whoever named the bundle is told of.
    pub fn into_failure(self) -> Failure {
        Failure::new(Cause::BadRequest, self.to_string())
    }
}

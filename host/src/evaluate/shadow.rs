//! Hooks in shadow mode. They run when all others are done, each on what it would
//! have been given in its place, and read beside everybody else: nothing that they
//! do, use up or come to concerns the evaluation.

use std::sync::Arc;

use futures::future::join_all;
use serde::{Deserialize, Serialize};

use super::authors::Authors;
use super::chain::{Progress, admitted, log_internal, rejection, would_change};
use super::outcome::Rejection;
use super::select;
use crate::enrollment::{Difference, Enrollment};
use crate::hook::{CallError, Called, Chain, Hook, Judgement, Session, Shadowed};
use crate::redfish::Snapshot;

/// What a hook in shadow mode would have done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shadow {
    /// What it would have changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Difference>,
    /// What it would have warned of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// How it would have ended the evaluation: a denial, a failure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<String>,
}

/// A hook whose turn it would have been.
#[derive(Clone)]
pub(super) struct Pending {
    hook: Arc<Hook>,
    phase: Phase,
    given: Arc<Enrollment>,
    /// Who had set what by then.
    authors: Authors,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Mapping,
    Review,
}

impl Phase {
    fn name(self) -> &'static str {
        match self {
            Self::Mapping => "mapping",
            Self::Review => "review",
        }
    }
}

/// A shadow that has run, or could not.
struct Ran {
    hook: Arc<Hook>,
    phase: Phase,
    spent: Called<()>,
    shadow: Shadow,
    beside: Arc<Snapshot>,
}

impl Pending {
    pub(super) fn new(
        hook: &Arc<Hook>,
        phase: Phase,
        given: &Arc<Enrollment>,
        authors: Authors,
    ) -> Self {
        Self {
            hook: Arc::clone(hook),
            phase,
            given: Arc::clone(given),
            authors,
        }
    }

    /// None: it is for other nodes.
    async fn run(self, session: &Session) -> Option<Ran> {
        let (session, beside) = session.beside();
        let hook = Arc::clone(&self.hook);
        let phase = self.phase;
        let (shadow, spent) = match select::selects(&hook.spec.when, &session).await {
            Ok(false) => return None,
            Err(unread) => {
                let shadow = ended(&hook, &unread);
                (shadow, Called::nothing())
            }
            Ok(true) if phase == Phase::Mapping => self.map(&session).await,
            Ok(true) => self.review(&session).await,
        };
        Some(Ran {
            hook,
            phase,
            spent,
            shadow,
            beside,
        })
    }

    async fn map(self, session: &Session) -> (Shadow, Called<()>) {
        let Self {
            hook,
            given,
            authors,
            ..
        } = self;
        let called = hook.call_map(session, &given).await;
        hook.statistics.mapped(&called);
        let (output, spent) = called.apart();
        let shadow = match output {
            Ok(after) => match admitted(&hook, &spent, &given, &after, &authors) {
                Ok(changes) => {
                    let done = match changes.is_empty() {
                        true => Shadowed::Agreed,
                        false => Shadowed::Changed(&changes),
                    };
                    hook.statistics.shadowed(done);
                    Shadow {
                        changes,
                        ..Shadow::default()
                    }
                }
                Err(refused) => ended(&hook, &refused),
            },
            Err(error) => failed(&hook, error),
        };
        (shadow, spent)
    }

    async fn review(self, session: &Session) -> (Shadow, Called<()>) {
        let hook = self.hook;
        let called = hook.call_review(session, &self.given).await;
        hook.statistics.reviewed(&called);
        let (output, spent) = called.apart();
        let shadow = match output {
            Ok(judgements) => {
                let (denials, warnings): (Vec<_>, Vec<_>) =
                    judgements.into_iter().partition(|one| one.deny);
                let told = |some: Vec<Judgement>| some.into_iter().map(|one| one.message);
                let done = match (denials.is_empty(), warnings.is_empty()) {
                    (false, _) => Shadowed::Ended,
                    (true, false) => Shadowed::Warned,
                    (true, true) => Shadowed::Agreed,
                };
                hook.statistics.shadowed(done);
                Shadow {
                    changes: Vec::new(),
                    warnings: told(warnings).collect(),
                    ended: told(denials)
                        .map(|message| format!("deny: {message}"))
                        .collect(),
                }
            }
            Err(error) => failed(&hook, error),
        };
        (shadow, spent)
    }
}

impl Progress {
    /// Runs all shadows whose turn came, and gives what they read beside the others.
    pub(super) async fn run_shadows(
        &mut self,
        chain: &Chain,
        session: &Session,
    ) -> Vec<Arc<Snapshot>> {
        let pending = self.take_shadows();
        if pending.is_empty() {
            return Vec::new();
        }
        // Each reads by itself, so none has to wait for another.
        let ran = join_all(pending.into_iter().map(|one| one.run(session))).await;
        let mut read = Vec::new();
        for one in ran.into_iter().flatten() {
            let name = &one.hook.spec.name;
            if !one.shadow.changes.is_empty() {
                self.shadow(name, &would_change(&one.shadow.changes));
            }
            for warning in &one.shadow.warnings {
                self.shadow(name, &format!("would warn: {warning}"));
            }
            for ended in &one.shadow.ended {
                self.shadow(name, &format!("would {ended}"));
            }
            self.ran_as_shadow(&one.hook, one.phase.name(), &one.spent, one.shadow);
            read.push(one.beside);
        }
        self.sort_hooks(chain);
        read
    }
}

impl Shadow {
    /// The same with what it would have done in another phase.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.changes.extend(other.changes);
        self.warnings.extend(other.warnings);
        self.ended.extend(other.ended);
        self
    }
}

fn failed(hook: &Hook, error: CallError) -> Shadow {
    ended(hook, &rejection(&hook.spec.name, error))
}

fn ended(hook: &Hook, rejection: &Rejection) -> Shadow {
    log_internal(rejection);
    hook.statistics.shadowed(Shadowed::Ended);
    Shadow {
        ended: vec![format!("end it: {rejection}")],
        ..Shadow::default()
    }
}

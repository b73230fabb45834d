//! Running the mapping hooks, one after another, and keeping the books.

use std::sync::Arc;

use super::authors::Authors;
use super::emptied::emptied;
use super::grant;
use super::ledger::{Ledger, Reasons, leaves};
use super::outcome::{Effect, Evaluation, Finding, HookRun, Rejection};
use super::shadow::{Pending, Phase, Shadow};
use super::{request, select, unread};
use crate::enrollment::{Author, Difference, Enrollment, Object};
use crate::hook::{CallError, Called, Chain, Hook, LimitKey, Mode, OnFailure, Session};

/// An evaluation on its way.
#[derive(Clone)]
pub(super) struct Progress {
    enrollment: Arc<Enrollment>,
    ledger: Ledger,
    findings: Vec<Finding>,
    hooks: Vec<HookRun>,
    /// Those in shadow mode whose turn has come.
    shadows: Vec<Pending>,
}

impl Progress {
    /// Nothing yet, but for `findings`.
    pub(super) fn new(findings: Vec<Finding>) -> Self {
        Self {
            enrollment: Arc::default(),
            ledger: Ledger::default(),
            findings,
            hooks: Vec::new(),
            shadows: Vec::new(),
        }
    }

    pub(super) fn enrollment(&self) -> &Enrollment {
        &self.enrollment
    }

    pub(super) fn author_of(&mut self, pointer: &str) -> Author {
        self.ledger.authors().author_of(pointer)
    }

    pub(super) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    pub(super) fn find(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Replaces the enrollment by what `author`, who is no hook, made of it.
    pub(super) fn set(&mut self, after: Enrollment, author: Author) {
        self.set_because(after, author, &Reasons::default());
    }

    /// The same, for `reasons`.
    pub(super) fn set_because(&mut self, after: Enrollment, author: Author, reasons: &Reasons) {
        let after = after.in_order();
        let differences = leaves(&self.enrollment, &after);
        self.take(after, differences, &author, reasons);
    }

    /// Goes on with `after`, which differs by so much.
    fn take(
        &mut self,
        after: Enrollment,
        differences: Vec<Difference>,
        author: &Author,
        reasons: &Reasons,
    ) {
        let emptied = emptied(&self.enrollment, &after, &differences);
        self.ledger.enter_emptied(emptied, author, reasons);
        self.ledger.enter(differences, author, reasons);
        self.enrollment = Arc::new(after);
    }

    /// Notes what the request asks for, also where that is so anyway.
    pub(super) fn claim(&mut self, body: &Object) {
        for asked in leaves(&Enrollment::default(), &request::alone(body)) {
            self.ledger.claim(asked, Author::Request);
        }
    }

    /// Runs all mapping hooks that `when` selects.
    pub(super) async fn map(&mut self, chain: &Chain, session: &Session) -> Result<(), Rejection> {
        for hook in chain.hooks().iter().filter(|hook| hook.maps()) {
            if hook.spec.mode == Mode::Shadow {
                self.shadow_later(hook, Phase::Mapping);
            } else if select::selects(&hook.spec.when, session).await? {
                let called = hook.call_map(session, &self.enrollment).await;
                self.mapped(hook, called)?;
            }
        }
        Ok(())
    }

    fn mapped(&mut self, hook: &Arc<Hook>, called: Called<Enrollment>) -> Result<(), Rejection> {
        let spec = &hook.spec;
        self.ran(hook, "mapping", &called);
        hook.statistics.mapped(&called);
        let (output, spent) = called.apart();
        let after = match output {
            Ok(after) => after,
            // No change, if it may be skipped.
            Err(error) => return self.skip(hook, error),
        };
        let nobody = Authors::default();
        let authors = match self.ledger.has_hooks() {
            true => self.ledger.authors(),
            false => &nobody,
        };
        let differences = admitted(hook, &spent, &self.enrollment, &after, authors)?;
        self.warn_of_replaced(&spec.name, &differences);
        if let Some(run) = self.hooks.last_mut() {
            run.wrote = differences.iter().map(|one| one.pointer.clone()).collect();
        }
        let author = Author::Hook(Arc::from(spec.name.as_str()));
        let reasons = Reasons {
            because: spent.because,
            reads: spent.reads,
            reads_left_out: spent.reads_left_out,
            ..Reasons::default()
        };
        self.take(after, differences, &author, &reasons);
        Ok(())
    }

    /// Turns an error of `hook` into a warning if it may be skipped, else into
    /// the end of the evaluation.
    pub(super) fn skip(&mut self, hook: &Hook, error: CallError) -> Result<(), Rejection> {
        let spec = &hook.spec;
        let broke = matches!(
            error,
            CallError::Failed(_)
                | CallError::Limit(_)
                | CallError::Trapped { .. }
                | CallError::BadOutput { .. }
        );
        let rejection = rejection(&spec.name, error);
        if !broke || spec.on_failure == OnFailure::Reject {
            return Err(rejection);
        }
        hook.statistics.skipped();
        log_internal(&rejection);
        self.find(warning(None, format!("{rejection}; it was skipped")));
        Ok(())
    }

    /// Notes that a hook ran in `phase`.
    pub(super) fn ran<T>(&mut self, hook: &Hook, phase: &'static str, called: &Called<T>) {
        let duration_us = u64::try_from(called.own_time.as_micros()).unwrap_or(u64::MAX);
        let known = self.hooks.iter_mut().find(|run| run.name == hook.spec.name);
        if let Some(run) = known {
            run.fuel = run.fuel.saturating_add(called.fuel);
            run.duration_us = run.duration_us.saturating_add(duration_us);
            run.memory = run.memory.max(called.memory);
            run.phases.push(phase);
            run.reads = run.reads.iter().chain(&*called.reads).cloned().collect();
            return;
        }
        self.hooks.push(HookRun {
            name: hook.spec.name.clone(),
            digest: hook.digest.clone(),
            fuel: called.fuel,
            duration_us,
            memory: called.memory,
            phases: vec![phase],
            wrote: Vec::new(),
            reads: Arc::clone(&called.reads),
            shadow: None,
        });
    }

    /// Leaves a hook in shadow mode for when all others are done.
    pub(super) fn shadow_later(&mut self, hook: &Arc<Hook>, phase: Phase) {
        let authors = match self.ledger.has_hooks() {
            true => self.ledger.authors().clone(),
            false => Authors::default(),
        };
        let pending = Pending::new(hook, phase, &self.enrollment, authors);
        self.shadows.push(pending);
    }

    pub(super) fn take_shadows(&mut self) -> Vec<Pending> {
        std::mem::take(&mut self.shadows)
    }

    /// Notes that a hook ran in shadow mode, and what it would have done.
    pub(super) fn ran_as_shadow(
        &mut self,
        hook: &Hook,
        phase: &'static str,
        called: &Called<()>,
        shadow: Shadow,
    ) {
        self.ran(hook, phase, called);
        let run = self.hooks.iter_mut().find(|run| run.name == hook.spec.name);
        if let Some(run) = run {
            run.shadow = Some(run.shadow.take().unwrap_or_default().and(shadow));
        }
    }

    /// Puts the hooks that ran into the order in which they stand in `chain`, those
    /// that only review after the others.
    pub(super) fn sort_hooks(&mut self, chain: &Chain) {
        self.hooks.sort_by_cached_key(|run| {
            let mut named = chain.hooks().iter().enumerate();
            let found = named.find(|(_, hook)| hook.spec.name == run.name);
            found.map(|(place, hook)| (!hook.maps(), place))
        });
    }

    /// Tells what a hook in shadow mode would have done.
    pub(super) fn shadow(&mut self, hook: &str, what: &str) {
        let message = format!("hook `{hook}` runs as a shadow; it {what}");
        self.find(warning(None, message));
    }

    /// Hooks have the last word, but not in silence. That a hook sets something
    /// else than the operator's defaults is what defaults are for; that it does
    /// away with them may be an accident.
    fn warn_of_replaced(&mut self, hook: &str, differences: &[Difference]) {
        if !self.ledger.has_wishes() {
            return;
        }
        let authors = self.ledger.authors();
        for Difference { pointer, to, .. } in differences {
            let of = |whose: Author| {
                let mut concerned = authors.concerned(pointer);
                concerned.any(|(_, author)| *author == whose)
            };
            let message = match to {
                Some(_) if of(Author::Request) => {
                    format!("hook `{hook}` replaced what the request asks for")
                }
                None if of(Author::Request) => {
                    format!("hook `{hook}` removed what the request asks for")
                }
                None if of(Author::Defaults) => {
                    format!("hook `{hook}` removed what `[register.defaults]` set")
                }
                _ => continue,
            };
            self.findings.push(warning(Some(pointer.clone()), message));
        }
    }

    /// The hooks that ran so far.
    pub(super) fn hooks(&self) -> &[HookRun] {
        &self.hooks
    }

    pub(super) fn finish(self, chain: &Chain) -> Evaluation {
        Evaluation {
            enrollment: Arc::unwrap_or_clone(self.enrollment),
            changes: self.ledger.into_changes(),
            findings: self.findings,
            hooks: self.hooks,
            chain: Arc::clone(chain.identity()),
        }
    }
}

/// A failure that goes no further is logged here: what only the log may tell
/// would be lost.
pub(super) fn log_internal(rejection: &Rejection) {
    if let Rejection::HookFailed {
        hook,
        reason,
        internal,
    } = rejection
    {
        tracing::warn!(hook, reason, internal, "a hook failed, without effect");
    }
}

/// What `hook` made of `before`, if it may.
pub(super) fn admitted(
    hook: &Hook,
    spent: &Called<()>,
    before: &Enrollment,
    after: &Enrollment,
    authors: &Authors,
) -> Result<Vec<Difference>, Rejection> {
    let spec = &hook.spec;
    let differences = leaves(before, after);
    let granted = few_enough(&spec.name, &differences).and_then(|()| {
        grant::check(spec, &differences, authors).map_err(|refusal| Rejection::BadOutput {
            hook: spec.name.clone(),
            message: refusal.message,
            pointer: Some(refusal.pointer),
        })
    });
    hook.tell_mapped(spent, granted.is_ok());
    granted
        .inspect_err(|refused| hook.statistics.refused(&refused.to_string()))
        .map(|()| differences)
}

/// More changes than any hook has reason for: each is recorded with its words
/// and with what was read.
const MOST_CHANGES: usize = 2000;

fn few_enough(hook: &str, differences: &[Difference]) -> Result<(), Rejection> {
    let number = differences.len();
    if number <= MOST_CHANGES {
        return Ok(());
    }
    Err(Rejection::BadOutput {
        hook: hook.to_owned(),
        message: format!("it made {number} changes, and at most {MOST_CHANGES} are taken"),
        pointer: None,
    })
}

pub(super) fn would_change(differences: &[Difference]) -> String {
    let pointers: Vec<_> = differences.iter().map(|one| &one.pointer).collect();
    format!("would change {}", grant::listed(&pointers))
}

/// Something that the host itself has to say.
fn warning(pointer: Option<String>, message: String) -> Finding {
    Finding {
        effect: Effect::Warn,
        message,
        pointer,
        hook: None,
        left_out: None,
    }
}

fn is_of_output(key: LimitKey) -> bool {
    matches!(key, LimitKey::Output | LimitKey::Depth)
}

/// What an error of the hook `name` means for the evaluation.
pub(super) fn rejection(name: &str, error: CallError) -> Rejection {
    let hook = name.to_owned();
    match error {
        CallError::Denied(message) => Rejection::Denied {
            findings: vec![Finding {
                effect: Effect::Deny,
                message: message.clone(),
                pointer: None,
                hook: Some(hook.clone()),
                left_out: None,
            }],
            hook,
            message,
        },
        CallError::Deferred(after) => Rejection::Deferred { hook, after },
        CallError::Failed(ref text) => Rejection::HookFailed {
            hook,
            reason: error.to_string(),
            internal: Some(text.clone()),
        },
        CallError::Trapped { ref details, .. } => Rejection::HookFailed {
            hook,
            reason: error.to_string(),
            internal: Some(details.clone()),
        },
        // Too much output breaks the contract; every other limit is its running.
        CallError::Limit(breach) if is_of_output(breach.key) => Rejection::BadOutput {
            hook,
            message: breach.to_string(),
            pointer: None,
        },
        CallError::Limit(breach) => Rejection::HookFailed {
            hook,
            reason: breach.to_string(),
            internal: None,
        },
        CallError::BadOutput { pointer, message } => Rejection::BadOutput {
            hook,
            message,
            pointer,
        },
        CallError::Machine(reason) => Rejection::Machine { hook, reason },
        CallError::Read(error) => match unread(error) {
            Rejection::Redfish { error, .. } => Rejection::Redfish {
                hook: Some(hook),
                error,
            },
            other => other,
        },
    }
}

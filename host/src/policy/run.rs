//! Running cases.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::case::{Case, CaseError, Expectation, Place};
use super::expect::{Mismatch, SCHEMA, mismatches};
use crate::enrollment::{Change, Enrollment, glob, last_change, view};
use crate::evaluate::{Evaluation, HookRun};
use crate::failure::{Cause, Failure};
use crate::hook::{Chain, Engine, HookSpec, LoadError};
use crate::redfish::Recorded;
use crate::registration::{
    OfflineOptions, OfflineRun, OfflineSubject, Prepared, observe_offline, prepare_offline,
};

/// How a case came out.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// As it was to.
    Passed,
    /// Its recorded machine is not here.
    NotHere,
    /// Otherwise: what is wrong, a sentence each, and which values of the
    /// enrollment are not as expected.
    Failed {
        /// Sentences.
        problems: Vec<String>,
        /// Values.
        mismatches: Vec<Mismatch>,
    },
}

/// A case that was run.
pub struct Ran {
    /// Which.
    pub place: Place,
    /// The case itself, if it could be read.
    pub case: Option<Case>,
    /// How it came out.
    pub verdict: Verdict,
    /// How long it took.
    pub took: Duration,
    /// The hooks that ran.
    pub hooks: Vec<HookRun>,
    /// The chain, if it could be loaded.
    pub chain: Option<Arc<Chain>>,
    /// What came out, if anything was enrolled.
    pub enrollment: Option<Enrollment>,
    /// Who set what.
    pub changes: Vec<Arc<Change>>,
}

impl Ran {
    /// The fuel of all its hooks together.
    pub fn fuel(&self) -> u64 {
        self.hooks.iter().map(|run| run.fuel).sum()
    }

    /// The change that made the value at `pointer` what it is.
    pub fn last_change(&self, pointer: &str) -> Option<&Change> {
        last_change(&self.changes, pointer)
    }
}

/// What runs cases.
pub struct Runner {
    /// The engine that all of them share.
    pub engine: Engine,
    /// The hook that a case tests unless it names a chain: its settings and
    /// credentials are the case's.
    pub hook: Option<HookSpec>,
    /// Where recorded machines are.
    pub corpus: Option<PathBuf>,
    /// The most fuel that a case may use which does not say so itself.
    pub max_fuel: Option<u64>,
    /// Reads the chain of the configuration that a case names.
    pub chain: fn(&std::path::Path) -> Result<OfflineOptions, Failure>,
}

impl Runner {
    /// Runs the case at `place`.
    pub async fn run(&self, place: &Place) -> Ran {
        let begun = Instant::now();
        let mut ran = match place.read() {
            Ok(case) => self.carry_out(place, case).await,
            Err(error) => unread(place, &error),
        };
        ran.took = begun.elapsed();
        ran
    }

    async fn carry_out(&self, place: &Place, case: Case) -> Ran {
        let mut ran = empty(place);
        ran.case = Some(case.clone());
        let Some(subject) = self.subject(place, &case) else {
            ran.verdict = Verdict::NotHere;
            return ran;
        };
        let done = match self.options(place, &case) {
            Ok(options) => observe_offline(&self.engine, subject, options).await,
            Err(failure) => failure.into(),
        };
        let mut problems = self.problems(&case, &done);
        let mut wrong = Vec::new();
        if let (Ok(evaluation), Expectation::Enrolled) = (&done.outcome, case.expect) {
            match expected(place) {
                Ok(Some(expected)) => {
                    let actual = view(&evaluation.enrollment);
                    wrong = mismatches(&expected, &actual, case.matching);
                }
                Ok(None) if !case.warned_text.is_empty() => {}
                Ok(None) => problems.push(format!(
                    "it is enrolled, and there is no `{}`: accept what comes out with `--update`",
                    place.expected().display()
                )),
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() || !wrong.is_empty() {
            ran.verdict = Verdict::Failed {
                problems,
                mismatches: wrong,
            };
        }
        ran.hooks = done.hooks;
        ran.chain = done.chain;
        if let Ok(Evaluation {
            enrollment,
            changes,
            ..
        }) = done.outcome
        {
            ran.enrollment = Some(enrollment);
            ran.changes = changes;
        }
        ran
    }

    /// What the case at `place` evaluates, to be evaluated again and again; none if
    /// its machine is not here.
    pub(super) async fn prepare(
        &self,
        place: &Place,
        case: &Case,
    ) -> Result<Option<Prepared>, Failure> {
        let Some(subject) = self.subject(place, case) else {
            return Ok(None);
        };
        let options = self.options(place, case)?;
        prepare_offline(&self.engine, subject, options)
            .await
            .map(Some)
    }

    /// The machine of `case`; none if it is not here.
    fn subject(&self, place: &Place, case: &Case) -> Option<OfflineSubject> {
        Some(OfflineSubject {
            mockup: place.mockup(case, self.corpus.as_deref())?,
            system: case.system.clone(),
            name: case.name.clone(),
            pod_manager: case.pod_manager.clone(),
            address: case.address.clone(),
            driver: case.driver,
            composition: case.composition.clone(),
        })
    }

    fn options(&self, place: &Place, case: &Case) -> Result<OfflineOptions, Failure> {
        let mut options = match &case.config {
            Some(config) => (self.chain)(&place.directory.join(config))?,
            None => OfflineOptions::default(),
        };
        if case.config.is_none() {
            let hook = self.hook.clone().ok_or_else(|| {
                Failure::new(
                    Cause::BadRequest,
                    "the case names no `config`, and there is no hook to test: name one with `--hook`",
                )
            })?;
            options.hooks = vec![HookSpec {
                settings: case.settings.clone(),
                credentials: case.credentials.clone(),
                writes: case.writes.clone(),
                ..hook
            }];
        }
        options.parameters = case.parameters.clone();
        Ok(options)
    }

    /// All but the enrollment that is not as it was to be.
    fn problems(&self, case: &Case, done: &OfflineRun) -> Vec<String> {
        let mut problems = Vec::new();
        let said = said(&done.outcome);
        match came(&done.outcome) {
            Some(came) if came == case.expect => {}
            Some(Expectation::Enrolled) => problems.push(format!(
                "it is enrolled, and was to be {}",
                word(case.expect)
            )),
            Some(came) => problems.push(format!(
                "it is {}, and was to be {}: {said}",
                word(came),
                word(case.expect)
            )),
            None => problems.push(format!("it could not be evaluated: {said}")),
        }
        for text in case.denied_text.iter().chain(&case.warned_text) {
            if !said.contains(text.as_str()) {
                problems.push(format!("`{text}` is not said; what is said: {said}"));
            }
        }
        let fuel: u64 = done.hooks.iter().map(|run| run.fuel).sum();
        if let Some(most) = case.max_fuel.or(self.max_fuel).filter(|most| fuel > *most) {
            problems.push(format!("it used {fuel} of fuel, and may use {most}"));
        }
        if case.strict {
            problems.extend(lacking(case, done));
        }
        problems
    }
}

/// What was read and is not in the recording, but for what the case says is absent.
fn lacking(case: &Case, done: &OfflineRun) -> Vec<String> {
    let is_absent = |path: &str| case.absent.iter().any(|pattern| glob(pattern, path));
    let mut paths = done.reads.iter().filter_map(|(path, read)| match read {
        Recorded::Not(_) if !is_absent(path.as_str()) => Some(path),
        _ => None,
    });
    let mut problems = Vec::new();
    for path in paths.by_ref() {
        problems.push(format!(
            "`{path}` is read and is not in the mockup: record it, or name it under `absent`"
        ));
    }
    problems
}

fn empty(place: &Place) -> Ran {
    Ran {
        place: place.clone(),
        case: None,
        verdict: Verdict::Passed,
        took: Duration::ZERO,
        hooks: Vec::new(),
        chain: None,
        enrollment: None,
        changes: Vec::new(),
    }
}

fn unread(place: &Place, error: &CaseError) -> Ran {
    Ran {
        verdict: Verdict::Failed {
            problems: vec![error.to_string()],
            mismatches: Vec::new(),
        },
        ..empty(place)
    }
}

fn expected(place: &Place) -> Result<Option<Value>, String> {
    let path = place.expected();
    match fs::read_to_string(&path) {
        Ok(text) => match serde_json::from_str(&text) {
            Ok(expected) => Ok(Some(without_schema(expected))),
            Err(error) => Err(format!("`{}` is no json: {error}", path.display())),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("`{}` cannot be read: {error}", path.display())),
    }
}

/// `$schema` is for editors.
fn without_schema(mut expected: Value) -> Value {
    if let Value::Object(parts) = &mut expected {
        parts.remove(SCHEMA);
    }
    expected
}

/// Any other cause than these is none that a case can expect.
fn came(outcome: &Result<Evaluation, Failure>) -> Option<Expectation> {
    let failure = match outcome {
        Ok(_) => return Some(Expectation::Enrolled),
        Err(failure) => failure,
    };
    match failure.cause {
        Cause::Denied => Some(Expectation::Denied),
        // A component that is none has not refused anything.
        Cause::BadConfiguration if refused_settings(failure) => Some(Expectation::Settings),
        Cause::HookFailed | Cause::InvalidEnrollment | Cause::Deferred => Some(Expectation::Failed),
        _ => None,
    }
}

fn refused_settings(failure: &Failure) -> bool {
    let source = failure.source.as_ref();
    let source = source.and_then(|source| source.downcast_ref::<LoadError>());
    matches!(source, Some(LoadError::Settings { .. }))
}

fn word(expectation: Expectation) -> &'static str {
    match expectation {
        Expectation::Enrolled => "enrolled",
        Expectation::Denied => "denied",
        Expectation::Failed => "failed by a hook",
        Expectation::Settings => "refused for its settings",
    }
}

/// Everything that the outcome says, the inside of a failure included: whoever
/// tests a hook may read what it says.
fn said(outcome: &Result<Evaluation, Failure>) -> String {
    match outcome {
        Ok(evaluation) => {
            let messages = evaluation.findings.iter().map(|one| one.message.as_str());
            messages.collect::<Vec<_>>().join("; ")
        }
        Err(failure) => {
            let mut text = failure.detail.clone();
            let mut source = std::error::Error::source(failure);
            while let Some(error) = source {
                let inner = error.to_string();
                if !text.contains(&inner) {
                    text.push_str(": ");
                    text.push_str(&inner);
                }
                source = error.source();
            }
            text
        }
    }
}

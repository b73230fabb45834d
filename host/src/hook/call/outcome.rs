//! What became of a call.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::super::breach::Breach;
use super::super::output::Flaw;
use crate::enrollment::Reading;
use crate::redfish::ReadError;

/// What a call came to and what it took.
pub struct Called<T> {
    /// What the hook returned, or why it returned nothing.
    pub output: Result<T, CallError>,
    /// The fuel it used.
    pub fuel: u64,
    /// Its own running time.
    pub own_time: Duration,
    /// The memory that it had, in bytes.
    pub memory: usize,
    /// What it had read.
    pub reads: Arc<[Reading]>,
    /// How much more it had read than is told.
    pub reads_left_out: u64,
    /// Why it set what, by pointer.
    pub because: BTreeMap<String, String>,
}

impl<T> Called<T> {
    /// What the hook returned, and what it took.
    pub(crate) fn apart(self) -> (Result<T, CallError>, Called<()>) {
        let Self {
            output,
            fuel,
            own_time,
            memory,
            reads,
            reads_left_out,
            because,
        } = self;
        let took = Called {
            output: Ok(()),
            fuel,
            own_time,
            memory,
            reads,
            reads_left_out,
            because,
        };
        (output, took)
    }
}

impl Called<()> {
    /// A call that was none.
    pub(crate) fn nothing() -> Self {
        Self {
            output: Ok(()),
            fuel: 0,
            own_time: Duration::ZERO,
            memory: 0,
            reads: Arc::default(),
            reads_left_out: 0,
            because: BTreeMap::new(),
        }
    }
}

/// One thing that a review hook has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Whether it wants the node not to be registered.
    pub deny: bool,
    /// In its words.
    pub message: String,
    /// The value concerned.
    pub pointer: Option<String>,
}

/// Why a call came to nothing. All texts are fit to be shown.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CallError {
    /// Site policy says no.
    #[error("it denied: {0}")]
    Denied(String),
    /// The hook says: not now.
    #[error("it deferred")]
    Deferred(Option<u32>),
    /// The hook says that it could not do its work. Its words are for the log.
    #[error("it said that it could not do its work")]
    Failed(String),
    /// It ran into a limit.
    #[error("{0}")]
    Limit(Breach),
    /// It trapped, or handed over what cannot be taken. The backtrace is for the
    /// log.
    #[error("{reason}")]
    Trapped {
        /// In a few words.
        reason: String,
        /// All that is known.
        details: String,
    },
    /// What it returned is not what the contract says.
    #[error("{message}")]
    BadOutput {
        /// Where.
        pointer: Option<String>,
        /// What is wrong.
        message: String,
    },
    /// A read ended it: no time or no documents are left, or there is no record.
    #[error(transparent)]
    Read(ReadError),
    /// The machine had no memory or no place for it.
    #[error("it could not be run on this machine: {0}")]
    Machine(String),
}

impl CallError {
    /// Its name in the metrics.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Denied(_) => "denied",
            Self::Deferred(_) => "deferred",
            Self::Failed(_) => "failed",
            Self::Limit(_) => "limit",
            Self::Trapped { .. } => "trapped",
            Self::BadOutput { .. } => "bad-output",
            Self::Read(_) => "read-failed",
            Self::Machine(_) => "machine",
        }
    }
}

impl From<Flaw> for CallError {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::TooMuch(breach) => Self::Limit(breach),
            Flaw::Bad { pointer, message } => Self::BadOutput { pointer, message },
        }
    }
}

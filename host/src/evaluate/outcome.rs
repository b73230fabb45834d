//! What an evaluation comes to.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::shadow::Shadow;

use crate::enrollment::{Change, Enrollment, Reading};
use crate::hook::ChainIdentity;
use crate::redfish::{ReadError, Recorded, ResourcePath, Snapshot};
use crate::rules::Violation;

/// An evaluation that came to an enrollment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// What is to be created.
    pub enrollment: Enrollment,
    /// Who set what, in the order in which it happened.
    pub changes: Vec<Arc<Change>>,
    /// What review hooks said, and what the host itself warns of.
    pub findings: Vec<Finding>,
    /// The hooks that ran, in their order.
    pub hooks: Vec<HookRun>,
    /// The chain that they ran in.
    #[serde(default)]
    pub chain: Arc<ChainIdentity>,
}

/// What a finding means for the registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// The caller is told.
    Warn,
    /// The node is not registered.
    Deny,
}

/// One thing to be said about an enrollment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it means.
    pub effect: Effect,
    /// What it says.
    pub message: String,
    /// The value concerned, in the canonical view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The hook that said it; none for the host itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<String>,
    /// Why the value is not there, where that is what it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<Omission>,
}

/// Why a value is not in an enrollment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Omission {
    /// Redfish does not tell it.
    Absent,
    /// The documents that would tell it cannot be had from this service.
    Unreadable,
    /// Redfish tells something that Ironic is better not told: a placeholder, a
    /// BMC's interface, a boot medium of the vendor's.
    Hygiene,
    /// The Ironic at hand does not know the field yet.
    ApiVersion,
    /// Whoever came later took it out.
    Removed,
}

/// One hook that ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookRun {
    /// Its name in the configuration.
    pub name: String,
    /// `sha256:` and the digest of its component.
    pub digest: String,
    /// The fuel it used.
    pub fuel: u64,
    /// Its own running time. Not part of what is compared or digested.
    #[serde(default)]
    pub duration_us: u64,
    /// The most memory that a call of it had, in bytes. Not kept on record.
    #[serde(skip)]
    pub memory: usize,
    /// The phases that it was called in. Not kept on record.
    #[serde(skip)]
    pub phases: Vec<&'static str>,
    /// The pointers that it wrote.
    pub wrote: Vec<String>,
    /// What it read. Records have that with each change.
    #[serde(skip)]
    pub reads: Arc<[Reading]>,
    /// What it would have done; none of one whose doing counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadow: Option<Shadow>,
}

/// An evaluation with what its hooks did, however it ended.
pub struct Observed {
    /// How it ended.
    pub outcome: Result<Evaluation, Rejection>,
    /// The hooks that ran, in their order.
    pub hooks: Vec<HookRun>,
    /// What hooks in shadow mode read, beside what the others did.
    pub beside: Vec<Arc<Snapshot>>,
}

impl Observed {
    /// How every read of `snapshot` ended, and of what hooks in shadow mode read
    /// beside it.
    pub fn recorded(
        snapshot: &Snapshot,
        beside: &[Arc<Snapshot>],
    ) -> BTreeMap<ResourcePath, Recorded> {
        let mut all = snapshot.recorded();
        for (path, read) in beside.iter().flat_map(|beside| beside.recorded()) {
            all.entry(path).or_insert(read);
        }
        all
    }
}

/// An evaluation that came to none, and whose doing that is.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Rejection {
    /// A mapping hook denied, or review hooks did.
    #[error("denied by hook `{hook}`: {}", denials(hook, message, findings))]
    Denied {
        /// The (first) hook.
        hook: String,
        /// In its words.
        message: String,
        /// All that review hooks found.
        findings: Vec<Finding>,
    },
    /// A hook said: not now.
    #[error("hook `{hook}` defers this registration")]
    Deferred {
        /// The hook.
        hook: String,
        /// When to ask again, in seconds.
        after: Option<u32>,
    },
    /// A hook trapped, broke a limit or said `failed`.
    #[error("hook `{hook}` failed: {reason}")]
    HookFailed {
        /// The hook.
        hook: String,
        /// For the caller: which limit, that it trapped; never the hook's own text.
        reason: String,
        /// For the log.
        internal: Option<String>,
    },
    /// The machine had no memory or no place to run a hook.
    #[error("hook `{hook}` could not be run on this machine: {reason}")]
    Machine {
        /// The hook.
        hook: String,
        /// What it lacks.
        reason: String,
    },
    /// A hook returned what the contract, its grants or another hook forbid.
    #[error("hook `{hook}`: {message}")]
    BadOutput {
        /// The hook.
        hook: String,
        /// What is wrong.
        message: String,
        /// Where.
        pointer: Option<String>,
    },
    /// The request's body or the configured defaults are at fault.
    #[error("{message}")]
    BadRequest {
        /// What is wrong.
        message: String,
        /// Where.
        pointer: Option<String>,
    },
    /// The request's body sets what this caller may not set.
    #[error("`{pointer}` is protected: only administrators may set it")]
    Forbidden {
        /// What.
        pointer: &'static str,
    },
    /// The result breaks rules of Ironic's. Each with the author of the value.
    #[error("{}", list(.0))]
    Invalid(Vec<(Violation, crate::enrollment::Author)>),
    /// A document that the evaluation cannot do without could not be read.
    #[error("{error}{}", read_by(hook.as_deref()))]
    Redfish {
        /// The hook that read it; none if Valence itself did.
        hook: Option<String>,
        /// Why not.
        error: ReadError,
    },
    /// Evaluating from records: somebody reads what was not recorded.
    #[error("undecidable: {0}")]
    Undecidable(ReadError),
}

impl Rejection {
    /// The same, with more that was found.
    pub(super) fn and(mut self, more: &[Finding]) -> Self {
        if let Self::Denied { findings, .. } = &mut self {
            findings.extend_from_slice(more);
        }
        self
    }
}

/// To follow the words for a read that failed.
pub(crate) fn read_by(hook: Option<&str>) -> String {
    hook.map_or_else(String::new, |hook| format!(" (read by hook `{hook}`)"))
}

/// Every reason to deny, so that a caller can mend all of them at once.
fn denials(first: &str, message: &str, findings: &[Finding]) -> String {
    let reasons: Vec<_> = findings
        .iter()
        .filter(|finding| finding.effect == Effect::Deny)
        .map(|finding| {
            let by = match &finding.hook {
                Some(hook) if hook != first => format!("hook `{hook}`: "),
                _ => String::new(),
            };
            match &finding.pointer {
                Some(pointer) => format!("{by}`{pointer}`: {}", finding.message),
                None => format!("{by}{}", finding.message),
            }
        })
        .collect();
    if reasons.is_empty() {
        return message.to_owned();
    }
    reasons.join("; ")
}

fn list(violations: &[(Violation, crate::enrollment::Author)]) -> String {
    let sentences: Vec<_> = violations
        .iter()
        .map(|(violation, author)| {
            format!(
                "`{}` (set by {}): {}",
                crate::text::tame(&violation.pointer, 300),
                whose(author),
                violation.message
            )
        })
        .collect();
    sentences.join("; ")
}

/// `author` in words.
pub(crate) fn whose(author: &crate::enrollment::Author) -> String {
    use crate::enrollment::Author;
    match author {
        Author::Seed => "the built-in mapping".into(),
        Author::Defaults => "`[register.defaults]`".into(),
        Author::Request => "the request".into(),
        Author::Hook(name) => format!("hook `{name}`"),
        Author::ApiVersion => "ironic's api version".into(),
    }
}

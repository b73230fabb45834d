//! What is said of an attempt to load the hooks again.

use std::error::Error;

use jiff::Timestamp;
use serde::Serialize;

use super::load::LoadError;
use super::spec::HookSpec;
use crate::failure::{Cause, Failure};
use crate::text::tame;

/// What the configuration says of its hooks.
#[derive(Default)]
pub struct Described {
    /// The hooks, in their order.
    pub specs: Vec<HookSpec>,
    /// Whether a change of a file is to be followed.
    pub follow: bool,
    /// The keys outside of the hooks' part that are no longer what the server was
    /// started with.
    pub needs_restart: Vec<String>,
}

/// What made the hooks be loaded again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    /// A caller of the API.
    Request,
    /// SIGHUP.
    Signal,
    /// A file that changed.
    File,
}

impl Trigger {
    /// Its name in replies and in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Signal => "signal",
            Self::File => "file",
        }
    }
}

/// What an attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Another chain serves now.
    Swapped,
    /// There was nothing new.
    Unchanged,
    /// What there is cannot serve; the chain before does.
    Refused,
}

/// The last attempt.
#[derive(Clone, Debug)]
pub struct LastReload {
    /// When it ended.
    pub at: Timestamp,
    /// What made it.
    pub trigger: Trigger,
    /// What it came to.
    pub outcome: Outcome,
    /// Why it was refused.
    pub error: Option<ReloadError>,
}

/// Why an attempt was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReloadError {
    /// Whose fault.
    pub cause: Cause,
    /// What, where, and what to do.
    pub detail: String,
    /// The hook concerned.
    pub hook: Option<String>,
    /// The key concerned.
    pub field: Option<String>,
    /// Whether the same files may load at another time: it was the machine that
    /// failed.
    pub may_pass: bool,
}

/// An attempt that was not refused.
#[derive(Clone, Debug, Serialize)]
pub struct Reloaded {
    /// What it came to.
    pub outcome: Outcome,
    /// The digest of the chain that serves now.
    pub chain: String,
    /// The digest of the chain that served before.
    pub previous: String,
    /// The hooks of the chain that serves now, in their order.
    pub hooks: Vec<ReloadedHook>,
    /// The names of those that are gone.
    pub removed: Vec<String>,
    /// The keys outside of the hooks' part that are no longer what the server was
    /// started with: they have no effect before it is started again.
    pub needs_restart: Vec<String>,
}

/// One hook after an attempt.
#[derive(Clone, Debug, Serialize)]
pub struct ReloadedHook {
    /// Its name.
    pub name: String,
    /// `sha256:` and the digest of its component.
    pub digest: String,
    /// `unchanged`, `changed` or `added`.
    pub state: &'static str,
}

impl ReloadError {
    /// The failure that the caller is told of.
    pub fn into_failure(self) -> Failure {
        Failure {
            hook: self.hook,
            field: self.field,
            ..Failure::new(self.cause, self.detail)
        }
    }
}

impl From<Failure> for ReloadError {
    /// Whoever reloads runs the server: what lies below is told too, unless
    /// something failed that is Valence's own.
    fn from(failure: Failure) -> Self {
        let detail = match failure.cause {
            Cause::Internal => failure.detail.clone(),
            _ => told(&failure),
        };
        Self {
            cause: failure.cause,
            detail: tame(&detail, 2000),
            hook: failure.hook,
            field: failure.field,
            may_pass: false,
        }
    }
}

impl From<LoadError> for ReloadError {
    fn from(error: LoadError) -> Self {
        let hook = error.hook().map(str::to_owned);
        let may_pass = error.may_pass();
        let mut failure = match error {
            LoadError::Engine(error) => Failure::internal(error),
            error if may_pass => Failure::new(Cause::Internal, error.to_string()).because(error),
            error => Failure::new(Cause::BadConfiguration, error.to_string()).because(error),
        };
        failure.hook = hook;
        Self {
            may_pass,
            ..failure.into()
        }
    }
}

impl LoadError {
    /// Whether it is this machine's, which may have at another time what it lacks now,
    /// and nobody's who could mend a file.
    pub(super) fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Compiler { .. } | Self::Machine { .. } | Self::Engine(_)
        )
    }

    /// The hook concerned.
    pub fn hook(&self) -> Option<&str> {
        match self {
            Self::Name { hook, .. }
            | Self::File { hook, .. }
            | Self::Limit { hook, .. }
            | Self::Compiler { hook, .. }
            | Self::Pin { hook, .. }
            | Self::NoComponent { hook, .. }
            | Self::Machine { hook, .. }
            | Self::Incompatible { hook, .. }
            | Self::Start { hook, .. }
            | Self::Schema { hook, .. }
            | Self::Settings { hook, .. }
            | Self::Overrides { hook, .. } => Some(hook),
            Self::Engine(_) => None,
        }
    }
}

/// A failure and what it comes from. A room's error that became a failure says
/// the same once more.
fn told(failure: &Failure) -> String {
    let mut sentence = failure.detail.clone();
    let mut inner = failure.source();
    while let Some(error) = inner {
        let text = error.to_string();
        if !sentence.ends_with(&text) {
            sentence.push_str(": ");
            sentence.push_str(&text);
        }
        inner = error.source();
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_reloads_is_told_the_hook_and_what_lies_below() {
        let error = ReloadError::from(LoadError::File {
            hook: "site".into(),
            path: "/etc/site.wasm".into(),
            source: std::io::Error::other("no such thing"),
        });
        assert_eq!(error.hook.as_deref(), Some("site"));
        assert_eq!(
            error.detail,
            "hook `site`: `/etc/site.wasm` cannot be read: no such thing"
        );
        let failure = error.into_failure();
        assert_eq!(failure.cause, Cause::BadConfiguration);
        assert_eq!(failure.hook.as_deref(), Some("site"));
    }

    #[test]
    fn what_the_machine_lacks_is_nobodys_configuration() {
        let lacking = ReloadError::from(LoadError::Machine {
            hook: "site".into(),
            path: "/etc/site.wasm".into(),
            reason: "no memory".into(),
        });
        assert!(lacking.may_pass);
        assert_eq!(lacking.cause, Cause::Internal);
        assert!(lacking.detail.contains("no memory"), "{}", lacking.detail);
        let wrong = ReloadError::from(LoadError::Schema {
            hook: "site".into(),
            reason: "none".into(),
        });
        assert!(!wrong.may_pass);
    }

    #[test]
    fn what_is_valences_own_is_for_the_log() {
        let error = ReloadError::from(Failure::internal("the inside of it"));
        assert!(!error.detail.contains("inside"), "{}", error.detail);
    }
}

//! What a hook can take part in.

use crate::{Enrollment, Registration, Result};

/// A hook that shapes what Ironic is given.
pub trait Map {
    /// Changes `enrollment`, which holds what Valence and the hooks before this
    /// one made of the node. What is left as it is stays as it is.
    fn map(registration: &Registration, enrollment: &mut Enrollment) -> Result;
}

/// A hook that judges what Ironic is going to be given, after the last hook that
/// maps. It cannot change it.
pub trait Review {
    /// Adds what is wrong with `enrollment` to `findings`: all of it at once, so
    /// that who repairs it need not try again and again. An
    /// [`Error::Denied`](crate::Error::Denied) counts as one more finding.
    fn review(
        registration: &Registration,
        enrollment: &Enrollment,
        findings: &mut Findings,
    ) -> Result;
}

/// What a review has to say: nothing, at best.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings(Vec<Finding>);

/// One thing that a review has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it means for the registration.
    pub effect: Effect,
    /// What is wrong, for the caller of the register API.
    pub message: String,
    /// The value concerned, as for [`because`](crate::because).
    pub pointer: Option<String>,
}

/// What a finding means for the registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Register the node, and tell the caller.
    Warn,
    /// Do not register the node.
    Deny,
}

impl Findings {
    /// Has the caller told that the value at `pointer` is doubtful.
    pub fn warn(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.add(Effect::Warn, Some(pointer.into()), message);
    }

    /// Keeps the node from being registered because of the value at `pointer`.
    pub fn deny(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.add(Effect::Deny, Some(pointer.into()), message);
    }

    /// Adds a finding; without a pointer where no single value is concerned.
    pub fn add(&mut self, effect: Effect, pointer: Option<String>, message: impl Into<String>) {
        let message = message.into();
        self.0.push(Finding {
            effect,
            message,
            pointer,
        });
    }

    /// All that was said so far.
    pub fn all(&self) -> &[Finding] {
        &self.0
    }

    pub(crate) fn into_vec(self) -> Vec<Finding> {
        self.0
    }
}

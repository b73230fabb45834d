//! What review hooks warn of now, against what they warned of then.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::evaluate::{Effect, Finding};

/// A warning of a review hook.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Warning {
    /// The hook that warns.
    pub hook: String,
    /// The value concerned, in the canonical view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// In words.
    pub message: String,
}

/// How the warnings of a decision that came to an enrollment, and does so now, differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WarningChanges {
    /// Those that there were not.
    pub new: Vec<Warning>,
    /// Those that there are no longer.
    pub gone: Vec<Warning>,
}

impl Warning {
    /// The warnings among `findings`. What Valence itself says is none: it goes with
    /// a value that differs, or with the version of Valence.
    pub(in crate::registration) fn among(findings: &[Finding]) -> Vec<Self> {
        let warn = findings.iter().filter(|one| one.effect == Effect::Warn);
        let by_hooks = warn.filter_map(|one| {
            Some(Self {
                hook: one.hook.clone()?,
                pointer: one.pointer.clone(),
                message: one.message.clone(),
            })
        });
        by_hooks.collect()
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.pointer {
            Some(pointer) => write!(formatter, "`{pointer}`: {}", self.message),
            None => formatter.write_str(&self.message),
        }
    }
}

impl WarningChanges {
    /// What differs between the warnings `then` and `now`, whatever their order.
    pub(super) fn between(then: &[Warning], now: &[Warning]) -> Self {
        let [then, now] = [then, now].map(|some| some.iter().collect::<BTreeSet<_>>());
        let without = |some: &BTreeSet<&Warning>, others: &BTreeSet<&Warning>| {
            some.difference(others).copied().cloned().collect()
        };
        Self {
            new: without(&now, &then),
            gone: without(&then, &now),
        }
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.gone.is_empty()
    }
}

//! Leaving out what the Ironic at hand does not know yet, and saying so.

use super::chain::Progress;
use super::ledger::Reasons;
use super::outcome::{Effect, Finding, Omission};
use crate::enrollment::Author;
use crate::rules::{self, Microversion};

impl Progress {
    /// Takes out the values in fields that came after `api`, each with a warning.
    pub(super) fn leave_out_newer(&mut self, api: Microversion) {
        if rules::newer(self.enrollment(), api).is_empty() {
            return;
        }
        let mut enrollment = self.enrollment().clone();
        let left_out = rules::leave_out_newer(&mut enrollment, api);
        if left_out.is_empty() {
            return;
        }
        for violation in &left_out {
            self.find(Finding {
                effect: Effect::Warn,
                message: format!("left out: {}", violation.message),
                pointer: Some(violation.pointer.clone()),
                hook: None,
                left_out: Some(Omission::ApiVersion),
            });
        }
        let reasons = Reasons {
            because: left_out
                .into_iter()
                .map(|violation| (violation.pointer, violation.message))
                .collect(),
            ..Reasons::default()
        };
        self.set_because(enrollment, Author::ApiVersion, &reasons);
    }
}

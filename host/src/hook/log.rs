//! The interface `log`: lines of a hook in Valence's own log.

use super::bindings::valence::hooks::log::{Host, Level};
use super::budget::{Budget, Logging};
use super::state::State;
use crate::text::tame;

const LONGEST_LINE: usize = 2000;

impl Host for State {
    fn write(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        self.enter(message.len())?;
        let hook = &*self.hook;
        let node = self.session.as_ref().map(|session| {
            let subject = session.subject();
            subject.node_name.as_str()
        });
        let node = node.unwrap_or_default();
        let line = tame(&message, LONGEST_LINE);
        // What is escaped is longer than what came, and what is cut off costs all the same.
        let length = line.len().max(message.len());
        if !may_write(&mut self.budget, hook, node, length) {
            return Ok(());
        }
        match level {
            Level::Trace => tracing::trace!(hook, node, "{line}"),
            Level::Debug => tracing::debug!(hook, node, "{line}"),
            Level::Info => tracing::info!(hook, node, "{line}"),
            Level::Warn => tracing::warn!(hook, node, "{line}"),
            Level::Error => tracing::error!(hook, node, "{line}"),
        }
        Ok(())
    }
}

/// Whether a line of so many bytes may be written. The first that may not is told.
pub(super) fn may_write(budget: &mut Budget, hook: &str, node: &str, bytes: usize) -> bool {
    match budget.log_line(bytes) {
        Logging::Write => true,
        Logging::Cut(breach) => {
            tracing::warn!(hook, node, "{breach}; the rest of its log is dropped");
            false
        }
        Logging::Drop => false,
    }
}

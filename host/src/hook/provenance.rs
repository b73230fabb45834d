//! The interface `provenance`: why a value is what it is.

use super::bindings::valence::hooks::provenance::Host;
use super::log;
use super::state::State;
use crate::enrollment::{LONGEST_POINTER, with_lower_mac};
use crate::text::tame;

/// So much is logged of a pointer that is too long.
const LONGEST_SHOWN: usize = 200;
/// Enough for two sentences.
const LONGEST_REASON: usize = 500;
impl Host for State {
    fn because(&mut self, pointer: String, reason: String) -> wasmtime::Result<()> {
        self.enter(pointer.len() + reason.len())?;
        if pointer.len() <= LONGEST_POINTER {
            let pointer = with_lower_mac(pointer);
            self.because.insert(pointer, tame(&reason, LONGEST_REASON));
        } else if log::may_write(&mut self.budget, &self.hook, "", LONGEST_SHOWN) {
            // No value that a hook may set has such a pointer.
            tracing::warn!(
                hook = &*self.hook,
                pointer = tame(&pointer, LONGEST_SHOWN),
                "a reason is dropped: its pointer is longer than {LONGEST_POINTER} bytes"
            );
        }
        Ok(())
    }
}

//! The interface `provenance`: why a value is what it is.

use super::bindings::valence::hooks::provenance::Host;
use super::state::State;
use crate::text::tame;

/// Enough for two sentences.
const LONGEST_REASON: usize = 500;
/// No value that a hook may set has a longer pointer.
const LONGEST_POINTER: usize = 1024;

impl Host for State {
    fn because(&mut self, pointer: String, reason: String) -> wasmtime::Result<()> {
        self.enter(pointer.len() + reason.len())?;
        if pointer.len() <= LONGEST_POINTER {
            self.because.insert(pointer, tame(&reason, LONGEST_REASON));
        }
        Ok(())
    }
}

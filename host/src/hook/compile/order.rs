//! What a parent asks of the process that compiles for it.

use std::ffi::OsString;

use super::super::spec::Limits;

/// The hidden command that compiles.
pub(super) const COMMAND: &str = "compile-hook";

/// How a compiler ends that ran out of memory and could still say so.
pub(super) const OUT_OF_MEMORY: u8 = 3;
/// How a compiler ends that takes the component for unfit and says why.
pub(super) const UNFIT: u8 = 4;

/// What a parent asks of the process that compiles for it; the component comes on
/// standard input, and the code goes out on standard output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileOrder {
    /// Bytes of the component. Standard input stays open after them: its end is
    /// the end of the parent.
    pub size: usize,
    /// The digest of the engine's settings, which must be the same here and there.
    pub settings: String,
    /// Bytes of address space.
    pub memory: usize,
    /// Seconds of processor time.
    pub seconds: u64,
}

impl CompileOrder {
    pub(super) fn new(settings: &str, size: usize, limits: &Limits) -> Self {
        Self {
            size,
            settings: settings.to_owned(),
            memory: limits.compile_memory,
            seconds: Self::seconds(limits),
        }
    }

    /// Seconds of processor time for compiling.
    pub(super) fn seconds(limits: &Limits) -> u64 {
        // A limit of processes has no parts of a second, and is to end nobody sooner
        // than the clock does.
        let seconds = limits.compile_deadline.as_secs();
        seconds.saturating_add(u64::from(limits.compile_deadline.subsec_nanos() > 0))
    }

    pub(super) fn arguments(&self) -> [OsString; 9] {
        [
            COMMAND.into(),
            "--size".into(),
            self.size.to_string().into(),
            "--settings".into(),
            self.settings.clone().into(),
            "--memory".into(),
            self.memory.to_string().into(),
            "--seconds".into(),
            self.seconds.to_string().into(),
        ]
    }
}

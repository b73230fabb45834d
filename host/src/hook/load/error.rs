//! Why a hook is not loaded.

use super::super::breach::Breach;
use super::super::call::CallError;
use super::super::engine::EngineError;
use super::super::spec::HookSpec;

/// Why a hook could not be loaded. `hook` is its name in the configuration.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A name that stands for something else in reports, or that is taken.
    #[error("hook `{hook}`: {reason}")]
    Name {
        /// Which.
        hook: String,
        /// What is wrong with its name.
        reason: String,
    },
    /// Its file cannot be read.
    #[error("hook `{hook}`: `{path}` cannot be read")]
    File {
        /// Which.
        hook: String,
        /// Its file.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Its component is over a limit, or compiling it is.
    #[error("hook `{hook}`: {breach}")]
    Limit {
        /// Which.
        hook: String,
        /// The limit.
        breach: Breach,
    },
    /// Its file is not the one that the configuration pins.
    #[error(
        "hook `{hook}`: `{path}` has the sha256 `{found}`, and the configuration pins `{pinned}`"
    )]
    Pin {
        /// Which.
        hook: String,
        /// Its file.
        path: String,
        /// What the configuration says.
        pinned: String,
        /// What it has.
        found: String,
    },
    /// Its file is no component.
    #[error("hook `{hook}`: `{path}` is no component: {reason}")]
    NoComponent {
        /// Which.
        hook: String,
        /// Its file.
        path: String,
        /// What it is instead, and what to do.
        reason: String,
    },
    /// It could not be compiled, for no fault that is known of its own.
    #[error("hook `{hook}`: the compiler of `{path}` broke down: {reason}")]
    Compiler {
        /// Which.
        hook: String,
        /// Its file.
        path: String,
        /// What happened to the compiler.
        reason: String,
    },
    /// It is a component, and this machine could not make anything of it: no
    /// memory, no thread.
    #[error("hook `{hook}`: `{path}` could not be loaded on this machine: {reason}")]
    Machine {
        /// Which.
        hook: String,
        /// Its file.
        path: String,
        /// What happened.
        reason: String,
    },
    /// It does not fit the contract.
    #[error("hook `{hook}` does not fit: {}", .problems.join("; "))]
    Incompatible {
        /// Which.
        hook: String,
        /// What does not fit, a sentence each.
        problems: Vec<String>,
    },
    /// It could not be started, or could not introduce itself.
    #[error("hook `{hook}` cannot be started: {error}")]
    Start {
        /// Which.
        hook: String,
        /// What happened.
        error: CallError,
    },
    /// The schema that it brings along is none.
    #[error("hook `{hook}`: the json schema of its settings is none: {reason}")]
    Schema {
        /// Which.
        hook: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Its settings are wrong.
    #[error("hook `{hook}`: {}", .problems.join("; "))]
    Settings {
        /// Which.
        hook: String,
        /// What is wrong with them, a sentence each, with the key.
        problems: Vec<String>,
    },
    /// `overrides` names a hook that does not run before it.
    #[error("hook `{hook}`: `overrides` names `{other}`, and no hook of this name runs before it")]
    Overrides {
        /// Which.
        hook: String,
        /// The name.
        other: String,
    },
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl LoadError {
    /// Why the hook that `spec` describes could not be started. What the machine
    /// lacks is no fault of the hook's.
    pub(in super::super) fn start(spec: &HookSpec, error: CallError) -> Self {
        let hook = spec.name.clone();
        match error {
            CallError::Machine(reason) => Self::Machine {
                hook,
                path: spec.path.display().to_string(),
                reason,
            },
            error => Self::Start { hook, error },
        }
    }
}

//! Placeholder until the engine is merged.

use std::sync::Arc;

/// Hooks in their order.
pub struct Chain;

/// A loaded hook.
pub struct Hook {
    /// What the configuration says.
    pub spec: super::HookSpec,
    /// `sha256:…`
    pub digest: String,
    /// `mapping`, `review`, `configuration`, `about`.
    pub phases: Vec<String>,
}

impl Chain {
    /// No hooks.
    pub fn empty() -> Self {
        Self
    }

    /// In their order.
    pub fn hooks(&self) -> &[Arc<Hook>] {
        &[]
    }

    /// Of all of them.
    pub fn digest(&self) -> &str {
        ""
    }
}

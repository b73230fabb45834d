//! A component's file, and whether it is the one that is meant.

use super::load::{Artefact, Hook, LoadError, read};
use super::spec::HookSpec;
use crate::enrollment::Author;

impl Artefact {
    /// `sha256:` and the digest of the bytes.
    pub(super) fn digest(&self) -> String {
        format!("sha256:{}", self.sha256)
    }
}

impl Hook {
    /// The component of the hook that `spec` describes, if it may have this name
    /// and is the one that is pinned.
    pub(super) async fn artefact(spec: &HookSpec) -> Result<Artefact, LoadError> {
        let name = &spec.name;
        if Author::RESERVED.contains(&name.as_str()) {
            return Err(LoadError::Name {
                reason: "this name stands for another author of values; give it another".into(),
                hook: name.clone(),
            });
        }
        let artefact = read(name, &spec.path, spec.limits).await?;
        if let Some(pinned) = &spec.sha256
            && !pinned.eq_ignore_ascii_case(&artefact.sha256)
        {
            return Err(LoadError::Pin {
                hook: name.clone(),
                path: spec.path.display().to_string(),
                pinned: pinned.clone(),
                found: artefact.sha256,
            });
        }
        Ok(artefact)
    }
}

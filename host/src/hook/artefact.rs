//! A component's file, and whether it is the one that is meant.

use std::fs::OpenOptions;
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;
use sha2::{Digest as _, Sha256};

use super::breach::Breach;
use super::load::{Artefact, Hook, LoadError, blocking};
use super::spec::{HookSpec, Limits};
use crate::enrollment::Author;
use crate::text::hexadecimal;

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

/// Reads the component at `path`, and no more of it than its limit allows.
pub(super) async fn read(hook: &str, path: &Path, limits: Limits) -> Result<Artefact, LoadError> {
    let file = path.to_owned();
    let most = (limits.component as u64).saturating_add(1);
    let read = blocking(move || {
        let bytes = regular_file(&file, most)?;
        let sha256 = hexadecimal(&Sha256::digest(&bytes));
        Ok(Artefact { bytes, sha256 })
    })
    .await;
    let artefact = read.map_err(|source| LoadError::File {
        hook: hook.into(),
        path: path.display().to_string(),
        source,
    })?;
    if artefact.bytes.len() > limits.component {
        return Err(LoadError::Limit {
            hook: hook.into(),
            breach: Breach::component(&limits),
        });
    }
    Ok(artefact)
}

/// The first bytes of the file at `path`.
fn regular_file(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    // A pipe that nobody writes to must not keep everybody waiting.
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)?;
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

//! Compiled code kept on disk, so that a start does not compile.
//!
//! Compiled code is native code, and wasmtime runs what it is given. So the
//! directory is its owner's alone, an entry is bound by an HMAC to the component
//! and to the settings that it was compiled with, and what does not fit to the
//! last bit is compiled again.

mod directory;
mod entry;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

pub(super) use entry::EntryName;

use self::directory::{Directory, LARGEST};
use self::entry::Key;
use super::compile::Code;
use crate::telemetry;

/// Why a directory is not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum CacheError {
    #[error("it belongs to another user")]
    Owner,
    #[error(
        "others may enter it (mode {0:o}): it must be its owner's alone (`chmod 700`), as native code in it is run"
    )]
    Mode(u32),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("no key can be made for it: {0}")]
    Random(getrandom::Error),
}

/// A directory of compiled code.
pub(super) struct Cache {
    directory: Directory,
    key: Key,
    limits: CacheLimits,
    /// The entries of hooks that are loaded: they are not dropped, so that the next
    /// start finds them.
    in_use: Mutex<HashMap<String, Weak<()>>>,
}

/// Keeps an entry in the directory for as long as it is there: to be held by what is
/// loaded from it.
#[derive(Clone)]
pub(super) struct InUse {
    _held: Arc<()>,
}

/// How much is kept of what is no longer used.
#[derive(Clone, Copy)]
pub(super) struct CacheLimits {
    pub(super) entries: usize,
    pub(super) bytes: u64,
}

impl Default for CacheLimits {
    fn default() -> Self {
        Self {
            entries: 64,
            bytes: 1 << 30,
        }
    }
}

impl Cache {
    /// The cache in the directory at `path`, which is made if it is not there.
    pub(super) fn open(path: &Path, limits: CacheLimits) -> Result<Self, CacheError> {
        let directory = Directory::open(path)?;
        let key = Key::of(&directory)?;
        Ok(Self {
            directory,
            key,
            limits,
            in_use: Mutex::default(),
        })
    }

    /// Has the entry `name` stay, whether it is there already or is only written later.
    pub(super) fn hold(&self, name: &EntryName) -> InUse {
        let mut in_use = self.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        in_use.retain(|_, held| held.strong_count() > 0);
        let held = in_use.entry(name.file()).or_default();
        let again = held.upgrade().unwrap_or_default();
        *held = Arc::downgrade(&again);
        InUse { _held: again }
    }

    /// The code kept as `name`, if it is there and what it was.
    pub(super) fn get(&self, name: &EntryName) -> Option<Code> {
        let file = name.file();
        let bytes = match self.directory.read(&file) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                telemetry::compiled_code_looked_for("missing");
                return None;
            }
            Err(error) => {
                telemetry::compiled_code_looked_for("unreadable");
                tracing::warn!(entry = file, %error, "compiled code in the cache cannot be read: compiling again");
                return None;
            }
        };
        let Some(start) = self.key.verified(name, &bytes) else {
            telemetry::compiled_code_looked_for("altered");
            tracing::warn!(
                entry = file,
                "compiled code in the cache is not as it was written: compiling again"
            );
            return None;
        };
        telemetry::compiled_code_looked_for("found");
        self.directory.touch(&file);
        Some(Code::trusted(bytes, start))
    }

    /// Keeps `code` as `name`, and drops what has not been used for longest where
    /// there is too much.
    pub(super) fn put(&self, name: &EntryName, code: &Code) {
        let file = name.file();
        let head = self.key.head(name, code.bytes());
        let size = head.len().saturating_add(code.bytes().len());
        if size as u64 > LARGEST {
            tracing::warn!(
                size,
                "compiled code is too large to be kept: the next start compiles again"
            );
            return;
        }
        if let Err(error) = self.directory.write(&file, &[&head, code.bytes()]) {
            tracing::warn!(%error, "compiled code cannot be kept: the next start compiles again");
            return;
        }
        if let Err(error) = self.drop_surplus(&file) {
            tracing::warn!(%error, "compiled code that is no longer used cannot be dropped");
        }
    }

    fn drop_surplus(&self, newest: &str) -> std::io::Result<()> {
        let mut files = self.directory.files()?;
        files.retain(|file| EntryName::is_one(&file.name));
        files.sort_by_key(|file| std::cmp::Reverse(file.used));
        let in_use = self.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        let stays = |name: &str| {
            let held = in_use.get(name).is_some_and(|held| held.strong_count() > 0);
            held || name == newest
        };
        let (mut entries, mut bytes) = (0, 0_u64);
        for file in files {
            entries += 1;
            bytes = bytes.saturating_add(file.size);
            let surplus = entries > self.limits.entries || bytes > self.limits.bytes;
            if surplus && !stays(&file.name) {
                self.directory.remove(&file.name)?;
                entries -= 1;
                bytes = bytes.saturating_sub(file.size);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

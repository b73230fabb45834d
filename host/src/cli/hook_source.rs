//! Where a running server reads its hooks: the configuration it was started with,
//! as that is now.

use std::path::PathBuf;

use crate::config::Started;
use crate::failure::Failure;
use crate::hook::{Described, HookSource};

/// The configuration that the server was started with.
pub(super) struct ConfiguredHooks(pub(super) Started);

impl HookSource for ConfiguredHooks {
    fn file(&self) -> Option<PathBuf> {
        self.0.file.clone()
    }

    fn stored(&self, name: &str) -> Option<PathBuf> {
        self.0.reread().ok()?.config.common.stored(name)
    }

    fn read(&self) -> Result<Described, Failure> {
        let now = self.0.reread()?;
        Ok(Described {
            needs_restart: self.0.differing(&now),
            follow: now.config.common.reload,
            specs: now.config.hooks,
        })
    }
}

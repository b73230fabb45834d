//! A directory for one run of one server.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::Result;
use tempfile::TempDir;

use crate::place;

/// A directory under `target/testbed/run` that goes when this is dropped. What
/// a killed process left behind goes when the next one starts, so that its
/// logs can be read until then.
pub(crate) struct RunDirectory {
    directory: TempDir,
    // The kernel lets go of it when the process ends, however it does.
    _held: File,
}

impl RunDirectory {
    pub(crate) fn new(prefix: &str) -> Result<Self> {
        let all = place::directory().join("run");
        fs::create_dir_all(&all)?;
        // Sweeping and making exclude each other, or a directory that is not
        // locked yet would be swept.
        let lock = File::create(place::directory().join("run.lock"))?;
        lock.lock()?;
        sweep(&all)?;
        let directory = tempfile::Builder::new()
            .prefix(&format!("{prefix}-"))
            .tempdir_in(&all)?;
        let held = File::create(directory.path().join("held"))?;
        held.lock()?;
        Ok(Self {
            directory,
            _held: held,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Lets it stay, for a server that outlives this process.
    pub(crate) fn keep(self) -> Result<PathBuf> {
        let path = self.directory.keep();
        fs::remove_file(path.join("held"))?;
        Ok(path)
    }
}

fn sweep(all: &Path) -> Result<()> {
    for entry in fs::read_dir(all)? {
        let path = entry?.path();
        let Ok(held) = File::open(path.join("held")) else {
            continue;
        };
        if held.try_lock().is_ok() {
            fs::remove_dir_all(&path)?;
        }
    }
    Ok(())
}

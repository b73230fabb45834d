//! An authority, and what it signs.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::python::Python;
use crate::run_directory::RunDirectory;

const MAKE: &str = include_str!("../python/certificates.py");

/// An authority of its own, a certificate for a server at 127.0.0.1 and one for a
/// client, each with its key.
pub struct Authority {
    directory: RunDirectory,
}

impl Authority {
    /// Makes them.
    ///
    /// # Errors
    /// If the virtual environment cannot be made.
    pub fn make() -> Result<Self> {
        let directory = RunDirectory::new("authority")?;
        Self::make_in(directory.path(), &Python::ready()?)?;
        Ok(Self { directory })
    }

    pub(crate) fn make_in(directory: &Path, python: &Python) -> Result<()> {
        let directory = directory.to_string_lossy();
        python.run(MAKE, &[&directory], "").map(drop)
    }

    /// `authority.pem`, `server.pem`, `server-key.pem`, `client.pem` or
    /// `client-key.pem`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

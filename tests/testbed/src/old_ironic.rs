//! An Ironic of three years ago: Debian 12's 21.4, which knows its API up to 1.82.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::apt::Apt;
use crate::place;
use crate::run_directory::RunDirectory;

/// What Debian calls it, and the Python that its compiled parts are for.
const PACKAGE: &str = "python3-ironic";
const PYTHON: &str = "/usr/bin/python3.11";

/// The version that is wanted, as it stands in the name of a directory.
const RELEASE: &str = "21.4";

/// Debian's packages of it, unpacked.
#[derive(Clone, Debug)]
pub(crate) struct OldIronic {
    root: PathBuf,
}

impl OldIronic {
    /// The unpacked packages, fetched first if they are not there: 30 MB, 20 s, once.
    pub(crate) fn ready() -> Result<Self> {
        let directory = place::directory();
        fs::create_dir_all(&directory)?;
        let lock = File::create(directory.join("old-ironic.lock"))?;
        lock.lock()?;
        let old = Self {
            root: directory.join(format!("ironic-{RELEASE}")),
        };
        if !old.root.exists() {
            unpack(&old.root).context(
                "ironic 21.4 cannot be had: its packages are those of Debian 12 (bookworm)",
            )?;
        }
        Ok(old)
    }

    /// What tells its database template from others'.
    pub(crate) fn version(&self) -> String {
        RELEASE.into()
    }

    /// One of its programs, by the module under `ironic.cmd` that has its `main`.
    pub(crate) fn program(&self, module: &str) -> Command {
        let usr = self.root.join("usr");
        let libraries = format!("lib/{}-linux-gnu", std::env::consts::ARCH);
        let mut python = Command::new(PYTHON);
        python
            .arg("-c")
            .arg(format!(
                "import sys; from ironic.cmd.{module} import main; sys.exit(main())"
            ))
            .env("PYTHONPATH", usr.join("lib/python3/dist-packages"))
            .env("PYTHONNOUSERSITE", "1")
            .env("LD_LIBRARY_PATH", usr.join(libraries));
        python
    }
}

/// Fetches and unpacks to `root`, which appears only when it is complete.
fn unpack(root: &Path) -> Result<()> {
    let making = RunDirectory::new("unpacking")?;
    let apt = Apt::in_directory(making.path().join("apt"));
    let of_use = |name: &str| name.starts_with("python3-") || name.starts_with("lib");
    let packages = apt.missing_for(PACKAGE, of_use)?;
    let whole = making.path().join("whole");
    fs::create_dir_all(&whole)?;
    apt.unpack(&packages, &whole)?;
    let egg = format!("ironic-{RELEASE}.");
    let found = fs::read_dir(whole.join("usr/lib/python3/dist-packages"))?
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().starts_with(&egg));
    ensure!(found, "the archive's `{PACKAGE}` is of another release");
    fs::rename(&whole, root)?;
    Ok(())
}

//! Missing parts of the machine, put there where that is in our power.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, bail, ensure};

/// Makes `python -m venv` work: Debian has it in a package of its own.
pub(crate) fn install_venv_module() -> Result<()> {
    let wanted = "python's venv module is missing: install it, on Debian and Ubuntu with `apt-get install python3-venv`";
    let root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !root || !Path::new("/usr/bin/apt-get").exists() {
        bail!(wanted);
    }
    let apt = |arguments: &[&str]| {
        Command::new("/usr/bin/apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .output()
    };
    apt(&["update", "-q"])?;
    let install = apt(&["install", "-y", "-q", "python3-venv"])?;
    ensure!(
        install.status.success(),
        "{wanted}; trying to do so failed: {}",
        String::from_utf8_lossy(&install.stderr).trim()
    );
    Ok(())
}

//! Debian's packages, without rights: fetched and unpacked into a directory.
//! Nothing is installed, and the system's own state stays as it is.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

/// apt, keeping what it needs in a directory of its own.
pub struct Apt {
    state: PathBuf,
}

impl Apt {
    /// With its own files in `state`, which need not exist yet.
    pub fn in_directory(state: PathBuf) -> Self {
        Self { state }
    }

    /// One of its programs, with `arguments`; gives what it prints.
    ///
    /// # Errors
    /// If it cannot be started or fails: what it says.
    pub fn run<A: AsRef<OsStr>>(
        &self,
        program: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<String> {
        fs::create_dir_all(self.state.join("lists/partial"))?;
        fs::create_dir_all(self.state.join("cache/archives/partial"))?;
        let mut command = Command::new(program);
        command
            .current_dir(&self.state)
            .env("LC_ALL", "C")
            .args(["-o", "APT::Sandbox::User="]);
        // Lists of our own, once `update` has fetched them.
        if self.state.join("updated").exists() {
            for (key, directory) in [("Dir::State::lists", "lists"), ("Dir::Cache", "cache")] {
                let path = self.state.join(directory);
                command.arg("-o").arg(format!("{key}={}/", path.display()));
            }
        }
        output(command.args(arguments))
    }

    /// Fetches the lists of packages.
    ///
    /// # Errors
    /// If no archive answers.
    pub fn update(&self) -> Result<()> {
        fs::create_dir_all(&self.state)?;
        fs::write(self.state.join("updated"), "")?;
        self.run("apt-get", ["update"]).map(drop)
    }

    /// Fetches `packages` and unpacks them to `directory`.
    ///
    /// # Errors
    /// If one cannot be had, or is damaged.
    pub fn unpack(&self, packages: &BTreeSet<String>, directory: &Path) -> Result<()> {
        let download = || {
            let words = packages.iter().map(String::as_str);
            self.run("apt-get", ["download"].into_iter().chain(words))
        };
        if download().is_err() {
            self.update()?;
            download()?;
        }
        for entry in fs::read_dir(&self.state)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "deb") {
                output(Command::new("dpkg").arg("-x").arg(&path).arg(directory))?;
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// What would have to be installed for `package`, itself included, of those
    /// whose names `wanted` says are of use.
    ///
    /// # Errors
    /// If the archive has no such package, or apt finds no way.
    pub(crate) fn missing_for(
        &self,
        package: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<BTreeSet<String>> {
        let simulate = || {
            let how = ["install", "--simulate", "--no-install-recommends"];
            self.run("apt-get", how.into_iter().chain([package]))
        };
        let told = match simulate() {
            Ok(told) => told,
            Err(_) => {
                self.update()?;
                simulate()?
            }
        };
        Ok(to_install(&told)
            .filter(|name| wanted(name))
            .map(str::to_owned)
            .collect())
    }
}

/// The names in the lines `Inst NAME (VERSION …)` of a simulated installation.
fn to_install(told: &str) -> impl Iterator<Item = &str> {
    told.lines()
        .filter_map(|line| line.strip_prefix("Inst ")?.split_whitespace().next())
}

/// Installs `package` on the machine, where that is in our power.
///
/// # Errors
/// If it is not, or apt cannot.
pub(crate) fn install(package: &str) -> Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !root || !Path::new("/usr/bin/apt-get").exists() {
        bail!("only root can install it, with apt");
    }
    let apt = |arguments: &[&str]| {
        Command::new("/usr/bin/apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .output()
    };
    apt(&["update", "-q"])?;
    let install = apt(&["install", "-y", "-q", package])?;
    ensure!(
        install.status.success(),
        "trying to do so failed: {}",
        String::from_utf8_lossy(&install.stderr).trim()
    );
    Ok(())
}

fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start `{name}`"))?;
    ensure!(
        output.status.success(),
        "`{name}` failed ({}): {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_would_be_installed() {
        let told = "Reading package lists...\nInst libev4 (1:4.33-1 Debian:12.11/oldstable [amd64])\nInst python3-tz [1] (2022.7 x)\nConf libev4 (1)\n";
        assert_eq!(
            to_install(told).collect::<Vec<_>>(),
            ["libev4", "python3-tz"]
        );
    }
}

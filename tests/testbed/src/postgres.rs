//! Real PostgreSQL.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::apt::Apt;
use crate::process::Server;
use crate::run_directory::RunDirectory;
use crate::{http, place};

/// Debian 12's.
const PACKAGE: &str = "postgresql-15";
const PROGRAMS: &str = "usr/lib/postgresql/15/bin";

/// The user and the group that it runs as for root, as whom it refuses to run.
const NOBODY: u32 = 65534;

const START: Duration = Duration::from_secs(60);

/// PostgreSQL on loopback, which lets everybody in; ends when this is dropped.
pub struct Postgres {
    // Before the directory: what runs in it ends first.
    _server: Server,
    _directory: RunDirectory,
    port: u16,
}

impl Postgres {
    /// Starts it with nothing in it, and waits until it answers. Its packages are
    /// fetched first if they are not there: 20 MB, once.
    ///
    /// # Errors
    /// If they cannot be had, or it does not answer; the error holds the end of its
    /// log.
    pub fn start() -> Result<Self> {
        let programs = programs()?;
        let directory = RunDirectory::new("postgres")?;
        let data = directory.path().join("data");
        fs::create_dir(&data)?;
        if is_root()? {
            chown(&data, Some(NOBODY), Some(NOBODY))?;
        }
        let output = unprivileged(&programs.join("initdb"))?
            .args(["--username=postgres", "--auth=trust", "--no-sync"])
            .args(["--encoding=UTF8", "--locale=C", "-D"])
            .arg(&data)
            .stdin(Stdio::null())
            .output()?;
        ensure!(
            output.status.success(),
            "postgresql's `initdb` failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        let port = http::free_port()?;
        let mut command = unprivileged(&programs.join("postgres"))?;
        command.arg("-D").arg(&data).args(["-p", &port.to_string()]);
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=off",
            // Its compiler is a package of its own.
            "jit=off",
        ] {
            command.args(["-c", setting]);
        }
        let mut server = Server::start(&command, &directory.path().join("postgres.log"))?;
        server
            .wait_until(START, || http::accepts(port))
            .context("postgresql did not start")?;
        Ok(Self {
            _server: server,
            _directory: directory,
            port,
        })
    }

    /// The URL of its database `name`; there is one called `postgres`.
    pub fn url(&self, name: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }
}

/// Where its programs are, unpacked first if they are not there.
fn programs() -> Result<PathBuf> {
    let testbed = place::directory();
    fs::create_dir_all(&testbed)?;
    let lock = File::create(testbed.join("postgres.lock"))?;
    lock.lock()?;
    let root = testbed.join(PACKAGE);
    if !root.exists() {
        unpack(&root).with_context(|| {
            format!("postgresql cannot be had: its packages are those of Debian 12 ({PACKAGE})")
        })?;
    }
    Ok(root.join(PROGRAMS))
}

/// Fetches and unpacks to `root`, which appears only when it is complete.
fn unpack(root: &Path) -> Result<()> {
    let making = RunDirectory::new("unpacking")?;
    let apt = Apt::in_directory(making.path().join("apt"));
    // The compiler is 100 MB, and is not used.
    let of_use = |name: &str| name.starts_with("lib") && !name.starts_with("libllvm");
    let mut packages = apt.missing_for(PACKAGE, of_use)?;
    // Also where it is installed, so that all machines run the same.
    packages.insert(PACKAGE.into());
    let whole = making.path().join("whole");
    fs::create_dir_all(&whole)?;
    apt.unpack(&packages, &whole)?;
    fs::rename(&whole, root)?;
    Ok(())
}

/// `program` of an unpacked package, as somebody who is not root. He may still read
/// what root may, or he would not reach a program in root's home.
fn unprivileged(program: &Path) -> Result<Command> {
    let mut command = match is_root()? {
        false => Command::new(program),
        true => {
            let mut setpriv = Command::new("setpriv");
            setpriv
                .args([
                    format!("--reuid={NOBODY}"),
                    format!("--regid={NOBODY}"),
                    "--clear-groups".into(),
                    "--inh-caps=+dac_override".into(),
                    "--ambient-caps=+dac_override".into(),
                    // Also for access(2), by which it looks for its other programs.
                    "--securebits=+no_setuid_fixup".into(),
                ])
                .arg(program);
            setpriv
        }
    };
    let libraries = format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    let root = place::directory().join(PACKAGE);
    command.env("LD_LIBRARY_PATH", root.join(libraries));
    Ok(command)
}

fn is_root() -> Result<bool> {
    Ok(fs::metadata("/proc/self")?.uid() == 0)
}

//! Real Ironic: API, conductor and database in one process.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::cli::Cli;
use crate::ironic_conf::Auth;
use crate::keystone::Keystone;
use crate::old_ironic::OldIronic;
use crate::process::{Detached, Server};
use crate::python::Python;
use crate::run_directory::RunDirectory;
use crate::{clouds, http, ironic_conf, place};

/// How long it may take to start, on a machine that is busy with other things.
const START: Duration = Duration::from_secs(120);

/// Ironic on loopback; ends when this is dropped.
pub struct Ironic {
    // Before the directory: what runs in it ends first.
    _server: Server,
    directory: RunDirectory,
    port: u16,
    cli: Cli,
}

/// What Ironic is to be started with.
#[derive(Clone, Default)]
pub struct IronicBuilder {
    basic: Option<(String, String)>,
    /// Keystone's address, and a token of its administrator's.
    keystone: Option<(String, String)>,
    old: bool,
}

impl Ironic {
    /// Ironic without authentication, unless more is said.
    pub fn builder() -> IronicBuilder {
        IronicBuilder::default()
    }

    /// The root of its API, as in `http://127.0.0.1:6385`.
    pub fn endpoint(&self) -> String {
        endpoint(self.port)
    }

    /// OpenStack's clients, set up for it.
    pub fn cli(&self) -> &Cli {
        &self.cli
    }

    /// A `clouds.yaml` whose cloud `testbed` is this Ironic.
    pub fn clouds_yaml(&self) -> &Path {
        &self.cli.clouds
    }

    /// All that it has logged.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(log(self.directory.path()))?)
    }
}

impl IronicBuilder {
    /// Asks callers for this account.
    #[must_use]
    pub fn http_basic(mut self, username: &str, password: &str) -> Self {
        self.basic = Some((username.into(), password.into()));
        self
    }

    /// Lets those in whom `keystone` knows; `clouds_yaml` is of its user `valence`.
    /// To be found in its catalogue it must be announced there.
    #[must_use]
    pub fn keystone(mut self, keystone: &Keystone) -> Self {
        self.keystone = Some((keystone.url(), keystone.id_of("token").to_owned()));
        self
    }

    /// Debian 12's Ironic 21.4, whose API ends at 1.82, in place of the newest. It
    /// lets everybody in.
    #[must_use]
    pub fn old(mut self) -> Self {
        self.old = true;
        self
    }

    /// Starts it and waits until it answers.
    ///
    /// # Errors
    /// If the virtual environment cannot be made, or Ironic does not answer
    /// within two minutes; the error holds the end of its log.
    pub fn start(self) -> Result<Ironic> {
        let python = Python::ready()?;
        let programs = self.programs(&python)?;
        let (directory, port) = self.prepare(&python, &programs)?;
        let command = programs.ironic(directory.path());
        let mut server = Server::start(&command, &log(directory.path()))?;
        self.wait(&mut server, port)?;
        let clouds = directory.path().join("clouds.yaml");
        Ok(Ironic {
            _server: server,
            directory,
            port,
            cli: Cli::new(python, clouds),
        })
    }

    /// Starts it so that it outlives this process; gives its endpoint too.
    ///
    /// # Errors
    /// As [`IronicBuilder::start`].
    pub fn start_detached(self) -> Result<(Detached, String)> {
        let python = Python::ready()?;
        let programs = self.programs(&python)?;
        let (directory, port) = self.prepare(&python, &programs)?;
        let directory = directory.keep()?;
        let mut server = Server::start_detached(&programs.ironic(&directory), &log(&directory))?;
        let detached = Detached {
            group: server.group(),
            directory,
        };
        if let Err(error) = self.wait(&mut server, port) {
            detached.stop()?;
            return Err(error);
        }
        Ok((detached, endpoint(port)))
    }

    fn programs(&self, python: &Python) -> Result<Programs> {
        Ok(match self.old {
            true => Programs::Old(OldIronic::ready()?),
            false => Programs::Newest(python.clone()),
        })
    }

    fn prepare(&self, python: &Python, programs: &Programs) -> Result<(RunDirectory, u16)> {
        let directory = RunDirectory::new("ironic")?;
        let run = directory.path();
        let port = http::free_port()?;
        for name in ironic_conf::DIRECTORIES {
            fs::create_dir_all(run.join(name))?;
        }
        let password_file = run.join("htpasswd");
        let auth = match (&self.keystone, &self.basic) {
            (Some((url, _)), _) => Auth::Keystone(url),
            (None, Some((username, password))) => {
                write_htpasswd(python, &password_file, username, password)?;
                Auth::HttpBasic(&password_file)
            }
            (None, None) => Auth::None,
        };
        fs::write(run.join("ironic.conf"), ironic_conf::text(run, port, auth))?;
        let cloud = match (&self.keystone, &self.basic) {
            (Some((url, _)), _) => clouds::keystone(url),
            (None, Some((username, password))) => {
                clouds::http_basic(&endpoint(port), username, password)
            }
            (None, None) => clouds::open(&endpoint(port)),
        };
        fs::write(run.join("clouds.yaml"), clouds::text(&cloud))?;
        fs::copy(programs.empty_database()?, run.join("ironic.sqlite"))?;
        Ok((directory, port))
    }

    /// Ready is not when the API answers but when the conductor's drivers are
    /// known, or the first nodes would be refused.
    fn wait(&self, server: &mut Server, port: u16) -> Result<()> {
        let headers = match (&self.keystone, &self.basic) {
            (Some((_, token)), _) => format!("X-Auth-Token: {token}\r\n"),
            (None, Some((username, password))) => http::basic(username, password),
            (None, None) => String::new(),
        };
        server
            .wait_until(START, || {
                http::get(port, "/v1/drivers", &headers)
                    .is_ok_and(|reply| reply.contains("fake-hardware"))
            })
            .context("ironic did not start")
    }
}

/// A line of an htpasswd file, as Ironic and the emulator read them.
pub(crate) fn write_htpasswd(
    python: &Python,
    file: &Path,
    username: &str,
    password: &str,
) -> Result<()> {
    let hash = python.run(
        "import bcrypt, sys; print(bcrypt.hashpw(sys.stdin.read().encode(), bcrypt.gensalt(4)).decode())",
        &[],
        password,
    )?;
    fs::write(file, format!("{username}:{}\n", hash.trim()))?;
    Ok(())
}

fn endpoint(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn log(run: &Path) -> PathBuf {
    run.join("ironic.log")
}

/// Gets everything ready that takes long the first time: the virtual environment
/// and Ironic's empty database.
///
/// # Errors
/// As [`Python::ready`], or if Ironic cannot make its tables.
pub fn prepare() -> Result<()> {
    let newest = Programs::Newest(Python::ready()?);
    newest.empty_database().map(drop)
}

/// Ironic's programs, by where they come from.
enum Programs {
    Newest(Python),
    Old(OldIronic),
}

impl Programs {
    /// All of Ironic in one process, with its files in `run`.
    fn ironic(&self, run: &Path) -> Command {
        let mut command = match self {
            Self::Newest(python) => Command::new(python.program("ironic")),
            Self::Old(old) => old.program("singleprocess"),
        };
        command
            .arg("--config-file")
            .arg(run.join("ironic.conf"))
            .current_dir(run);
        command
    }

    fn dbsync(&self) -> Command {
        match self {
            Self::Newest(python) => Command::new(python.program("ironic-dbsync")),
            Self::Old(old) => old.program("dbsync"),
        }
    }

    fn version(&self) -> Result<String> {
        match self {
            Self::Newest(python) => python.run(
                "import importlib.metadata as m; print(m.version('ironic'))",
                &[],
                "",
            ),
            Self::Old(old) => Ok(old.version()),
        }
    }

    /// A database with Ironic's tables and nothing in them: made once for each
    /// version, since that takes longer than starting.
    fn empty_database(&self) -> Result<PathBuf> {
        let root = place::directory();
        let template = root.join(format!("ironic-{}.sqlite", self.version()?.trim()));
        let lock = File::create(root.join("template.lock"))?;
        lock.lock()?;
        if template.exists() {
            return Ok(template);
        }
        let making = RunDirectory::new("schema")?;
        let conf = making.path().join("ironic.conf");
        fs::write(&conf, ironic_conf::text(making.path(), 1, Auth::None))?;
        let output = self
            .dbsync()
            .arg("--config-file")
            .arg(&conf)
            .arg("create_schema")
            .stdin(Stdio::null())
            .output()?;
        ensure!(
            output.status.success(),
            "ironic's tables could not be made: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        fs::rename(making.path().join("ironic.sqlite"), &template)?;
        Ok(template)
    }
}

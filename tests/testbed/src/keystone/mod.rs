//! Real Keystone, with a site's users and projects in it.

mod conf;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::process::Server;
use crate::python::Python;
use crate::run_directory::RunDirectory;
use crate::{Authority, http, place};

/// How long it may take to start, on a machine that is busy with other things.
const START: Duration = Duration::from_secs(120);

const SITE: &str = include_str!("../../python/keystone_site.py");
const ENDPOINT: &str = include_str!("../../python/keystone_endpoint.py");

/// Keystone on loopback; ends when this is dropped.
///
/// In the domain `site` there are the projects `metal` and `spare` and the users
/// `valence` (admin of `metal`), `manager` and `reader` (with that role there) and
/// `idle` (without a role), each with the password `NAME-pa55word`; in the default domain `admin`,
/// of the system and of the project `admin`.
pub struct Keystone {
    // Before the directory: what runs in it ends first.
    _server: Server,
    directory: RunDirectory,
    port: u16,
    python: Python,
    site: Value,
}

/// The same Keystone once more, whose tokens end soon, by https and for those
/// with a client certificate only.
pub struct StrictKeystone {
    _server: Server,
    directory: RunDirectory,
    port: u16,
}

impl Keystone {
    /// Starts it and waits until it answers.
    ///
    /// # Errors
    /// If the virtual environment cannot be made, or Keystone does not answer
    /// within two minutes; the error holds the end of its log.
    pub fn start() -> Result<Self> {
        let python = Python::ready()?;
        let template = template(&python)?;
        let directory = RunDirectory::new("keystone")?;
        let run = directory.path();
        copy(&template, &run.join("data"))?;
        let port = http::free_port()?;
        let server = serve(&python, run, &run.join("data"), port, None)?;
        let site = python.run(SITE, &[&url("http", port)], "")?;
        let site = serde_json::from_str(&site)?;
        Ok(Self {
            _server: server,
            directory,
            port,
            python,
            site,
        })
    }

    /// Its address, without a version, as in `http://127.0.0.1:5000`.
    pub fn url(&self) -> String {
        url("http", self.port)
    }

    /// The id of valence's application credential, whose secret is
    /// `credential-pa55word`; of the project: `metal`; of the domain: `site`; and
    /// the administrator's token: `token`.
    pub fn id_of(&self, what: &str) -> &str {
        self.site
            .get(what)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// All that it has logged.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(log(self.directory.path()))?)
    }

    /// Puts an Ironic into its catalogue: in region `north`, public and internal.
    /// In region `south` is one that nobody reaches.
    ///
    /// # Errors
    /// If Keystone refuses.
    pub fn announce(&self, ironic: &str) -> Result<()> {
        self.python
            .run(ENDPOINT, &[&self.url(), ironic], "")
            .map(drop)
    }

    /// Starts the same Keystone once more, with tokens that end after `life`.
    ///
    /// # Errors
    /// As [`Keystone::start`].
    pub fn strict(&self, life: Duration) -> Result<StrictKeystone> {
        let directory = RunDirectory::new("keystone-strict")?;
        let run = directory.path();
        Authority::make_in(run, &self.python)?;
        let port = http::free_port()?;
        let data = self.directory.path().join("data");
        let server = serve(&self.python, run, &data, port, Some(life))?;
        Ok(StrictKeystone {
            _server: server,
            directory,
            port,
        })
    }
}

impl StrictKeystone {
    /// Its address.
    pub fn url(&self) -> String {
        url("https", self.port)
    }

    /// `authority.pem`, `client.pem` or `client-key.pem`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// All that it has logged.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(log(self.directory.path()))?)
    }
}

fn url(scheme: &str, port: u16) -> String {
    format!("{scheme}://127.0.0.1:{port}")
}

fn log(run: &Path) -> PathBuf {
    run.join("keystone.log")
}

/// Starts it in `run` on the database and the keys in `data`.
fn serve(
    python: &Python,
    run: &Path,
    data: &Path,
    port: u16,
    strict: Option<Duration>,
) -> Result<Server> {
    fs::write(run.join("keystone.conf"), conf::keystone(data, strict))?;
    fs::write(
        run.join("gunicorn.conf.py"),
        conf::gunicorn(port, strict.is_some()),
    )?;
    let mut command = Command::new(python.program("gunicorn"));
    // Keystone reads the arguments as its own, so there are none.
    command.current_dir(run).envs(conf::environment(run));
    let mut server = Server::start(&command, &log(run))?;
    server
        .wait_until(START, || match strict {
            // It would ask for a certificate.
            Some(_) => http::accepts(port) && ready(run),
            None => http::get(port, "/v3", "").is_ok_and(|reply| reply.contains("stable")),
        })
        .context("keystone did not start")?;
    Ok(server)
}

/// Whether the worker is up; the port alone is bound long before.
fn ready(run: &Path) -> bool {
    fs::read_to_string(log(run)).is_ok_and(|log| log.contains(conf::READY))
}

/// Keystone's tables, keys and first user: made once for each version, since that
/// takes longer than starting.
fn template(python: &Python) -> Result<PathBuf> {
    let version = "import importlib.metadata as m; print(m.version('keystone'))";
    let version = python.run(version, &[], "")?;
    let root = place::directory();
    let template = root.join(format!("keystone-{}", version.trim()));
    let lock = File::create(root.join("keystone.lock"))?;
    lock.lock()?;
    if template.exists() {
        return Ok(template);
    }
    let making = RunDirectory::new("keystone-schema")?;
    let run = making.path();
    let data = run.join("data");
    fs::create_dir_all(&data)?;
    fs::write(run.join("keystone.conf"), conf::keystone(&data, None))?;
    let user = whoami()?;
    let owner = ["--keystone-user", &user, "--keystone-group", &user];
    let admin = ["--bootstrap-password", "admin-pa55word"];
    for (step, arguments) in [
        ("db_sync", &[][..]),
        ("fernet_setup", &owner),
        ("credential_setup", &owner),
        ("bootstrap", &admin),
    ] {
        let output = Command::new(python.program("keystone-manage"))
            .arg("--config-file")
            .arg(run.join("keystone.conf"))
            .arg(step)
            .args(arguments)
            .stdin(Stdio::null())
            .output()?;
        ensure!(
            output.status.success(),
            "`keystone-manage {step}` failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    fs::rename(&data, &template)?;
    Ok(template)
}

fn whoami() -> Result<String> {
    let output = Command::new("id").arg("-un").output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &to)?,
            false => drop(fs::copy(entry.path(), to)?),
        }
    }
    Ok(())
}

//! sushy-tools' Redfish emulator with made-up systems.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::process::{Detached, Server};
use crate::python::Python;
use crate::run_directory::RunDirectory;
use crate::{certificate, http, ironic};

const START: Duration = Duration::from_secs(60);

/// A Redfish service on loopback; ends when this is dropped.
pub struct RedfishEmulator {
    _server: Server,
    directory: RunDirectory,
    url: String,
    tls: bool,
}

/// What the emulator is to be started with.
#[derive(Clone)]
pub struct EmulatorBuilder {
    systems: Vec<System>,
    basic: Option<(String, String)>,
    tls: bool,
}

#[derive(Clone)]
struct System {
    uuid: String,
    name: String,
    nics: Vec<String>,
}

impl System {
    fn new(uuid: &str) -> Self {
        Self {
            uuid: uuid.into(),
            name: format!("machine-{uuid}"),
            nics: Vec::new(),
        }
    }
}

impl RedfishEmulator {
    /// A service with one system of this uuid, which is its `Id` too.
    pub fn with_system(uuid: &str) -> EmulatorBuilder {
        EmulatorBuilder {
            systems: vec![System::new(uuid)],
            basic: None,
            tls: false,
        }
    }

    /// Its address, as in `http://127.0.0.1:8000`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The PEM file by which its certificate can be checked.
    pub fn ca_file(&self) -> Option<PathBuf> {
        self.tls.then(|| certificate::path(self.directory.path()))
    }

    /// All that it has logged.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(log(self.directory.path()))?)
    }
}

impl EmulatorBuilder {
    /// Adds a system; what is said next is said of it.
    #[must_use]
    pub fn and_system(mut self, uuid: &str) -> Self {
        self.systems.push(System::new(uuid));
        self
    }

    /// Names the system.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        if let Some(system) = self.systems.last_mut() {
            system.name = name.into();
        }
        self
    }

    /// Gives the system a network interface with this MAC.
    #[must_use]
    pub fn nic(mut self, mac: &str) -> Self {
        if let Some(system) = self.systems.last_mut() {
            system.nics.push(mac.into());
        }
        self
    }

    /// Asks callers for this account.
    #[must_use]
    pub fn basic_auth(mut self, username: &str, password: &str) -> Self {
        self.basic = Some((username.into(), password.into()));
        self
    }

    /// Speaks https, with a certificate of its own.
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Starts it and waits until it listens.
    ///
    /// # Errors
    /// If the virtual environment cannot be made, or the emulator does not
    /// listen within a minute; the error holds the end of its log.
    pub fn start(self) -> Result<RedfishEmulator> {
        let python = Python::ready()?;
        let directory = RunDirectory::new("redfish")?;
        let port = self.prepare(&python, directory.path())?;
        let mut server =
            Server::start(&command(&python, directory.path()), &log(directory.path()))?;
        wait(&mut server, port)?;
        Ok(RedfishEmulator {
            _server: server,
            url: self.url(port),
            tls: self.tls,
            directory,
        })
    }

    /// Starts it so that it outlives this process; gives its address too.
    ///
    /// # Errors
    /// As [`EmulatorBuilder::start`].
    pub fn start_detached(self) -> Result<(Detached, String)> {
        let python = Python::ready()?;
        let directory = RunDirectory::new("redfish")?.keep()?;
        let port = self.prepare(&python, &directory)?;
        let mut server = Server::start_detached(&command(&python, &directory), &log(&directory))?;
        let detached = Detached {
            group: server.group(),
            directory,
        };
        if let Err(error) = wait(&mut server, port) {
            detached.stop()?;
            return Err(error);
        }
        Ok((detached, self.url(port)))
    }

    fn url(&self, port: u16) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{port}")
    }

    fn prepare(&self, python: &Python, run: &Path) -> Result<u16> {
        let port = http::free_port()?;
        let mut settings = vec![
            ("SUSHY_EMULATOR_FAKE_DRIVER", json!(true)),
            ("SUSHY_EMULATOR_FAKE_SYSTEMS", self.systems()),
            ("SUSHY_EMULATOR_LISTEN_IP", json!("127.0.0.1")),
            ("SUSHY_EMULATOR_LISTEN_PORT", json!(port)),
            ("SUSHY_EMULATOR_STATE_DIR", json!(run)),
        ];
        if let Some((username, password)) = &self.basic {
            let file = run.join("htpasswd");
            ironic::write_htpasswd(python, &file, username, password)?;
            settings.push(("SUSHY_EMULATOR_AUTH_FILE", json!(file)));
        }
        if self.tls {
            let (certificate, key) = certificate::make(python, run)?;
            settings.push(("SUSHY_EMULATOR_SSL_CERT", json!(certificate)));
            settings.push(("SUSHY_EMULATOR_SSL_KEY", json!(key)));
        }
        // The file is Python; strings of JSON are read by its own parser.
        let mut text = String::from("import json\n");
        for (name, value) in settings {
            let quoted = Value::String(value.to_string());
            text.push_str(&format!("{name} = json.loads({quoted})\n"));
        }
        fs::write(run.join("emulator.conf"), text)?;
        Ok(port)
    }

    fn systems(&self) -> Value {
        self.systems
            .iter()
            .map(|system| {
                let nics: Vec<_> = system
                    .nics
                    .iter()
                    .map(|mac| json!({"mac": mac, "ip": "192.0.2.10"}))
                    .collect();
                json!({
                    "uuid": system.uuid,
                    "name": system.name,
                    "power_state": "Off",
                    "external_notifier": false,
                    "nics": nics,
                })
            })
            .collect()
    }
}

fn log(run: &Path) -> PathBuf {
    run.join("emulator.log")
}

fn command(python: &Python, run: &Path) -> Command {
    let mut command = Command::new(python.program("sushy-emulator"));
    command
        .arg("--config")
        .arg(run.join("emulator.conf"))
        .current_dir(run);
    command
}

fn wait(server: &mut Server, port: u16) -> Result<()> {
    server
        .wait_until(START, || http::accepts(port))
        .context("the redfish emulator did not start")
}

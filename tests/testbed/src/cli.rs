//! OpenStack's own command-line clients: what they say of Ironic is the truth
//! that tests hold us to.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::clouds::CLOUD;
use crate::python::Python;

/// The clients, set up for one Ironic.
#[derive(Clone, Debug)]
pub struct Cli {
    python: Python,
    pub(crate) clouds: PathBuf,
    cloud: String,
}

impl Cli {
    pub(crate) fn new(python: Python, clouds: PathBuf) -> Self {
        Self {
            python,
            clouds,
            cloud: CLOUD.into(),
        }
    }

    /// The clients, set up for `cloud` of this `clouds.yaml` and of the
    /// `secure.yaml` beside it.
    #[must_use]
    pub fn with_clouds(&self, clouds: &Path, cloud: &str) -> Self {
        Self {
            python: self.python.clone(),
            clouds: clouds.into(),
            cloud: cloud.into(),
        }
    }

    /// Runs `baremetal ARGUMENTS -f json`, as in `["node", "show", "a"]`.
    /// `Null` if it prints nothing.
    ///
    /// # Errors
    /// If it fails: what it says.
    pub fn baremetal<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Value> {
        self.json("baremetal", arguments)
    }

    /// Runs `openstack ARGUMENTS -f json`, as in `["baremetal", "node", "list"]`.
    ///
    /// # Errors
    /// If it fails: what it says.
    pub fn openstack<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Value> {
        self.json("openstack", arguments)
    }

    /// The command itself, for output that is for people.
    pub fn command(&self, client: &str) -> Command {
        let mut command = Command::new(self.python.program(client));
        command
            .env("OS_CLIENT_CONFIG_FILE", &self.clouds)
            .env(
                "OS_CLIENT_SECURE_FILE",
                self.clouds.with_file_name("secure.yaml"),
            )
            .env("OS_CLOUD", &self.cloud)
            .stdin(Stdio::null());
        command
    }

    fn json<A: AsRef<OsStr>>(
        &self,
        client: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Value> {
        let mut command = self.command(client);
        command.args(arguments);
        // `-f` is an option of the commands that print something.
        let prints = !command.get_args().any(|word| {
            ["delete", "set", "unset", "manage", "provide"]
                .map(OsStr::new)
                .contains(&word)
        });
        if prints {
            command.args(["-f", "json"]);
        }
        let output = command.output()?;
        ensure!(
            output.status.success(),
            "`{client}` failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        if !prints || output.stdout.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("`{client}` does not print JSON"))
    }
}

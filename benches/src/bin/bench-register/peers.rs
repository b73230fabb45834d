//! The clients that Ironic comes with.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use valence_testbed::Ironic;

use crate::raw::Recorded;

const SCRIPT: &str = include_str!("../../../peers/register.py");

/// openstacksdk in a process of its own, connected already.
pub(crate) struct Sdk {
    process: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

impl Sdk {
    pub(crate) fn start(ironic: &Ironic) -> Result<Self> {
        let mut process = ironic
            .cli()
            .command("python")
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let to = process.stdin.take();
        let from = process.stdout.take().context("no standard output")?;
        Ok(Self {
            process,
            to,
            from: BufReader::new(from),
        })
    }

    /// Creates what the requests created, with the look-ups or without.
    ///
    /// # Errors
    /// If openstacksdk cannot.
    pub(crate) fn register(&mut self, recorded: &Recorded, look_ups: bool) -> Result<Duration> {
        let to = self.to.as_mut().context("it has ended")?;
        let asked = json!({"requests": bodies(recorded)?, "look_ups": look_ups});
        writeln!(to, "{asked}")?;
        let mut answer = String::new();
        self.from.read_line(&mut answer)?;
        ensure!(
            !answer.is_empty(),
            "openstacksdk has failed; its reason stands above"
        );
        Ok(Duration::from_secs_f64(answer.trim().parse()?))
    }
}

impl Drop for Sdk {
    fn drop(&mut self) {
        // It ends by itself when nobody can tell it anything any more.
        self.to = None;
        let _ = self.process.wait();
    }
}

fn bodies(recorded: &Recorded) -> Result<Vec<Value>> {
    let request = |asked: &crate::raw::Asked| {
        let body = match asked.body.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&asked.body)?,
        };
        Ok(json!({"method": asked.method.as_str(), "path": asked.path, "body": body}))
    };
    recorded.requests.iter().map(request).collect()
}

/// One `baremetal node create`, without ports, from its start to its end.
///
/// # Errors
/// If it fails.
pub(crate) fn create_by_cli(ironic: &Ironic, number: usize) -> Result<Duration> {
    let name = format!("by-hand-{number}");
    let begun = Instant::now();
    ironic.cli().baremetal([
        "node",
        "create",
        "--driver",
        "redfish",
        "--name",
        &name,
        "--driver-info",
        "redfish_address=https://bmc.invalid",
        "--property",
        "cpus=64",
    ])?;
    Ok(begun.elapsed())
}

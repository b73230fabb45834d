//! `cargo xtask testbed up|down|status`: real Ironic and a Redfish emulator,
//! left running in the background.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use valence_testbed::{Detached, Ironic, Python, RedfishEmulator, directory};

/// The system of the emulator, and what it is reached with.
const SYSTEM: &str = "8a0c1f0e-5a52-4b8b-8a37-0d1f6f3c2f10";
const MACS: [&str; 2] = ["52:54:00:7e:57:01", "52:54:00:7e:57:02"];

/// Starts both, unless they run. `tell` is given a sentence for each step.
///
/// # Errors
/// If one of them does not start; then neither is left running.
pub(crate) fn up(tell: impl Fn(&str)) -> Result<()> {
    if let Some(state) = read()? {
        if servers(&state)?.iter().all(Detached::runs) {
            tell(&describe(&state));
            return Ok(());
        }
        down(&tell)?;
    }
    Python::ready_telling(&tell)?;
    tell("starting ironic");
    let (ironic, endpoint) = Ironic::builder().start_detached()?;
    tell("starting the redfish emulator");
    let mut emulator = RedfishEmulator::with_system(SYSTEM).name("test-node");
    for mac in MACS {
        emulator = emulator.nic(mac);
    }
    let (redfish, url) = match emulator.start_detached() {
        Ok(started) => started,
        Err(error) => {
            ironic.stop()?;
            return Err(error);
        }
    };
    let state = json!({
        "ironic": {"endpoint": endpoint, "group": ironic.group, "directory": ironic.directory},
        "redfish": {"url": url, "system": SYSTEM, "group": redfish.group, "directory": redfish.directory},
    });
    if let Err(error) = fs::write(file(), format!("{state:#}\n")) {
        ironic.stop()?;
        redfish.stop()?;
        return Err(error.into());
    }
    tell(&describe(&state));
    Ok(())
}

/// Ends both and removes what they kept. Nothing running is no error.
///
/// # Errors
/// If one of them cannot be ended.
pub(crate) fn down(tell: impl Fn(&str)) -> Result<()> {
    let Some(state) = read()? else {
        tell("the test bed is down");
        return Ok(());
    };
    for server in servers(&state)? {
        server.stop()?;
    }
    fs::remove_file(file())?;
    tell("the test bed is down");
    Ok(())
}

/// Says what runs and where.
///
/// # Errors
/// If the file that says so cannot be read, or what it names does not run.
pub(crate) fn status(tell: impl Fn(&str)) -> Result<()> {
    let Some(state) = read()? else {
        bail!("the test bed is down: `cargo xtask testbed up` starts it");
    };
    if !servers(&state)?.iter().all(Detached::runs) {
        bail!("a part of the test bed has ended: `cargo xtask testbed up` starts it again");
    }
    tell(&describe(&state));
    Ok(())
}

fn describe(state: &Value) -> String {
    let text = |pointer: &str| {
        state
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    format!(
        "ironic: {}\nredfish: {} (system {})\nclouds.yaml: {}/clouds.yaml (cloud `testbed`)",
        text("/ironic/endpoint"),
        text("/redfish/url"),
        text("/redfish/system"),
        text("/ironic/directory"),
    )
}

fn servers(state: &Value) -> Result<Vec<Detached>> {
    ["ironic", "redfish"]
        .iter()
        .map(|name| {
            let server = state.get(name).context("it names no such server")?;
            Ok(Detached {
                group: server
                    .get("group")
                    .and_then(Value::as_u64)
                    .context("it names no process group")?
                    .try_into()?,
                directory: server
                    .get("directory")
                    .and_then(Value::as_str)
                    .context("it names no directory")?
                    .into(),
            })
        })
        .collect::<Result<_>>()
        .with_context(|| format!("`{}` is not as it was written", file().display()))
}

fn read() -> Result<Option<Value>> {
    match fs::read_to_string(file()) {
        Ok(text) => Ok(Some(serde_json::from_str(&text)?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn file() -> PathBuf {
    directory().join("up.json")
}

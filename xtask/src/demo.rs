//! The main job on real parts: a node of a Redfish emulator, mapped by hooks,
//! registered in real Ironic, and shown as Ironic's own client tells it.

use std::fs;
use std::io::{BufRead as _, stdin};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use valence_testbed::{Ironic, Python, RedfishEmulator};

use crate::{hooks, projects, say, target};

/// The emulated machine.
const SYSTEM: &str = "8a0c1f0e-5a52-4b8b-8a37-0d1f6f3c2f10";
const MACS: [&str; 2] = ["52:54:00:de:30:01", "52:54:00:de:30:02"];
const PASSWORD: &str = "only-for-the-demo";

/// How long Ironic may take to reach the emulator.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Leave everything running afterwards, until Enter or Ctrl-C
    #[arg(long)]
    keep: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let started = Instant::now();
    say("demo: the hooks");
    hooks::build(&[])?;
    say("demo: the binary");
    projects::binary()?;
    Python::ready_telling(|line| say(line))?;
    say("demo: starting real Ironic");
    let ironic = Ironic::builder().start()?;
    say("demo: starting a Redfish emulator");
    let mut bmc = RedfishEmulator::with_system(SYSTEM).name("demo-machine");
    for mac in MACS {
        bmc = bmc.nic(mac);
    }
    let bmc = bmc.basic_auth("admin", PASSWORD).start()?;
    say("demo: starting valence serve");
    let valence = Valence::start(&ironic.endpoint())?;

    valence.run(&[
        "podm",
        "create",
        "demo",
        bmc.url(),
        "--username",
        "admin",
        "--password-file",
        "bmc-password",
    ])?;
    valence.run(&["node", "manage", "demo", SYSTEM, "--name", "test-node"])?;
    valence.run(&["node", "register", "test-node", "--dry-run"])?;
    valence.run(&["node-register", "test-node"])?;

    let baremetal = |words: &[&str]| {
        show(
            ironic.cli().command("baremetal").args(words),
            "baremetal",
            words,
        )
    };
    baremetal(&[
        "node",
        "show",
        NAME,
        "--fields",
        "uuid",
        "name",
        "driver",
        "driver_info",
        "boot_interface",
        "properties",
        "resource_class",
        "traits",
        "provision_state",
        "extra",
    ])?;
    baremetal(&[
        "port",
        "list",
        "--node",
        NAME,
        "--fields",
        "address",
        "pxe_enabled",
        "physical_network",
    ])?;
    baremetal(&["node", "manage", NAME])?;
    wait_until_manageable(&ironic)?;
    baremetal(&[
        "node",
        "show",
        NAME,
        "--fields",
        "name",
        "provision_state",
        "power_state",
    ])?;
    say(format!("\ndemo: done in {} s", started.elapsed().as_secs()));
    if arguments.keep {
        say(format!(
            "\neverything is still running; look around in another terminal:\n\
             \x20 export VALENCE_URL={} OS_CLIENT_CONFIG_FILE={} OS_CLOUD=testbed PATH={}:{}:$PATH\n\
             \x20 valence node show test-node\n\
             \x20 baremetal node list\n\
             press Enter to end it",
            valence.url,
            ironic.clouds_yaml().display(),
            target().join("debug").display(),
            baremetal_directory(&ironic).display(),
        ));
        stdin().lock().read_line(&mut String::new())?;
    }
    Ok(())
}

/// What the hook `site-naming` calls the machine: the emulator puts every one of
/// its machines into unit 12 of the rack WEB43.
const NAME: &str = "web43-u12";

/// `valence serve` for the demo; it ends with this value.
struct Valence {
    server: Child,
    url: String,
    directory: PathBuf,
}

impl Valence {
    fn start(ironic: &str) -> Result<Self> {
        let directory = target().join("demo");
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(&directory)?;
        fs::write(directory.join("bmc-password"), format!("{PASSWORD}\n"))?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        fs::write(directory.join("valence.toml"), configuration(port, ironic))?;
        let log = fs::File::create(directory.join("valence.log"))?;
        let mut server = Command::new(binary())
            .args(["serve", "--config", "valence.toml"])
            .current_dir(&directory)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("cannot start `valence`")?;
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if server.try_wait()?.is_some() || started.elapsed() > Duration::from_secs(60) {
                let log = fs::read_to_string(directory.join("valence.log"))?;
                bail!("valence serve does not listen: {log}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(Self {
            server,
            url: format!("http://127.0.0.1:{port}"),
            directory,
        })
    }

    fn run(&self, words: &[&str]) -> Result<()> {
        let mut command = Command::new(binary());
        command
            .args(words)
            .current_dir(&self.directory)
            .env("VALENCE_URL", &self.url);
        show(&mut command, "valence", words)
    }
}

impl Drop for Valence {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn binary() -> PathBuf {
    target().join("debug/valence")
}

fn baremetal_directory(ironic: &Ironic) -> PathBuf {
    let program = PathBuf::from(ironic.cli().command("baremetal").get_program());
    program.parent().unwrap_or(Path::new(".")).to_owned()
}

/// Says what is run, and runs it.
fn show(command: &mut Command, program: &str, words: &[&str]) -> Result<()> {
    say(format!("\n$ {program} {}", words.join(" ")));
    let status = command
        .status()
        .with_context(|| format!("cannot start `{program}`"))?;
    ensure!(
        status.success(),
        "`{program} {}` failed ({status})",
        words.join(" ")
    );
    Ok(())
}

fn wait_until_manageable(ironic: &Ironic) -> Result<()> {
    let started = Instant::now();
    loop {
        let node = ironic.cli().baremetal([
            "node",
            "show",
            NAME,
            "--fields",
            "provision_state",
            "last_error",
        ])?;
        match node.get("provision_state").and_then(Value::as_str) {
            Some("manageable") => return Ok(()),
            Some("enroll") => bail!("ironic could not manage the node: {node}"),
            _ if started.elapsed() > PATIENCE => bail!("ironic is still at it: {node}"),
            _ => std::thread::sleep(Duration::from_millis(500)),
        }
    }
}

fn configuration(port: u16, ironic: &str) -> String {
    let hooks = target().join("hooks");
    let hook = |name: &str| {
        hooks
            .join(name)
            .with_extension("wasm")
            .display()
            .to_string()
    };
    format!(
        r#"[server]
listen = "127.0.0.1:{port}"

[store]
url = "sqlite://valence.db"

[ironic]
endpoint = "{ironic}"
auth = "none"

[[hook]]
name = "site-naming"
path = {naming:?}
writes = ["/node/name"]
settings = {{ patterns = ["{{rack}}-u{{unit:02}}"], case = "lower" }}

[[hook]]
name = "vendor-interfaces"
path = {vendors:?}
writes = ["/node/properties/vendor", "/node/*_interface"]

[hook.settings]
unknown = "leave"
rules = [{{ manufacturer = "Sushy*", vendor = "Sushy", interfaces = {{ boot = "redfish-virtual-media" }} }}]

[[hook]]
name = "hardware-class"
path = {class:?}
writes = ["/node/resource_class", "/traits/CUSTOM_*"]
settings = {{ classes = [{{ name = "lab", traits = ["CUSTOM_LAB"] }}] }}

[[hook]]
name = "port-policy"
path = {ports:?}
writes = ["/ports/**"]
settings = {{ rules = [{{ physical_network = "physnet1", pxe_enabled = true }}] }}

[[hook]]
name = "guardrails"
path = {guardrails:?}
settings = {{ required = ["/node/resource_class"], min_ports = 2 }}
"#,
        naming = hook("site_naming"),
        vendors = hook("vendor_interfaces"),
        class = hook("hardware_class"),
        ports = hook("port_policy"),
        guardrails = hook("guardrails"),
    )
}

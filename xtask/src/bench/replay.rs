//! What a replay of a fleet costs: makes a bundle, has the `valence` of a release
//! replay it, with the same hooks and with other settings, and shows time and memory
//! beside the goals.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::{hooks, output, root, say, target};

/// No replay of a fleet is to take longer, or more memory.
const TIME: Duration = Duration::from_secs(10);
const MEMORY: u64 = 256 << 20;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The `valence` that is measured; not given, it is built as for a release,
    /// without link-time optimisation
    #[arg(long)]
    valence: Option<PathBuf>,
    /// How many decisions
    #[arg(long, default_value_t = 100_000)]
    count: usize,
    /// How many times each; the best one counts
    #[arg(long, default_value_t = 2)]
    rounds: u32,
}

struct Took {
    wall: Duration,
    cpu: Duration,
    resident: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let names = ["site-naming", "hardware-class", "port-policy"];
    let components = hooks::build(&names.map(str::to_owned))?;
    let packages = ["--package", "valence-bench", "--package", "valence"];
    let build = ["build", "--profile", "bench", "--locked"];
    super::cargo(&[&build[..], &packages[..]].concat(), &root())?;
    let built = target().join("release");
    let directory = target().join("bench");
    fs::create_dir_all(&directory)?;
    let same = directory.join("replay.toml");
    fs::write(&same, configuration(&components, "{serial}"))?;
    let other = directory.join("replay-other.toml");
    fs::write(&other, configuration(&components, "x-{serial}"))?;
    let bundle = directory.join("replay.bundle");
    let made = output(
        Command::new(built.join("bench-replay"))
            .args([&super::corpus(), &root().join("hooks/mockups")])
            .args([&same, &bundle])
            .arg(arguments.count.to_string()),
    )?;
    let size = fs::metadata(&bundle)?.len() >> 20;
    say(format!(
        "bundle of {} decisions, {size} MiB: {}",
        arguments.count,
        made.trim()
    ));
    let valence = arguments.valence.clone();
    let valence = valence.unwrap_or_else(|| built.join("valence"));
    let measured = measure(
        &valence,
        &[
            ("the same hooks", &same, 0),
            ("one that names otherwise", &other, 1),
        ],
        &bundle,
        arguments.rounds,
    );
    fs::remove_file(&bundle)?;
    measured
}

fn measure(
    valence: &Path,
    runs: &[(&str, &PathBuf, i32)],
    bundle: &Path,
    rounds: u32,
) -> Result<()> {
    for (what, config, exit) in runs {
        let mut best: Option<Took> = None;
        for _ in 0..rounds.max(1) {
            let took = once(valence, config, bundle, *exit)?;
            if best.as_ref().is_none_or(|best| took.wall < best.wall) {
                best = Some(took);
            }
        }
        let Took {
            wall,
            cpu,
            resident,
        } = best.context("no round")?;
        let met = |is: bool| if is { "met" } else { "missed" };
        say(format!(
            "{what}: {:.1} s ({}), {:.1} s of processor time, {} MiB ({})",
            wall.as_secs_f64(),
            met(wall <= TIME),
            cpu.as_secs_f64(),
            resident >> 20,
            met(resident <= MEMORY)
        ));
    }
    Ok(())
}

fn once(valence: &Path, config: &Path, bundle: &Path, exit: i32) -> Result<Took> {
    let begun = Instant::now();
    let mut child = Command::new(valence)
        .args(["replay", "--config"])
        .args([config, Path::new("--bundle"), bundle])
        .env("XDG_CACHE_HOME", target().join("bench/cache"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .context("cannot start `valence`")?;
    let (mut cpu, mut resident) = (Duration::ZERO, 0);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        // Both only grow, so the last look before it ends is right but for a moment.
        (cpu, resident) = used(child.id()).unwrap_or((cpu, resident));
        std::thread::sleep(Duration::from_millis(20));
    };
    ensure!(
        status.code() == Some(exit),
        "`valence replay` ended with {status}"
    );
    Ok(Took {
        wall: begun.elapsed(),
        cpu,
        resident,
    })
}

/// The processor time and the most memory of a process so far.
fn used(process: u32) -> Option<(Duration, u64)> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, after) = stat.rsplit_once(") ")?;
    let mut ticks = after.split_whitespace().skip(11);
    let [user, system] = [ticks.next()?, ticks.next()?].map(|ticks| ticks.parse::<u64>().ok());
    // A tick of `/proc` is a hundredth of a second on every machine there is.
    let cpu = Duration::from_millis((user? + system?) * 10);
    Some((cpu, kibibytes << 10))
}

/// Three hooks, of which the first names nodes by `pattern`.
fn configuration(components: &[PathBuf], pattern: &str) -> String {
    let settings = [
        ("site-naming", format!("patterns = [\"{pattern}\"]")),
        (
            "hardware-class",
            "classes = [{ name = \"large\", memory_gib = { min = 512 } }, { name = \"baremetal\" }], model_trait = true".to_owned(),
        ),
        (
            "port-policy",
            "bios_name = true, rules = [{ physical_network = \"physnet1\" }]".to_owned(),
        ),
    ];
    let mut text = String::new();
    for (name, settings) in settings {
        let file = format!("{}.wasm", name.replace('-', "_"));
        let component = components.iter().find(|path| path.ends_with(&file));
        let component = component.map(|path| path.display().to_string());
        text.push_str(&format!(
            "[[hook]]\nname = \"{name}\"\npath = {:?}\nsettings = {{ {settings} }}\n",
            component.unwrap_or_default()
        ));
    }
    text
}

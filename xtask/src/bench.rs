//! What an evaluation costs: the policies of `benches/` done natively, by hooks in
//! the engine of the server, and by other engines.
//!
//! Each contender sits in a process of its own kind and measures its own
//! processor time. Rounds are interleaved and the best of each counts, so that
//! what else the machine does falls on all of them alike.

mod contestant;
mod goals;
pub(crate) mod register;
pub(crate) mod replay;
mod table;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{hooks, root, say, target};
use contestant::Contestant;
use table::Table;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Build all that is measured, and measure nothing
    #[arg(long)]
    build: bool,
    /// Leave out the other engines, which take long to build
    #[arg(long)]
    no_peers: bool,
    /// How many rounds; the best one of each contender counts
    #[arg(long, default_value_t = 20)]
    rounds: u32,
}

/// All that there is to measure, in the order of the tables: with ports for all
/// network interfaces…
const WHOLE: [(&str, &str); 16] = [
    ("native", "native function, parse included"),
    ("instance", "instantiate and drop"),
    ("hook", "one hook, alone"),
    ("checked-1", "one hook, diff and checks"),
    ("checked-3", "chain of 3, diff and checks"),
    ("checked-5", "chain of 5, diff and checks"),
    ("whole-1", "whole evaluation, one hook"),
    ("whole-3", "whole evaluation, chain of 3"),
    ("whole-5", "whole evaluation, chain of 5"),
    ("native-84k", "84 KB: native function"),
    ("hook-84k", "84 KB: one hook, alone"),
    ("checked-1-84k", "84 KB: one hook, diff and checks"),
    ("extism-fresh", "Extism 1.30, a fresh plugin a call"),
    ("extism-reused", "Extism 1.30, one plugin reused"),
    ("rego", "Rego (regorus), engine reused"),
    ("cpython", "CPython"),
];

/// … and of a dozen values of the system alone.
const DOZEN: [(&str, &str); 11] = [
    ("native-dozen", "native function, parse included"),
    ("hook-dozen", "one hook, alone"),
    ("checked-1-dozen", "one hook, diff and checks"),
    ("checked-3-dozen", "chain of 3, diff and checks"),
    ("native-dozen-84k", "84 KB: native function"),
    ("hook-dozen-84k", "84 KB: one hook, alone"),
    ("checked-1-dozen-84k", "84 KB: one hook, diff and checks"),
    ("extism-fresh-dozen", "Extism 1.30, a fresh plugin a call"),
    ("extism-reused-dozen", "Extism 1.30, one plugin reused"),
    ("rego-dozen", "Rego (regorus), engine reused"),
    ("cpython-dozen", "CPython"),
];

/// Those that are also measured on two threads.
const THREADED: [&str; 6] = [
    "native",
    "hook",
    "checked-1",
    "native-dozen",
    "hook-dozen",
    "checked-1-dozen",
];

/// About as long as a round of one contender is to take.
const ROUND: u64 = 20_000_000;
/// How many evaluations are replayed.
const REPLAYED: u64 = 100_000;

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let hooks = hooks::build_in(&root().join("benches/hook"), &[])?;
    let hook = hooks.first().context("no hook was built")?;
    cargo(
        &["build", "--profile", "bench", "--package", "valence-bench"],
        &root(),
    )?;
    let peers = (!arguments.no_peers).then(build_peers).transpose()?;
    if arguments.build {
        return Ok(());
    }
    let directory = target().join("bench");
    std::fs::create_dir_all(&directory)?;
    let system = directory.join("system.json");
    let mut own = Command::new(target().join("release/valence-bench"));
    own.args([
        &corpus(),
        &root().join("hooks/mockups/dell-rack.json"),
        hook,
        &system,
    ]);
    let strace = Contestant::count_system_calls(&own, "hook");
    let mut first = Contestant::start(&mut own, &[])?;
    say(format!("bench: {}", first.greeting));
    let mut contestants = Vec::new();
    if let Some(plugin) = peers {
        let directory = root().join("benches/peers");
        let mut peers = Command::new(target().join("peers/release/peers"));
        peers.args([&plugin, &directory.join("policy.rego"), &system]);
        contestants.push(Contestant::start(&mut peers, &["extism", "rego"])?);
        let mut command = Command::new("python3");
        command.args([&directory.join("policy.py"), &system]);
        let mut python = Contestant::start(&mut command, &["cpython"])?;
        for name in ["cpython", "cpython-dozen"] {
            let result = |one: &mut Contestant| one.ask(&format!("result {name}"));
            let (own, native) = (result(&mut python)?, result(&mut first)?);
            let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text);
            ensure!(
                parsed(&own)? == parsed(&native)?,
                "`{name}` comes to something else:\n{own}\nnot\n{native}"
            );
        }
        contestants.push(python);
    }
    contestants.insert(0, first);
    let mut table = Table::default();
    measure(&mut contestants, arguments.rounds, &mut table)?;
    let first = contestants.first_mut().context("nothing was started")?;
    table.instance_bytes = first.ask("instance 64")?.parse()?;
    table.system_calls = strace;
    drop(contestants);
    // A process that does nothing else, and has not compiled what it runs.
    for name in ["checked-1", "checked-1-dozen"] {
        let mut alone = Command::new(own.get_program());
        alone.args(own.get_args()).arg(name);
        let mut fresh = Contestant::start(&mut alone, &[])?;
        let took = fresh.run(name, REPLAYED / 2, 2)?;
        let resident = fresh.ask("most-resident")?.parse()?;
        table.replays.insert(name, (took.cpu, resident));
    }
    table.print(&WHOLE, "native");
    table.print(&DOZEN, "native-dozen");
    table.print_rest(&THREADED);
    for (policy, suffix) in [("with ports", ""), ("a dozen values", "-dozen")] {
        goals::print(&table, policy, suffix);
    }
    Ok(())
}

fn measure(contestants: &mut [Contestant], rounds: u32, table: &mut Table) -> Result<()> {
    for (name, _) in WHOLE.into_iter().chain(DOZEN) {
        let Some(one) = contestants.iter_mut().find(|one| one.has(name)) else {
            continue;
        };
        // Warm, and long enough for a round.
        one.run(name, 20, 1)?;
        let each = one.run(name, 20, 1)?.cpu / 20;
        table
            .iterations
            .insert(name, (ROUND / each.max(1)).clamp(20, 20_000));
    }
    for _ in 0..rounds {
        for (name, _) in WHOLE.into_iter().chain(DOZEN) {
            let Some(one) = contestants.iter_mut().find(|one| one.has(name)) else {
                continue;
            };
            let iterations = table.iterations.get(name).copied().unwrap_or(20);
            for threads in [1, 2] {
                if threads == 2 && !THREADED.contains(&name) {
                    continue;
                }
                let took = one.run(name, iterations, threads)?;
                table.enter(name, threads, iterations, took);
            }
        }
    }
    Ok(())
}

/// Builds Extism, Rego and the plugin, and gives the plugin.
fn build_peers() -> Result<PathBuf> {
    let directory = root().join("benches/peers");
    let target = target().join("peers").display().to_string();
    cargo(
        &["build", "--release", "--locked", "--target-dir", &target],
        &directory,
    )?;
    hooks::build_module(&directory.join("plugin"), "plugin")
}

fn cargo(arguments: &[&str], directory: &Path) -> Result<()> {
    let mut cargo = Command::new("cargo");
    // What `cargo run` says of xtask: dependencies whose build scripts look at it
    // would be built again.
    let of_xtask = std::env::vars_os().map(|(name, _)| name).filter(|name| {
        let name = name.to_string_lossy();
        name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
    });
    for name in of_xtask {
        cargo.env_remove(name);
    }
    let status = cargo
        .current_dir(directory)
        .args(arguments)
        .status()
        .context("cannot start `cargo`")?;
    ensure!(status.success(), "`cargo {}` failed", arguments.join(" "));
    Ok(())
}

/// The recorded machines, if there are any.
#[expect(clippy::disallowed_methods, reason = "the machine says where they are")]
fn corpus() -> PathBuf {
    std::env::var_os("VALENCE_CORPUS")
        .map_or_else(|| root().join("../shared/corpus"), PathBuf::from)
}

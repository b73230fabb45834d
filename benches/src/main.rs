//! Measures when it is told to, so that rounds of several processes can be
//! interleaved: `cargo xtask bench hooks` tells it, on standard input.
//!
//! | line | answer |
//! |---|---|
//! | `run NAME ITERATIONS THREADS` | nanoseconds of processor time and of time |
//! | `result NAME` | what the native function of that policy comes to |
//! | `most-resident` | bytes, since it was started |
//! | `instance CALLS` | bytes that an instance holds |
#![expect(clippy::print_stdout, reason = "answers are what it is for")]

use std::io::{BufRead as _, stdin};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::runtime::Builder;
use valence_bench::contenders::{Named, Policy, all};
use valence_bench::machine::Machine;
use valence_bench::measure::measure;
use valence_bench::memory;

/// As large as vendors' largest systems.
const LARGE: usize = 84 << 10;

fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [corpus, own, hook, system, only @ ..] = arguments.as_slice() else {
        bail!("usage: contenders CORPUS MOCKUP COMPONENT SYSTEM.json [NAME]");
    };
    let only = only.first().and_then(|name| name.to_str());
    let machine = Machine::find(corpus, own)?;
    let large = machine.grown(LARGE);
    for (machine, path) in [
        (&machine, system),
        (&large, &system.with_extension("84k.json")),
    ] {
        std::fs::write(path, machine.expanded().to_string())?;
    }
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let contenders = runtime.block_on(async {
        let contenders = all(&machine, &large, hook, system.with_file_name("cache"), only).await?;
        for named in &contenders {
            let agrees = named.agrees(&machine).await;
            agrees.with_context(|| format!("`{}` comes to something else", named.name))?;
        }
        anyhow::Ok(contenders)
    })?;
    println!("ready {}, {}", machine.name, machine.system);
    for line in stdin().lock().lines() {
        println!("{}", answer(&line?, &machine, hook, &contenders)?);
    }
    Ok(())
}

fn answer(line: &str, machine: &Machine, hook: &Path, contenders: &[Named]) -> Result<String> {
    let words: Vec<_> = line.split_whitespace().collect();
    Ok(match words.as_slice() {
        ["run", name, iterations, threads] => {
            let found = contenders.iter().find(|one| one.name == *name);
            let found = found.with_context(|| format!("no contender `{name}`"))?;
            let run = |iterations| found.contender.run(iterations);
            let took = measure(threads.parse()?, iterations.parse()?, &run);
            format!("{} {}", took.cpu.as_nanos(), took.wall.as_nanos())
        }
        ["result", name] => {
            let policy = match name.ends_with("-dozen") {
                true => Policy::Dozen,
                false => Policy::Whole,
            };
            policy.natively(machine.expanded().to_string().as_bytes())?
        }
        ["most-resident"] => memory::most_resident()?.to_string(),
        ["instance", calls] => {
            let calls = calls.parse()?;
            ensure!(calls > 0, "no calls");
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let bytes = runtime.block_on(memory::of_an_instance(machine, hook, calls))?;
            bytes.to_string()
        }
        _ => bail!("unknown: `{line}`"),
    })
}

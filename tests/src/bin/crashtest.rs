//! Has a real `valence serve` die, and a real Ironic fail, in every way at every
//! step, and says what was lost. `cargo xtask crashtest` builds what it needs and
//! runs it.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a developer's tool: what it prints is what it is for"
)]

use std::fmt;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use valence_testbed::Ironic;
use valence_tests::hardship::{self, Blow, Case, Cell, Lasts, Rig, Tally};
use valence_tests::{Rack, register_with_three};

/// Within which everything is to be finished or undone after a restart, or after
/// Ironic's return.
const RECOVERY: Duration = Duration::from_secs(10);

/// Crashes and faults on purpose
#[derive(Parser)]
struct Arguments {
    /// Which crash points
    #[arg(long, default_value = "all")]
    points: Extent,
    /// How often to kill the process at a random time
    #[arg(long, default_value_t = 0)]
    random: u64,
    /// Which faults of Ironic's, at each of the calls
    #[arg(long, default_value = "none")]
    faults: Extent,
    /// How many at a time, each with an Ironic of its own
    #[arg(long, default_value_t = 2)]
    workers: u16,
    /// Where the random times begin
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Instead: register so many nodes with three servers on one PostgreSQL, each asked
    /// of two of them at once, and kill one and stop one on the way
    #[arg(long, value_name = "NODES")]
    replicas: Option<u16>,
    /// Only those whose description holds this
    #[arg(long, default_value = "")]
    only: String,
    /// Say each
    #[arg(long)]
    verbose: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Extent {
    All,
    Smoke,
    None,
}

/// One thing to try.
enum Work {
    Crash(Case, Blow),
    Fault(Cell),
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crash(case, blow) => write!(f, "{case:?} {blow:?}"),
            Self::Fault(Cell { call, fault, lasts }) => write!(f, "{call:?} {} {lasts:?}", fault.0),
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(nodes) = arguments.replicas {
        return replicas(nodes).await;
    }
    let started = Instant::now();
    let mut rig = Rig::start(0).await;
    let mut work = Vec::new();
    for case in Case::ALL {
        let points = hardship::points(&mut rig, case).await;
        println!("{case:?}: {} points", points.len());
        let every = match arguments.points {
            Extent::All => 1,
            Extent::Smoke => 6,
            Extent::None => continue,
        };
        let points = points.into_iter().step_by(every);
        work.extend(points.map(|point| Work::Crash(case, Blow::Point(point))));
    }
    work.extend((0..arguments.random).map(|nth| {
        let (case, blow) = hardship::random_blow(arguments.seed, nth);
        Work::Crash(case, blow)
    }));
    let cells = hardship::cells().into_iter();
    match arguments.faults {
        Extent::All => work.extend(cells.map(Work::Fault)),
        Extent::Smoke => work.extend(cells.step_by(11).map(Work::Fault)),
        Extent::None => {}
    }
    work.retain(|work| work.to_string().contains(&arguments.only));
    println!("{} to try", work.len());
    work.reverse();
    let work = Arc::new(Mutex::new(work));
    let mut workers = vec![tokio::spawn(run(rig, Arc::clone(&work), arguments.verbose))];
    for number in 1..arguments.workers {
        let (work, verbose) = (Arc::clone(&work), arguments.verbose);
        workers.push(tokio::spawn(async move {
            run(Rig::start(number).await, work, verbose).await
        }));
    }
    let mut totals = <[Tally; 4]>::default();
    let mut broken = false;
    for worker in workers {
        match worker.await {
            Ok(tallies) => {
                for (total, tally) in totals.iter_mut().zip(tallies) {
                    total.add(tally);
                }
            }
            Err(error) => {
                println!("a worker ended: {error}");
                broken = true;
            }
        }
    }
    let names = [
        "crash points",
        "random kills",
        "faults once",
        "faults lasting",
    ];
    for (name, total) in names.iter().zip(&totals) {
        println!("{name}: {total}");
    }
    println!("in {} s", started.elapsed().as_secs());
    let longest = totals.iter().map(|total| total.longest_recovery).max();
    let is_late = longest.is_some_and(|longest| longest > RECOVERY);
    if is_late {
        println!("FAULT a recovery took longer than {} s", RECOVERY.as_secs());
    }
    match !broken && !is_late && totals.iter().all(Tally::is_clean) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Has three servers register, and says what came of it.
async fn replicas(nodes: u16) -> ExitCode {
    let ironic = Ironic::builder().start().unwrap();
    let rack = Rack::start("replicas", 0x4000, nodes, Duration::ZERO).await;
    let outcomes = register_with_three(&ironic.endpoint(), &rack).await;
    println!("{outcomes:#?}");
    match outcomes.wrong.is_empty() && outcomes.nodes == outcomes.asked {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Takes what there is to do until there is nothing more.
async fn run(mut rig: Rig, work: Arc<Mutex<Vec<Work>>>, verbose: bool) -> [Tally; 4] {
    let mut tallies = <[Tally; 4]>::default();
    loop {
        let next = work.lock().unwrap().pop();
        let Some(next) = next else {
            return tallies;
        };
        let mut tally = Tally::default();
        let started = Instant::now();
        let (kind, status) = match &next {
            Work::Crash(case, blow) => {
                hardship::blow(&mut rig, *case, blow, &mut tally).await;
                (usize::from(matches!(blow, Blow::Kill(..))), None)
            }
            Work::Fault(cell) => {
                let status = hardship::cell(&mut rig, *cell, &mut tally).await;
                (2 + usize::from(cell.lasts == Lasts::On), Some(status))
            }
        };
        if verbose {
            let recovery = tally.longest_recovery.as_secs_f64();
            let all = started.elapsed().as_secs_f64();
            println!("{next} {status:?} ({recovery:.1} s of {all:.1} s)");
        }
        for sentence in &tally.told {
            println!("FAULT {sentence}");
        }
        if !tally.is_clean() {
            // What was left must not be counted twice.
            rig = Rig::start(rig.number() + 1000).await;
        }
        if let Some(total) = tallies.get_mut(kind) {
            total.add(tally);
        }
    }
}

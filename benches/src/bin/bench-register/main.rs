//! What a registration costs: the real `valence serve` against a stub of Ironic
//! and against the real one, beside the same requests sent plainly, openstacksdk
//! and `baremetal`. `cargo xtask bench register` runs it and reads the JSON that it
//! prints.
//!
//! Everything but the server, Ironic and the Python programs is in this process:
//! the machines, the stub, and the one who asks for registrations.
#![expect(clippy::print_stdout, reason = "figures are what it is for")]
#![expect(clippy::print_stderr, reason = "progress is told on standard error")]

mod alone;
mod bulk;
mod cpu;
mod load;
mod machines;
mod many;
mod peers;
mod raw;
mod server;
mod stub;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Parser;
use serde_json::json;
use valence_testbed::Ironic;

use machines::Machines;
use server::Server;
use stub::Stub;

/// How many registrations, and of what.
#[derive(Parser)]
pub(crate) struct Arguments {
    /// The `valence` that is measured
    #[arg(long)]
    valence: PathBuf,
    /// Registrations against the stub, for each concurrency
    #[arg(long, default_value_t = 400)]
    stub: usize,
    /// How long the slow stub takes for an answer, in milliseconds
    #[arg(long, default_value_t = 25)]
    latency: u64,
    /// Registrations of one node after another against the real Ironic, and as
    /// many by each of the others
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Registrations against the real Ironic, for each concurrency
    #[arg(long, default_value_t = 40)]
    real: usize,
    /// Registrations in bulk against the real Ironic, twice
    #[arg(long, default_value_t = 120)]
    bulk: usize,
    /// A hook to register with
    #[arg(long)]
    hook: Option<PathBuf>,
}

/// How many are asked for at a time.
pub(crate) const CONCURRENCIES: [usize; 3] = [1, 4, 16];

fn main() -> Result<()> {
    // An error means that something else has installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(measure(&Arguments::parse()))
}

async fn measure(arguments: &Arguments) -> Result<()> {
    let machines = Machines::start().await?;
    tell("the stub of Ironic, which answers at once");
    let stub = Stub::start(Duration::ZERO).await?;
    let valence = Server::start(arguments, &stub.endpoint(), &machines).await?;
    let mut recorded = Vec::new();
    let mut at_once = Vec::new();
    // What is done the first time only is no part of a registration.
    many::by_valence(&valence, 4, 20, None).await?;
    stub.take();
    for concurrency in CONCURRENCIES {
        let figures = many::by_valence(&valence, concurrency, arguments.stub, None).await?;
        at_once.push(figures);
        recorded.extend(stub.take());
    }
    let calls = recorded.iter().map(|of| of.requests.len()).sum::<usize>();
    let calls = calls as f64 / recorded.len().max(1) as f64;
    drop(valence);
    drop(stub);

    tell(&format!(
        "the stub of Ironic, which takes {} ms",
        arguments.latency
    ));
    let stub = Stub::start(Duration::from_millis(arguments.latency)).await?;
    let valence = Server::start(arguments, &stub.endpoint(), &machines).await?;
    let slow = alone::against_stub(&valence, &stub, arguments.rounds).await?;
    let mut slowly = Vec::new();
    for concurrency in CONCURRENCIES {
        slowly.push(many::by_valence(&valence, concurrency, arguments.stub / 4, None).await?);
    }
    drop(valence);
    drop(stub);

    tell("the real Ironic");
    let ironic = tokio::task::spawn_blocking(|| Ironic::builder().start()).await??;
    let valence = Server::start(arguments, &ironic.endpoint(), &machines).await?;
    let alone = alone::against_ironic(&valence, &ironic, &mut recorded, arguments.rounds).await?;
    let real = many::against_ironic(&valence, &ironic, &mut recorded, arguments).await?;
    let shown = json!({
        "calls": calls,
        "latency_ms": arguments.latency,
        "stub": at_once,
        "slow_stub": {"alone": slow, "runs": slowly},
        "real": {"alone": alone, "runs": real},
    });
    println!("{shown}");
    Ok(())
}

/// One line of progress.
pub(crate) fn tell(line: &str) {
    eprintln!("bench: {line}");
}

/// The next of what was recorded.
pub(crate) fn next(recorded: &mut Vec<raw::Recorded>) -> Result<raw::Recorded> {
    recorded
        .pop()
        .context("more is sent than was recorded: raise --stub")
}

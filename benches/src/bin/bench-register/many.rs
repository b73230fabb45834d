//! Many registrations, so many at a time.

use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context as _, Result};
use valence_testbed::Ironic;

use crate::load::{self, Ended, Figures};
use crate::raw::{Recorded, Sender};
use crate::server::Server;
use crate::{Arguments, CONCURRENCIES, bulk, cpu, next, tell};

/// With how many requests at a time the plain ones are tried.
const PLAIN: [usize; 6] = [1, 2, 4, 6, 8, 16];

/// Registers `number` machines over the API. `ironic`, where it is real, are its
/// processes.
pub(crate) async fn by_valence(
    valence: &Server<'_>,
    concurrency: usize,
    number: usize,
    ironic: Option<&[u32]>,
) -> Result<Figures> {
    let names = valence.manage(number).await?;
    let before = Used::so_far(valence, ironic)?;
    let register = |name: String| async move { valence.register(&name).await };
    let run = load::run("valence", concurrency, names, register).await?;
    let used = Used::so_far(valence, ironic)?.since(before);
    Ok(Figures {
        again: None,
        host_cpu: Some(used.host_each(number)),
        ironic_cpu: used.ironic_each(number),
        ..run
    })
}

/// Processor time.
#[derive(Clone, Copy)]
pub(crate) struct Used {
    host: Duration,
    ironic: Option<Duration>,
}

impl Used {
    /// Of the server, and of these processes of Ironic.
    pub(crate) fn so_far(valence: &Server<'_>, ironic: Option<&[u32]>) -> Result<Self> {
        Ok(Self {
            host: cpu::of(valence.process())?,
            ironic: ironic.map(cpu::of_all).transpose()?,
        })
    }

    pub(crate) fn since(self, before: Self) -> Self {
        let ironic = self.ironic.zip(before.ironic);
        Self {
            host: self.host.saturating_sub(before.host),
            ironic: ironic.map(|(now, then)| now.saturating_sub(then)),
        }
    }

    /// Milliseconds of each of so many registrations.
    pub(crate) fn host_each(self, number: usize) -> f64 {
        self.host.as_secs_f64() * 1000.0 / number as f64
    }

    /// The same of Ironic's.
    pub(crate) fn ironic_each(self, number: usize) -> Option<f64> {
        Some(self.ironic?.as_secs_f64() * 1000.0 / number as f64)
    }
}

/// Registrations by Valence and plain requests against the real Ironic, in turns.
pub(crate) async fn against_ironic(
    valence: &Server<'_>,
    ironic: &Ironic,
    recorded: &mut Vec<Recorded>,
    arguments: &Arguments,
) -> Result<Vec<Figures>> {
    let number = arguments.real;
    let directory = ironic
        .clouds_yaml()
        .parent()
        .context("it has no directory")?;
    let processes = cpu::working_in(directory)?;
    let mut figures = Vec::new();
    for concurrency in PLAIN {
        tell(&format!("{number} registrations, {concurrency} at a time"));
        figures.push(plain(ironic, &processes, concurrency, recorded, number).await?);
        if CONCURRENCIES.contains(&concurrency) {
            figures.push(by_valence(valence, concurrency, number, Some(&processes)).await?);
        }
    }
    tell(&format!("{} registrations in bulk, twice", arguments.bulk));
    for _ in 0..2 {
        figures.push(bulk::register(valence, arguments.bulk, &processes).await?);
    }
    // Once more, since Ironic grows slower with what is in it.
    for concurrency in [1, 2, 4] {
        tell(&format!("{number} registrations, {concurrency} at a time"));
        figures.push(plain(ironic, &processes, concurrency, recorded, number).await?);
    }
    Ok(figures)
}

/// `number` registrations by plain requests.
async fn plain(
    ironic: &Ironic,
    processes: &[u32],
    concurrency: usize,
    recorded: &mut Vec<Recorded>,
    number: usize,
) -> Result<Figures> {
    let plain = (0..number).map(|_| next(recorded)).collect::<Result<_>>()?;
    let before = cpu::of_all(processes)?;
    let run = plainly(ironic, concurrency, plain).await?;
    let used = cpu::of_all(processes)?.saturating_sub(before);
    Ok(Figures {
        ironic_cpu: Some(used.as_secs_f64() * 1000.0 / number as f64),
        ..run
    })
}

/// The same requests, each registration's one after another over a connection of
/// its own.
async fn plainly(ironic: &Ironic, concurrency: usize, plain: Vec<Recorded>) -> Result<Figures> {
    let senders = (0..concurrency).map(|_| Sender::new(&ironic.endpoint()));
    let idle = Mutex::new(senders.collect::<Result<Vec<_>>>()?);
    let idle = &idle;
    let send = |recorded: Recorded| async move {
        let sender = idle.lock().ok().and_then(|mut idle| idle.pop());
        let sender = sender.context("all senders are busy")?;
        let ended: Ended = sender.send(&recorded).await?;
        if let Ok(mut idle) = idle.lock() {
            idle.push(sender);
        }
        Ok(ended)
    };
    load::run("plain requests", concurrency, plain, send).await
}

//! What it holds.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use tokio::sync::Semaphore;
use valence::evaluate::{CallerRights, prepare};
use valence::hook::{Chain, Engine, EngineKind};

use crate::contenders::{Policy, spec};
use crate::machine::Machine;

/// What this process has in memory, in bytes.
fn resident() -> Result<u64> {
    status("VmRSS:")
}

/// The most that this process has had in memory, in bytes.
pub fn most_resident() -> Result<u64> {
    status("VmHWM:")
}

fn status(key: &str) -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    let kibibytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kibibytes.context(key.to_owned())?.parse::<u64>()? << 10)
}

/// The bytes that one of `calls` instances holds after it has done its work,
/// while all of them wait for a document.
pub async fn of_an_instance(machine: &Machine, hook: &std::path::Path, calls: u32) -> Result<u64> {
    let concurrency = calls;
    let engine = Engine::new(EngineKind::Server { concurrency })?;
    let mut parts = Policy::Whole.parts().to_vec();
    parts.push("wait");
    let chain = Chain::load(&engine, vec![spec("waiting", hook, &parts, &[])]).await?;
    let hook = Arc::clone(chain.hooks().first().context("no hook")?);
    let gate = Arc::new(Semaphore::new(0));
    let snapshot = machine.snapshot(Arc::clone(&gate));
    let subject = machine.subject()?;
    let prepared = prepare(
        snapshot,
        &subject,
        &Default::default(),
        CallerRights::default(),
    )
    .await?;
    let before = resident()?;
    let waiting: Vec<_> = (0..calls)
        .map(|_| {
            let (hook, prepared) = (Arc::clone(&hook), prepared.clone());
            tokio::spawn(async move {
                let called = hook
                    .call_map(prepared.session(), prepared.enrollment())
                    .await;
                called.output.is_ok()
            })
        })
        .collect();
    // On one thread, each task has run up to where it waits.
    tokio::task::yield_now().await;
    let after = resident()?;
    gate.close();
    for call in waiting {
        ensure!(call.await?, "a call failed");
    }
    Ok(after.saturating_sub(before) / u64::from(calls))
}

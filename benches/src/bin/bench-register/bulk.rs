//! Many registrations by one request, of which Valence sends as many at a time as
//! it finds Ironic to take.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::load::Figures;
use crate::many::Used;
use crate::server::Server;

/// Registers `number` machines by `POST /v1/registrations`.
pub(crate) async fn register(
    valence: &Server<'_>,
    number: usize,
    ironic: &[u32],
) -> Result<Figures> {
    let names = valence.manage(number).await?;
    let before = Used::so_far(valence, Some(ironic))?;
    let begun = Instant::now();
    let over = valence.bulk(&json!({"nodes": names})).await?;
    let took = begun.elapsed();
    let used = Used::so_far(valence, Some(ironic))?.since(before);
    let count = |key: &str| over.get(key).and_then(Value::as_u64);
    let done = count("done").context("the last line says not how many are done")?;
    let failed = count("failed").context("the last line says not how many failed")?;
    ensure!(done + failed == number as u64, "it is not over: {over}");
    Ok(Figures {
        who: "valence, in bulk",
        concurrency: 0,
        registrations: number,
        failed: usize::try_from(failed)?,
        again: None,
        rate: done as f64 / took.as_secs_f64(),
        p50: f64::NAN,
        p99: f64::NAN,
        host_cpu: Some(used.host_each(number)),
        ironic_cpu: used.ironic_each(number),
    })
}

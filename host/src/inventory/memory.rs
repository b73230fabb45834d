//! Main memory.

use std::sync::Arc;

use serde_json::Value;

use super::found::Source;
use super::quirks::NOT_MAIN_MEMORY;
use super::read::{count, is_there, linked, text, whole};
use crate::redfish::{Document, ReadError, Snapshot, value_at};

/// In MiB: the system's summary, which may be a fraction of GiB, else the sum of
/// its modules. Rounded down, so that nothing is promised that is not there.
pub(super) async fn read(
    snapshot: &Snapshot,
    system: &Arc<Document>,
) -> Result<(Option<u64>, Vec<Source>), ReadError> {
    if let Some(mib) = summary(system.body()) {
        return Ok((Some(mib), vec![(Arc::clone(system), SUMMARY.into())]));
    }
    let modules = linked(snapshot, system, "/Memory").await?;
    let (mut mib, mut sources) = (0_u64, Vec::new());
    for module in modules {
        let is_counted = is_there(module.body()) && is_main_memory(module.body());
        if let Some(more) = count(module.body(), CAPACITY).filter(|_| is_counted) {
            mib = mib.saturating_add(more);
            sources.push((module, CAPACITY.into()));
        }
    }
    Ok((Some(mib).filter(|mib| *mib > 0), sources))
}

const SUMMARY: &str = "/MemorySummary/TotalSystemMemoryGiB";
const CAPACITY: &str = "/CapacityMiB";

fn summary(system: &Value) -> Option<u64> {
    let gib = value_at(system, SUMMARY)?.as_f64()?;
    whole(gib * 1024.0).filter(|mib| *mib > 0)
}

/// Whether a module is memory that an operating system has: not persistent, not a
/// GPU's.
fn is_main_memory(module: &Value) -> bool {
    let kind = text(module, "/MemoryType").is_none_or(|kind| kind == "DRAM");
    let device = text(module, "/MemoryDeviceType").unwrap_or_default();
    kind && !NOT_MAIN_MEMORY
        .iter()
        .any(|other| device.starts_with(other))
}

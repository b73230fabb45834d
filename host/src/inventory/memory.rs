//! Main memory.

use serde_json::Value;

use super::quirks::NOT_MAIN_MEMORY;
use super::read::{count, is_there, linked, text, whole};
use crate::redfish::{Document, ReadError, Snapshot};

/// In MiB: the system's summary, which may be a fraction of GiB, else the sum of
/// its modules. Rounded down, so that nothing is promised that is not there.
pub(super) async fn read(snapshot: &Snapshot, system: &Document) -> Result<Option<u64>, ReadError> {
    if let Some(mib) = summary(system.body()) {
        return Ok(Some(mib));
    }
    let modules = linked(snapshot, system, "/Memory").await?;
    let mib = modules
        .iter()
        .filter(|module| is_there(module.body()) && is_main_memory(module.body()))
        .filter_map(|module| count(module.body(), "/CapacityMiB"))
        .fold(0, u64::saturating_add);
    Ok(Some(mib).filter(|mib| *mib > 0))
}

fn summary(system: &Value) -> Option<u64> {
    let gib = system
        .pointer("/MemorySummary/TotalSystemMemoryGiB")?
        .as_f64()?;
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

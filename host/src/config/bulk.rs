//! `[bulk]`: how many nodes are registered at a time when many are asked for.

use super::ConfigError;
use super::section::Section;

/// `[bulk]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BulkSection {
    /// How many registrations are under way at a time.
    pub concurrency: usize,
    /// How many of them are behind one pod manager.
    pub per_pod_manager: usize,
}

pub(super) fn read(mut section: Section<'_>) -> Result<BulkSection, ConfigError> {
    let read = BulkSection {
        concurrency: section.or("concurrency", 32)?,
        per_pod_manager: section.or("per_pod_manager", 4)?,
    };
    section.finish()?;
    Ok(read)
}

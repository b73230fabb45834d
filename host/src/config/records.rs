//! `[records]`: how long evaluations stay on record.

use std::time::Duration;

use super::ConfigError;
use super::section::Section;
use super::units::Size;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// `[records]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordsSection {
    /// How old the oldest may be.
    pub age: Duration,
    /// How many bytes all of them may take, with their documents.
    pub size: u64,
}

pub(super) fn read(mut section: Section<'_>) -> Result<RecordsSection, ConfigError> {
    let days: usize = section.or("keep_days", 90)?;
    let Size(size) = section.or("max_size", Size(1 << 30))?;
    section.finish()?;
    Ok(RecordsSection {
        age: DAY.saturating_mul(u32::try_from(days).unwrap_or(u32::MAX)),
        size: size as u64,
    })
}

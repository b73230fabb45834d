//! `[records]`: how long evaluations, and what has ended, stay on record.

use std::time::Duration;

use super::ConfigError;
use super::section::Section;
use super::units::Size;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// `[records]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordsSection {
    /// How old the oldest evaluation may be.
    pub age: Duration,
    /// How many bytes all of them may take, with their documents.
    pub size: u64,
    /// How long registrations, and what else is on record of them, stay after their end.
    pub ended: Duration,
}

pub(super) fn read(mut section: Section<'_>) -> Result<RecordsSection, ConfigError> {
    let keep_days: usize = section.or("keep_days", 90)?;
    let Size(size) = section.or("max_size", Size(1 << 30))?;
    let ended: usize = section.or("keep_ended_days", 90)?;
    section.finish()?;
    let days = |days| DAY.saturating_mul(u32::try_from(days).unwrap_or(u32::MAX));
    Ok(RecordsSection {
        age: days(keep_days),
        size: size as u64,
        ended: days(ended),
    })
}

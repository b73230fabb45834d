//! `[redfish]`: limits on what is read from one pod manager.

use std::time::Duration;

use super::ConfigError;
use super::section::Section;
use super::units::Size;
use crate::redfish::ReadLimits;

/// `[redfish]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedfishSection {
    /// How long one request may take.
    pub timeout: Duration,
    /// What one registration may read.
    pub limits: ReadLimits,
    /// How large a document may be, in bytes, decompressed.
    pub max_document_size: usize,
    /// How many requests go to one service at a time.
    pub concurrency: usize,
    /// For how long a read is tried again that failed for a passing reason.
    pub retry_for: Duration,
    /// What documents of all services may take that are kept with their ETags, in
    /// bytes.
    pub cache: usize,
    /// Whether collections are read with their members, where a service can do it.
    pub expand: bool,
}

pub(super) fn read(mut section: Section<'_>) -> Result<RedfishSection, ConfigError> {
    let limits = ReadLimits::default();
    let read = RedfishSection {
        timeout: section.or("timeout", Duration::from_secs(10))?,
        limits: ReadLimits {
            time: section.or("total_timeout", limits.time)?,
            documents: section.or("max_documents", limits.documents)?,
        },
        max_document_size: section.or("max_document_size", Size(4 << 20))?.0,
        concurrency: section.or("concurrency", 4)?,
        retry_for: section.or("retry_for", Duration::from_secs(5))?,
        cache: section.or("cache", Size(32 << 20))?.0,
        expand: section.or("expand", true)?,
    };
    section.finish()?;
    Ok(read)
}

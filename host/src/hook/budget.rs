//! What one call may use, and what it has used.

use wasmtime::ResourceLimiter;

use super::breach::{Breach, size};
use super::limit_key::LimitKey;
use super::spec::Limits;

/// How much of its limits a call has used up.
pub(super) struct Budget {
    limits: Limits,
    host_calls: u64,
    host_bytes: u64,
    log_lines: usize,
    log_bytes: usize,
    read_bytes: usize,
    memory: Growth,
    table_elements: Growth,
    breach: Option<Breach>,
}

/// How far something has grown, and by how much the last time: what then failed
/// to grow is given back.
#[derive(Default)]
struct Growth {
    total: usize,
    last: usize,
}

impl Growth {
    /// The total with this much more.
    fn add(&mut self, current: usize, desired: usize) -> usize {
        self.last = desired.saturating_sub(current);
        self.total = self.total.saturating_add(self.last);
        self.total
    }

    fn give_back(&mut self) {
        self.total = self.total.saturating_sub(std::mem::take(&mut self.last));
    }
}

impl Budget {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            host_calls: 0,
            host_bytes: 0,
            log_lines: 0,
            log_bytes: 0,
            read_bytes: 0,
            memory: Growth::default(),
            table_elements: Growth::default(),
            breach: None,
        }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The bytes of all its memories, as far as they have grown.
    pub(super) fn memory(&self) -> usize {
        self.memory.total
    }

    /// The limit that ended the call, if one did.
    pub(super) fn breach(&mut self) -> Option<Breach> {
        self.breach.take()
    }

    /// Ends the call.
    pub(super) fn end<T>(&mut self, breach: Breach) -> wasmtime::Result<T> {
        let error = wasmtime::Error::msg(breach.to_string());
        self.breach = Some(breach);
        Err(error)
    }

    /// Counts calls of the host.
    pub(super) fn host_calls(&mut self, calls: usize) -> wasmtime::Result<()> {
        self.host_calls = self.host_calls.saturating_add(calls as u64);
        let most = self.limits.host_calls;
        if self.host_calls > most {
            return self.end(Breach::new(
                LimitKey::HostCalls,
                most,
                "it asked valence for something more often than",
            ));
        }
        Ok(())
    }

    /// Counts bytes that cross the boundary in either direction.
    pub(super) fn host_bytes(&mut self, bytes: usize) -> wasmtime::Result<()> {
        self.host_bytes = self.host_bytes.saturating_add(bytes as u64);
        let most = self.limits.host_bytes;
        if self.host_bytes > most {
            return self.end(Breach::new(
                LimitKey::HostBytes,
                size(most),
                "it exchanged more with valence than",
            ));
        }
        Ok(())
    }

    /// How many bytes may still cross it.
    pub(super) fn host_bytes_left(&self) -> usize {
        let left = self.limits.host_bytes.saturating_sub(self.host_bytes);
        usize::try_from(left).unwrap_or(usize::MAX)
    }

    /// Checks how many documents have been asked for.
    pub(super) fn reads(&mut self, documents: usize) -> wasmtime::Result<()> {
        let most = self.limits.reads;
        if documents > most {
            return self.end(Breach::new(
                LimitKey::Reads,
                most,
                "it asked for more documents than",
            ));
        }
        Ok(())
    }

    /// Counts what documents take in memory.
    pub(super) fn read_bytes(&mut self, bytes: usize) -> wasmtime::Result<()> {
        self.read_bytes = self.read_bytes.saturating_add(bytes);
        let most = self.limits.read_bytes;
        if self.read_bytes > most {
            return self.end(Breach::bytes(
                LimitKey::ReadBytes,
                most,
                "it read documents that take more memory than",
            ));
        }
        Ok(())
    }

    /// Whether a line of log may still be written. The first that may not says so.
    pub(super) fn log_line(&mut self, bytes: usize) -> Logging {
        let had_room =
            self.log_lines <= self.limits.log_lines && self.log_bytes <= self.limits.log_bytes;
        self.log_lines = self.log_lines.saturating_add(1);
        self.log_bytes = self.log_bytes.saturating_add(bytes);
        if self.log_lines > self.limits.log_lines {
            let lines = self.limits.log_lines;
            return Logging::over(had_room, || Breach::new(LimitKey::LogLines, lines, WROTE));
        }
        if self.log_bytes > self.limits.log_bytes {
            let bytes = self.limits.log_bytes;
            return Logging::over(had_room, || Breach::bytes(LimitKey::LogBytes, bytes, WROTE));
        }
        Logging::Write
    }
}

const WROTE: &str = "it wrote more log than";

/// What becomes of a line of log.
pub(super) enum Logging {
    /// It is written.
    Write,
    /// It is the first that is not.
    Cut(Breach),
    /// It is not.
    Drop,
}

impl Logging {
    fn over(first: bool, breach: impl FnOnce() -> Breach) -> Self {
        if first {
            Self::Cut(breach())
        } else {
            Self::Drop
        }
    }
}

impl ResourceLimiter for Budget {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // Of all its memories together: a component can have many.
        let most = self.limits.memory;
        if self.memory.add(current, desired) > most {
            return self.end(Breach::bytes(
                LimitKey::Memory,
                most,
                "it wanted more memory than",
            ));
        }
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // Likewise.
        let most = self.limits.table_elements;
        if self.table_elements.add(current, desired) > most {
            return self.end(Breach::new(
                LimitKey::TableElements,
                most,
                "it wanted more elements in its tables than",
            ));
        }
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        // Asked for beyond the end that the memory itself declares, for instance.
        self.memory.give_back();
        Ok(())
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.table_elements.give_back();
        Ok(())
    }

    fn instances(&self) -> usize {
        self.limits.instances
    }

    fn memories(&self) -> usize {
        self.limits.memories
    }

    fn tables(&self) -> usize {
        self.limits.tables
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breach_names_limit_value_and_how_to_raise_it() {
        let mut budget = Budget::new(Limits {
            host_bytes: 3 << 10,
            ..Limits::default()
        });
        assert!(budget.host_bytes(3 << 10).is_ok());
        assert!(budget.host_bytes(1).is_err());
        assert_eq!(
            budget.breach().map(|breach| breach.to_string()).as_deref(),
            Some(
                "it exchanged more with valence than 3 KiB; `limits.host_bytes` of its `[[hook]]` raises this"
            )
        );
    }

    #[test]
    fn memory_is_counted_over_all_memories() {
        let mut budget = Budget::new(Limits {
            memory: 3 << 16,
            ..Limits::default()
        });
        assert!(budget.memory_growing(0, 2 << 16, None).is_ok());
        assert!(budget.memory_growing(0, 1 << 16, None).is_ok());
        assert!(budget.memory_growing(1 << 16, 2 << 16, None).is_err());
        assert_eq!(
            budget.breach().map(|breach| breach.key),
            Some(LimitKey::Memory)
        );
    }

    #[test]
    fn elements_are_counted_over_all_tables() {
        let mut budget = Budget::new(Limits {
            table_elements: 30,
            ..Limits::default()
        });
        assert!(budget.table_growing(0, 20, None).is_ok());
        assert!(budget.table_growing(0, 10, None).is_ok());
        assert!(budget.table_growing(20, 21, None).is_err());
        let breach = budget.breach().map(|breach| breach.key);
        assert_eq!(breach, Some(LimitKey::TableElements));
    }

    #[test]
    fn what_failed_to_grow_is_given_back_once() {
        let mut budget = Budget::new(Limits {
            memory: 3 << 16,
            table_elements: 30,
            ..Limits::default()
        });
        assert!(budget.memory_growing(0, 1 << 16, Some(2 << 16)).is_ok());
        for _ in 0..10 {
            let failed = || wasmtime::Error::msg("maximum");
            let maximum = Some(2 << 16);
            assert!(budget.memory_growing(1 << 16, 3 << 16, maximum).is_ok());
            assert!(budget.memory_grow_failed(failed()).is_ok());
            assert!(budget.memory_grow_failed(failed()).is_ok());
            assert!(budget.table_growing(0, 30, Some(1)).is_ok());
            assert!(budget.table_grow_failed(failed()).is_ok());
        }
        assert_eq!(
            (budget.memory.total, budget.table_elements.total),
            (1 << 16, 0)
        );
    }

    #[test]
    fn a_flood_of_log_is_cut_and_said_to_be_once() {
        for (lines, bytes, key) in [(2, 1000, "log_lines"), (100, 25, "log_bytes")] {
            let mut budget = Budget::new(Limits {
                log_lines: lines,
                log_bytes: bytes,
                ..Limits::default()
            });
            let mut fates = Vec::new();
            for _ in 0..5 {
                fates.push(match budget.log_line(10) {
                    Logging::Write => String::new(),
                    Logging::Cut(breach) => breach.key.to_string(),
                    Logging::Drop => "dropped".into(),
                });
            }
            assert_eq!(fates, ["", "", key, "dropped", "dropped"]);
        }
    }
}

//! What one call may use, and what it has used.

use std::fmt;
use std::time::Duration;

use wasmtime::ResourceLimiter;

use super::spec::Limits;

/// A limit that a hook ran into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The key under `limits` of the hook's `[[hook]]` that raises it.
    pub key: &'static str,
    /// The value it had.
    pub limit: String,
    /// What the hook did, to be followed by the limit.
    doing: &'static str,
}

impl Breach {
    pub(super) fn fuel(limits: &Limits) -> Self {
        Self::new("fuel", limits.fuel, "it ran on past its fuel of")
    }

    pub(super) fn deadline(limits: &Limits) -> Self {
        Self {
            key: "deadline",
            limit: duration(limits.deadline),
            doing: "it ran on past its deadline of",
        }
    }

    pub(super) fn stack(limits: &Limits) -> Self {
        Self::bytes("stack", limits.stack, "it filled its stack of")
    }

    pub(super) fn component(limits: &Limits) -> Self {
        Self::bytes("component", limits.component, "its file is larger than")
    }

    pub(super) fn output(limits: &Limits) -> Self {
        Self::bytes("output", limits.output, "it returned more than")
    }

    pub(super) fn depth(limits: &Limits) -> Self {
        Self::new("depth", limits.depth, "it returned json deeper than")
    }

    fn new(key: &'static str, limit: impl fmt::Display, doing: &'static str) -> Self {
        Self {
            key,
            limit: limit.to_string(),
            doing,
        }
    }

    fn bytes(key: &'static str, limit: usize, doing: &'static str) -> Self {
        Self::new(key, size(limit as u64), doing)
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, limit, doing } = self;
        write!(
            f,
            "{doing} {limit}; `limits.{key}` of its `[[hook]]` raises this"
        )
    }
}

/// How much of its limits a call has used up.
pub(super) struct Budget {
    limits: Limits,
    host_calls: u64,
    host_bytes: u64,
    log_lines: usize,
    log_bytes: usize,
    memory: usize,
    breach: Option<Breach>,
}

impl Budget {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            host_calls: 0,
            host_bytes: 0,
            log_lines: 0,
            log_bytes: 0,
            memory: 0,
            breach: None,
        }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
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
                "host_calls",
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
                "host_bytes",
                size(most),
                "it exchanged more with valence than",
            ));
        }
        Ok(())
    }

    /// Checks how many documents have been read.
    pub(super) fn reads(&mut self, documents: usize) -> wasmtime::Result<()> {
        let most = self.limits.reads;
        if documents > most {
            return self.end(Breach::new("reads", most, "it read more documents than"));
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
            return Logging::over(had_room, "log_lines", self.limits.log_lines);
        }
        if self.log_bytes > self.limits.log_bytes {
            return Logging::over(had_room, "log_bytes", self.limits.log_bytes);
        }
        Logging::Write
    }
}

/// What becomes of a line of log.
pub(super) enum Logging {
    /// It is written.
    Write,
    /// It is the first that is not.
    Cut { key: &'static str, limit: usize },
    /// It is not.
    Drop,
}

impl Logging {
    fn over(first: bool, key: &'static str, limit: usize) -> Self {
        if first {
            Self::Cut { key, limit }
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
        self.memory = self.memory.saturating_add(desired.saturating_sub(current));
        let most = self.limits.memory;
        if self.memory > most {
            return self.end(Breach::bytes("memory", most, "it wanted more memory than"));
        }
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let most = self.limits.table_elements;
        if desired > most {
            return self.end(Breach::new(
                "table_elements",
                most,
                "it wanted a table of more elements than",
            ));
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.limits.instances
    }

    fn memories(&self) -> usize {
        self.limits.instances
    }

    fn tables(&self) -> usize {
        self.limits.instances
    }
}

/// `bytes` as the configuration would write it.
fn size(bytes: u64) -> String {
    for (unit, name) in [(1 << 20, "MiB"), (1 << 10, "KiB")] {
        if bytes >= unit && bytes.is_multiple_of(unit) {
            return format!("{} {name}", bytes / unit);
        }
    }
    format!("{bytes} bytes")
}

fn duration(time: Duration) -> String {
    if time.subsec_millis() == 0 && time.as_secs() > 0 {
        format!("{} s", time.as_secs())
    } else {
        format!("{} ms", time.as_millis())
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
        assert_eq!(budget.breach().map(|breach| breach.key), Some("memory"));
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
                    Logging::Write => "",
                    Logging::Cut { key, .. } => key,
                    Logging::Drop => "dropped",
                });
            }
            assert_eq!(fates, ["", "", key, "dropped", "dropped"]);
        }
    }

    #[test]
    fn values_read_as_the_configuration_writes_them() {
        assert_eq!(size(64 << 20), "64 MiB");
        assert_eq!(size(1536), "1536 bytes");
        assert_eq!(duration(Duration::from_millis(1500)), "1500 ms");
        assert_eq!(duration(Duration::from_secs(2)), "2 s");
    }
}

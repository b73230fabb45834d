//! A limit that a hook ran into, and how it is told.

use std::fmt;
use std::time::Duration;

use super::limit_key::LimitKey;
use super::spec::Limits;

/// A limit that a hook ran into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The key under `limits` of the hook's `[[hook]]` that raises it.
    pub key: LimitKey,
    /// The value it had.
    pub limit: String,
    /// What the hook did, to be followed by the limit.
    doing: &'static str,
}

impl Breach {
    pub(super) fn fuel(limits: &Limits) -> Self {
        Self::new(LimitKey::Fuel, limits.fuel, "it ran on past its fuel of")
    }

    pub(super) fn deadline(limits: &Limits) -> Self {
        Self {
            key: LimitKey::Deadline,
            limit: duration(limits.deadline),
            doing: "it ran on past its deadline of",
        }
    }

    pub(super) fn stack(limits: &Limits) -> Self {
        Self::bytes(LimitKey::Stack, limits.stack, "it filled its stack of")
    }

    pub(super) fn component(limits: &Limits) -> Self {
        Self::bytes(
            LimitKey::Component,
            limits.component,
            "its file is larger than",
        )
    }

    pub(super) fn functions(limits: &Limits) -> Self {
        Self::new(
            LimitKey::Functions,
            limits.functions,
            "its component has more functions than",
        )
    }

    pub(super) fn instances_take(limits: &Limits) -> Self {
        Self::bytes(
            LimitKey::Memory,
            limits.memory,
            "its core instances take more memory, beside what is linear, than",
        )
    }

    pub(super) fn compiled(limits: &Limits) -> Self {
        Self::bytes(
            LimitKey::Compiled,
            limits.compiled,
            "its compiled code is larger than",
        )
    }

    pub(super) fn compile_memory(limits: &Limits) -> Self {
        Self::bytes(
            LimitKey::CompileMemory,
            limits.compile_memory,
            "compiling it took more memory than",
        )
    }

    pub(super) fn compile_deadline(limits: &Limits) -> Self {
        Self {
            key: LimitKey::CompileDeadline,
            limit: duration(limits.compile_deadline),
            doing: "compiling it took longer than",
        }
    }

    /// The same on the processors, of which a compiler may use several at once.
    pub(super) fn compile_processor_time(seconds: u64) -> Self {
        Self {
            key: LimitKey::CompileDeadline,
            limit: duration(Duration::from_secs(seconds)),
            doing: "compiling it took more processor time than",
        }
    }

    pub(super) fn output(limits: &Limits) -> Self {
        Self::bytes(LimitKey::Output, limits.output, "it returned more than")
    }

    pub(super) fn depth(limits: &Limits) -> Self {
        Self::new(
            LimitKey::Depth,
            limits.depth,
            "it returned json deeper than",
        )
    }

    /// The limit that wasmtime counts for us, if `error` says that it was broken.
    /// These errors have no types, only words; a test breaks each of these limits.
    pub(super) fn counted(limits: &Limits, error: &wasmtime::Error) -> Option<Self> {
        let words = error.root_cause().to_string();
        let said = |part: &str| words.contains(part);
        Some(if said("fuel allocated for hostcalls has been exhausted") {
            let most = size(limits.host_bytes);
            Self::new(
                LimitKey::HostBytes,
                most,
                "it exchanged more with valence than",
            )
        } else if said("store handle limit exceeded") {
            Self::new(
                LimitKey::Handles,
                limits.handles,
                "it held more handles than",
            )
        } else if said("instance count too high") {
            Self::new(
                LimitKey::Instances,
                limits.instances,
                "it has more core instances than",
            )
        } else if said("memory count too high") {
            Self::new(
                LimitKey::Memories,
                limits.memories,
                "it has more memories than",
            )
        } else if said("table count too high") {
            Self::new(LimitKey::Tables, limits.tables, "it has more tables than")
        } else {
            return None;
        })
    }

    pub(super) fn new(key: LimitKey, limit: impl fmt::Display, doing: &'static str) -> Self {
        Self {
            key,
            limit: limit.to_string(),
            doing,
        }
    }

    pub(super) fn bytes(key: LimitKey, limit: usize, doing: &'static str) -> Self {
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

/// `bytes` as the configuration would write it.
pub(super) fn size(bytes: u64) -> String {
    for (unit, name) in [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] {
        if bytes >= unit && bytes.is_multiple_of(unit) {
            return format!("{} {name}", bytes / unit);
        }
    }
    format!("{bytes} bytes")
}

fn duration(time: Duration) -> String {
    match time.subsec_nanos() {
        0 if time.as_secs() > 0 => format!("{} s", time.as_secs()),
        _ if time.as_millis() > 0 => format!("{} ms", time.as_millis()),
        _ => format!("{} us", time.as_nanos().div_ceil(1000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_the_configuration_writes_them() {
        assert_eq!(size(64 << 20), "64 MiB");
        assert_eq!(size(1536), "1536 bytes");
        assert_eq!(duration(Duration::from_millis(1500)), "1500 ms");
        assert_eq!(duration(Duration::from_secs(2)), "2 s");
        assert_eq!(duration(Duration::from_micros(20)), "20 us");
        assert_eq!(duration(Duration::from_nanos(1)), "1 us");
    }
}

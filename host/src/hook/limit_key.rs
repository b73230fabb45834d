//! The keys under `limits` of a `[[hook]]`.

use std::fmt;

/// Names the keys, and what the configuration calls them.
macro_rules! limit_keys {
    ($($key:ident: $name:literal,)*) => {
        /// A key under `limits` of a `[[hook]]`, named as there.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "`Limits` says what each one is")]
        pub enum LimitKey {
            $($key,)*
        }

        impl fmt::Display for LimitKey {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$key => $name,)*
                })
            }
        }
    };
}

limit_keys! {
    Fuel: "fuel",
    Deadline: "deadline",
    Memory: "memory",
    Memories: "memories",
    Tables: "tables",
    TableElements: "table_elements",
    Instances: "instances",
    Stack: "stack",
    Output: "output",
    Depth: "depth",
    Reads: "reads",
    ReadBytes: "read_bytes",
    Handles: "handles",
    HostCalls: "host_calls",
    HostBytes: "host_bytes",
    LogLines: "log_lines",
    LogBytes: "log_bytes",
    Component: "component",
    Functions: "functions",
    Compiled: "compiled",
    CompileMemory: "compile_memory",
    CompileDeadline: "compile_deadline",
}

//! What the configuration says of one hook.

use std::path::PathBuf;
use std::time::Duration;

use crate::enrollment::{Object, Pattern};

/// `[[hook]]` of the configuration, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct HookSpec {
    /// Its name, unique in the chain.
    pub name: String,
    /// The component's file.
    pub path: PathBuf,
    /// The digest it must have, as lower-case hexadecimal.
    pub sha256: Option<String>,
    /// Its `settings` table.
    pub settings: Object,
    /// For which nodes it runs.
    pub when: Selector,
    /// What it may write. None: anything but the protected keys.
    pub writes: Option<Vec<Pattern>>,
    /// The hooks whose values it may replace.
    pub overrides: Vec<String>,
    /// The credentials it may name.
    pub credentials: Vec<String>,
    /// Whether what it does counts.
    pub mode: Mode,
    /// What becomes of the registration when it fails.
    pub on_failure: OnFailure,
    /// What it may use.
    pub limits: Limits,
}

impl HookSpec {
    /// The hook `name` at `path`, everything else as by default.
    pub fn new(name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            path: path.into(),
            sha256: None,
            settings: Object::new(),
            when: Selector::default(),
            writes: None,
            overrides: Vec::new(),
            credentials: Vec::new(),
            mode: Mode::Enforce,
            on_failure: OnFailure::Reject,
            limits: Limits::default(),
        }
    }

    /// Whether a hook may be called so: names stand in pointers, paths and metrics.
    pub fn is_name(name: &str) -> bool {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        (1..=64).contains(&name.len())
            && name.chars().all(fits)
            && name.starts_with(|c: char| c.is_ascii_alphanumeric())
    }
}

/// `when`: globs (`*`), all of which must match; several for one key are
/// alternatives. A key without a glob matches every node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// The pod manager's name.
    pub pod_manager: Vec<String>,
    /// The node's name in Valence.
    pub node: Vec<String>,
    /// The inventory's manufacturer.
    pub manufacturer: Vec<String>,
    /// The inventory's model.
    pub model: Vec<String>,
    /// Redfish `SystemType`.
    pub system_type: Vec<String>,
}

/// Whether what a hook does counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// It does.
    #[default]
    Enforce,
    /// It runs, and its changes are recorded, without effect.
    Shadow,
}

/// What becomes of a registration whose hook fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// It ends, with the hook's name.
    #[default]
    Reject,
    /// It goes on without the hook, with a warning.
    Skip,
}

/// What one call of a hook may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wasm instructions, roughly: the same for the same input on any machine.
    pub fuel: u64,
    /// The guest's own running time; waiting for Redfish does not count.
    pub deadline: Duration,
    /// Bytes of linear memory, in all of its memories.
    pub memory: usize,
    /// Linear memories in its component.
    pub memories: usize,
    /// Tables in its component.
    pub tables: usize,
    /// Elements, in all of its tables.
    pub table_elements: usize,
    /// Core instances in its component.
    pub instances: usize,
    /// Bytes of native stack.
    pub stack: usize,
    /// Bytes of what it returns.
    pub output: usize,
    /// Depth of the JSON that it returns.
    pub depth: usize,
    /// Documents that it may ask for. What the inventory reads is not counted.
    pub reads: usize,
    /// Bytes that the documents which it reads may take in memory.
    pub read_bytes: usize,
    /// Handles that it holds at a time.
    pub handles: usize,
    /// Calls of the host.
    pub host_calls: u64,
    /// Bytes that calls of the host may carry, in and out, all together.
    pub host_bytes: u64,
    /// Lines of log.
    pub log_lines: usize,
    /// Bytes of log.
    pub log_bytes: usize,
    /// Bytes of its component's file.
    pub component: usize,
    /// Functions in its component.
    pub functions: u64,
    /// Bytes of its compiled code.
    pub compiled: usize,
    /// Bytes of memory for compiling it.
    pub compile_memory: usize,
    /// How long compiling it may take, on the clock as in processor time.
    pub compile_deadline: Duration,
}

impl Limits {
    /// What holds where the configuration says nothing.
    pub(super) const DEFAULT: Self = Self {
        fuel: 1_000_000_000,
        deadline: Duration::from_millis(1000),
        memory: 64 << 20,
        memories: 10,
        tables: 100,
        table_elements: 100_000,
        instances: 100,
        stack: 512 << 10,
        output: 256 << 10,
        depth: 32,
        reads: 200,
        read_bytes: 8 << 20,
        handles: 20_000,
        host_calls: 10_000,
        host_bytes: 16 << 20,
        log_lines: 100,
        log_bytes: 16 << 10,
        component: 64 << 20,
        functions: 50_000,
        compiled: 256 << 20,
        compile_memory: 2 << 30,
        compile_deadline: Duration::from_secs(300),
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

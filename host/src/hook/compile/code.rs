//! Compiled code, and the one place where it becomes something that runs.

use wasmtime::Engine;
use wasmtime::component::Component;

/// Compiled code that came from a compiler of ours and was not touched since:
/// whoever makes one answers for that. There are three: this process, its own
/// child, and the cache, after the code's HMAC was found right.
pub(in super::super) struct Code {
    bytes: Vec<u8>,
    /// Where the code begins: a file of the cache is kept as it was read.
    start: usize,
}

impl Code {
    /// Compiles `component` in this process.
    pub(in super::super) fn compile(engine: &Engine, component: &[u8]) -> wasmtime::Result<Self> {
        Ok(Self::trusted(engine.precompile_component(component)?, 0))
    }

    /// What stands from `start` on in `bytes`, which the caller answers for.
    pub(in super::super) fn trusted(bytes: Vec<u8>, start: usize) -> Self {
        Self { bytes, start }
    }

    /// The code itself.
    pub(in super::super) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// The component that can be run on `engine`; an error if it was compiled
    /// with other settings, or does not fit into the engine's pool.
    pub(in super::super) fn component(&self, engine: &Engine) -> wasmtime::Result<Component> {
        // SAFETY: wasmtime asks for bytes that `precompile_component` of the same
        // version of wasmtime made, unchanged; it checks version and settings
        // itself. A `Code` is made of nothing else: see its description. The bytes
        // are this process's own memory, which wasmtime copies, so that nobody can
        // change them between the check and the use.
        #[expect(
            unsafe_code,
            reason = "compiled code is native code: wasmtime cannot check it, and the cache does"
        )]
        unsafe {
            Component::deserialize(engine, self.bytes())
        }
    }
}

//! Loaded hooks, kept so that loading the same one again costs nothing.

use std::sync::Arc;

use super::chain::Chain;
use super::engine::Engine;
use super::load::{Hook, LoadError};
use super::spec::HookSpec;

/// How many hooks are kept that do not serve now: who takes a change back wants
/// the former one at once.
const MOST_IDLE: usize = 8;
/// And how large their components are together. Compiled code is several times
/// as large.
const MOST_IDLE_BYTES: usize = 32 << 20;

/// Hooks that serve or have served, the newest first.
#[derive(Default)]
pub(super) struct Shelf(Vec<Arc<Hook>>);

impl Shelf {
    /// The hook that `spec` describes: one that stands here if nothing about it
    /// has changed, else one that is loaded now. A hook whose name and component
    /// are those of one here goes on counting where that one is.
    pub(super) async fn take(
        &self,
        engine: &Engine,
        spec: HookSpec,
    ) -> Result<Arc<Hook>, LoadError> {
        let artefact = Hook::artefact(&spec).await?;
        let digest = artefact.digest();
        let mut alike = self.0.iter().filter(|hook| hook.digest == digest);
        if let Some(same) = alike.clone().find(|hook| hook.spec == spec) {
            return Ok(Arc::clone(same));
        }
        let namesake = alike.find(|hook| hook.spec.name == spec.name);
        let statistics = namesake.map(|hook| Arc::clone(&hook.statistics));
        let mut hook = Hook::of(engine, spec, artefact).await?;
        hook.statistics = statistics.unwrap_or_default();
        Ok(Arc::new(hook))
    }

    /// Puts the hooks of `chain`, which serves now, before all others, and gives
    /// up the oldest of those that are too many.
    pub(super) fn keep(&mut self, chain: &Chain) {
        let mut kept = chain.hooks().to_vec();
        let (mut idle, mut bytes) = (0, 0);
        for hook in self.0.drain(..) {
            if kept.iter().any(|known| Arc::ptr_eq(known, &hook)) {
                continue;
            }
            idle += 1;
            bytes += hook.size;
            if idle <= MOST_IDLE && bytes <= MOST_IDLE_BYTES {
                kept.push(hook);
            }
        }
        self.0 = kept;
    }
}

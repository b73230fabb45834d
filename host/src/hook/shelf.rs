//! Loaded hooks, kept so that loading the same one again costs nothing.

use std::sync::Arc;

use super::chain::Chain;
use super::engine::Engine;
use super::load::{Hook, LoadError};
use super::spec::HookSpec;

/// How many hooks are kept that do not serve now: who takes a change back wants
/// the former one at once.
const MOST_IDLE: usize = 8;
/// And how large their compiled code is together, which is what they hold.
const MOST_IDLE_BYTES: usize = 128 << 20;

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
        let former = std::mem::take(&mut self.0);
        self.0 = kept(chain.hooks(), former, |hook| hook.code);
    }
}

/// All that serve, and of `former` those that are not too many.
fn kept<T>(serving: &[Arc<T>], former: Vec<Arc<T>>, size: impl Fn(&T) -> usize) -> Vec<Arc<T>> {
    let mut kept = serving.to_vec();
    let (mut idle, mut bytes) = (0, 0);
    for one in former {
        if serving.iter().any(|known| Arc::ptr_eq(known, &one)) {
            continue;
        }
        idle += 1;
        bytes += size(&one);
        if idle <= MOST_IDLE && bytes <= MOST_IDLE_BYTES {
            kept.push(one);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sizes of those that are kept.
    fn after(serving: &[usize], former: &[usize]) -> Vec<usize> {
        let arcs = |sizes: &[usize]| sizes.iter().copied().map(Arc::new).collect::<Vec<_>>();
        let serving = arcs(serving);
        let former = [serving.clone(), arcs(former)].concat();
        let kept = kept(&serving, former, |size| *size);
        kept.iter().map(|size| **size).collect()
    }

    #[test]
    fn what_serves_is_kept_and_of_the_rest_the_newest() {
        assert_eq!(after(&[1, 2], &[3]), [1, 2, 3]);
        let many: Vec<_> = (10..30).collect();
        assert_eq!(after(&[1], &many), [vec![1], (10..18).collect()].concat());
        let large = MOST_IDLE_BYTES;
        assert_eq!(
            after(&[large, large], &[large - 1, 2, 1]),
            [large, large, large - 1]
        );
    }
}

//! The chain that serves, varied for one evaluation.

use std::path::PathBuf;
use std::sync::Arc;

use super::chain::Chain;
use super::live::LiveChain;
use super::load::{Hook, LoadError};
use super::shelf::Shelf;
use super::spec::{HookSpec, Mode};
use crate::enrollment::Object;
use crate::failure::{Cause, Failure};
use crate::text::tame;

/// What is to be otherwise about one hook of the chain that serves; or a hook that
/// is not in it, to run after all others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variation {
    /// The hook's name.
    pub hook: String,
    /// Its component: the name of a file, without `.wasm`, in `[hooks] directory`.
    pub component: Option<String>,
    /// Its settings.
    pub settings: Option<Object>,
    /// Whether what it does counts.
    pub mode: Option<Mode>,
}

impl LiveChain {
    /// The chain that serves now with these `variations`, for who wants to know what
    /// it would come to: what its hooks do is counted nowhere.
    pub async fn varied(&self, variations: &[Variation]) -> Result<Chain, Failure> {
        let chain = self.chain();
        if variations.is_empty() {
            return Ok(chain.apart());
        }
        let mut specs: Vec<_> = chain.hooks().iter().map(|hook| hook.spec.clone()).collect();
        for variation in variations {
            self.vary(&mut specs, variation)?;
        }
        let mut shelf = Shelf::default();
        shelf.keep(&chain);
        let varied = Chain::load_beside(self.engine(), specs, &shelf).await;
        varied.map(|varied| varied.apart()).map_err(refused)
    }

    fn vary(&self, specs: &mut Vec<HookSpec>, variation: &Variation) -> Result<(), Failure> {
        let name = &variation.hook;
        let known = specs.iter().any(|spec| spec.name == *name);
        if !known {
            let stored = variation.component.as_deref().unwrap_or(name);
            specs.push(HookSpec::new(name, self.stored(stored)?));
        }
        let Some(spec) = specs.iter_mut().find(|spec| spec.name == *name) else {
            return Ok(());
        };
        if let (true, Some(component)) = (known, &variation.component) {
            spec.path = self.stored(component)?;
            spec.sha256 = None;
        }
        if let Some(settings) = &variation.settings {
            spec.settings.clone_from(settings);
        }
        spec.mode = variation.mode.unwrap_or(spec.mode);
        Ok(())
    }

    /// The component that is stored under this name.
    fn stored(&self, name: &str) -> Result<PathBuf, Failure> {
        let is_name = !name.starts_with('.')
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        let stored = self
            .source()
            .stored(name)
            .filter(|path| is_name && path.is_file());
        stored.ok_or_else(|| {
            Failure::new(
                Cause::BadRequest,
                format!(
                    "there is no hook `{name}` in the chain, and no `{name}.wasm` in `[hooks] directory`",
                    name = tame(name, 100)
                ),
            )
        })
    }
}

impl Chain {
    /// The same hooks, each with a count of its own.
    fn apart(&self) -> Self {
        let apart = |hook: &Arc<Hook>| {
            Arc::new(Hook {
                statistics: Arc::default(),
                ..Hook::clone(hook)
            })
        };
        Self::of(self.hooks().iter().map(apart).collect())
    }
}

/// What the caller named cannot be loaded.
fn refused(error: LoadError) -> Failure {
    Failure::new(Cause::BadRequest, error.to_string()).because(error)
}

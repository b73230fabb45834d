//! The chain that serves, varied for one evaluation.

use std::path::PathBuf;
use std::sync::Arc;

use super::chain::Chain;
use super::live::LiveChain;
use super::load::{Hook, LoadError};
use super::reload::ReloadError;
use super::shelf::Shelf;
use super::spec::{HookSpec, Mode};
use crate::enrollment::{Author, Object};
use crate::failure::{Cause, Failure};
use crate::telemetry::HookCalls;
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
        let mut hooks = Vec::with_capacity(specs.len());
        for spec in specs {
            let serving = chain
                .hooks()
                .iter()
                .find(|hook| hook.spec.name == spec.name);
            let varied = variations.iter().find(|one| one.hook == spec.name);
            hooks.push(match (serving, varied) {
                // As it serves: its file may be another by now.
                (Some(serving), None) => Arc::clone(serving),
                (serving, varied) => {
                    let loaded = shelf.take(self.engine(), spec).await.map_err(refused)?;
                    let is_given = varied.is_some_and(|one| one.component.is_some());
                    match serving.filter(|serving| !is_given && serving.digest != loaded.digest) {
                        Some(serving) => return Err(other_file(&serving.spec.name)),
                        None => loaded,
                    }
                }
            });
        }
        Ok(Chain::of(hooks).apart())
    }

    fn vary(&self, specs: &mut Vec<HookSpec>, variation: &Variation) -> Result<(), Failure> {
        let name = &variation.hook;
        let known = specs.iter().any(|spec| spec.name == *name);
        if !known {
            if !HookSpec::is_name(name) || Author::RESERVED.contains(&name.as_str()) {
                return Err(no_name(name));
            }
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
    /// The same hooks, each with a count of its own, and in no metric.
    fn apart(&self) -> Self {
        let apart = |hook: &Arc<Hook>| {
            Arc::new(Hook {
                statistics: Arc::default(),
                calls: Arc::new(HookCalls::nowhere()),
                ..Hook::clone(hook)
            })
        };
        Self::of(self.hooks().iter().map(apart).collect())
    }
}

fn no_name(name: &str) -> Failure {
    Failure::new(
        Cause::BadRequest,
        format!(
            "`{}` is no name for a hook: a name has at most 64 letters, digits, `-`, `_` and `.`, \
             and is none that stands for others where changes are told",
            tame(name, 80)
        ),
    )
}

/// Its file was replaced, and the reload is refused or yet to come.
fn other_file(name: &str) -> Failure {
    Failure::new(
        Cause::BadRequest,
        format!(
            "the file of hook `{name}` is not the one that serves any more: \
             reload the hooks, or name a `component`"
        ),
    )
}

/// What the caller named cannot be loaded, or nothing could be on this machine now.
fn refused(error: LoadError) -> Failure {
    if error.may_pass() {
        return ReloadError::from(error).into_failure();
    }
    Failure::new(Cause::BadRequest, error.to_string()).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_machine_lacks_is_not_the_callers_fault() {
        let (hook, path, reason) = ("a", "a.wasm", "no memory");
        let machine = refused(LoadError::Machine {
            hook: hook.into(),
            path: path.into(),
            reason: reason.into(),
        });
        assert_eq!(machine.cause, Cause::Internal);
        let wrong = refused(LoadError::NoComponent {
            hook: hook.into(),
            path: path.into(),
            reason: reason.into(),
        });
        assert_eq!(wrong.cause, Cause::BadRequest);
    }
}

//! The chain that serves now, and putting another in its place.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::sync::Mutex;

use super::chain::Chain;
use super::engine::Engine;
use super::files::Files;
use super::load::Hook;
use super::reload::{Described, LastReload, Outcome, ReloadError, Reloaded, ReloadedHook, Trigger};
use super::shelf::Shelf;
use crate::failure::Failure;
use crate::telemetry;

/// Where hooks are described: the configuration, as far as this room knows it.
pub trait HookSource: Send + Sync {
    /// The file that they are described in.
    fn file(&self) -> Option<PathBuf>;
    /// Reads what it says now. May block.
    fn read(&self) -> Result<Described, Failure>;
    /// The file of the component that is stored as `name`, whether it is there or not.
    fn stored(&self, _name: &str) -> Option<PathBuf> {
        None
    }
}

/// The chain that serves now. Whoever evaluates takes it once and uses it to the
/// end: another chain concerns those who come later.
pub struct LiveChain {
    engine: Engine,
    source: Arc<dyn HookSource>,
    serving: ArcSwap<Serving>,
    /// One attempt at a time, each with the files as they are when its turn has
    /// come.
    shelf: Mutex<Shelf>,
}

/// What serves now, and what became of the last attempt to replace it.
#[derive(Clone)]
pub struct Serving {
    /// The chain.
    pub chain: Arc<Chain>,
    /// Since when it serves.
    pub loaded_at: Timestamp,
    /// None: there was no attempt since the start.
    pub last_reload: Option<LastReload>,
    /// As they were when they were read for the last attempt.
    pub(super) files: Files,
    /// Whether a change of a file is to be followed.
    pub(super) follow: bool,
}

/// What there is to serve, when all of it has loaded.
struct Loaded {
    chain: Chain,
    described: Described,
}

impl LiveChain {
    /// Loads the chain that `source` describes.
    pub async fn start(engine: Engine, source: Arc<dyn HookSource>) -> Result<Self, Failure> {
        let mut shelf = Shelf::default();
        let (files, loaded) = load(&engine, &source, &shelf).await;
        let loaded = loaded.map_err(ReloadError::into_failure)?;
        shelf.keep(&loaded.chain);
        for hook in loaded.chain.hooks() {
            tracing::info!(
                hook = hook.spec.name,
                digest = hook.digest,
                origin = ?hook.origin,
                memory = ?hook.allocation(),
                "hook loaded"
            );
        }
        telemetry::keep_hooks(loaded.chain.hooks().len());
        let serving = Serving {
            chain: Arc::new(loaded.chain),
            loaded_at: Timestamp::now(),
            last_reload: None,
            files,
            follow: loaded.described.follow,
        };
        Ok(Self {
            engine,
            source,
            serving: ArcSwap::from_pointee(serving),
            shelf: Mutex::new(shelf),
        })
    }

    /// The chain that serves now.
    pub fn chain(&self) -> Arc<Chain> {
        Arc::clone(&self.serving.load().chain)
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn source(&self) -> &dyn HookSource {
        &*self.source
    }

    /// The chain that serves now, with what is to be said about it.
    pub fn serving(&self) -> Arc<Serving> {
        self.serving.load_full()
    }

    /// Reads the configuration and the hooks' files again, and lets what they
    /// come to serve if all of it loads. Else everything stays as it is.
    pub async fn reload(&self, trigger: Trigger) -> Result<Reloaded, ReloadError> {
        let mut shelf = self.shelf.lock().await;
        let before = self.serving.load_full();
        let (files, loaded) = load(&self.engine, &self.source, &shelf).await;
        let mut after = Serving::clone(&before);
        let ended = match loaded {
            Ok(loaded) => {
                let reloaded = reloaded(&before.chain, &loaded);
                after.follow = loaded.described.follow;
                after.files = files;
                if !is_same(&before.chain, &loaded.chain) {
                    shelf.keep(&loaded.chain);
                    after.chain = Arc::new(loaded.chain);
                    after.loaded_at = Timestamp::now();
                }
                Ok(reloaded)
            }
            Err(error) => {
                // Those of the chain that serves are followed too: a change back
                // is a change.
                after.files = files.and(looked_at(before.files.clone()).await);
                Err(error)
            }
        };
        after.last_reload = Some(LastReload {
            at: Timestamp::now(),
            trigger,
            outcome: ended
                .as_ref()
                .map_or(Outcome::Refused, |reloaded| reloaded.outcome),
            error: ended.as_ref().err().cloned(),
        });
        telemetry::keep_hooks(after.chain.hooks().len());
        telemetry::hooks_reloaded(match &ended {
            Ok(reloaded) if reloaded.outcome == Outcome::Unchanged => "unchanged",
            Ok(_) => "swapped",
            Err(_) => "refused",
        });
        self.serving.store(Arc::new(after));
        log(trigger, before.chain.digest(), &ended);
        ended
    }
}

/// `files` as they are now. A file system may be slow to answer.
pub(super) async fn looked_at(files: Files) -> Files {
    let looked = tokio::task::spawn_blocking({
        let files = files.clone();
        move || files.now()
    });
    looked.await.unwrap_or(files)
}

/// Loads what `source` describes, beside whatever serves; and which files that
/// was made of, as far as is known when it fails.
async fn load(
    engine: &Engine,
    source: &Arc<dyn HookSource>,
    shelf: &Shelf,
) -> (Files, Result<Loaded, ReloadError>) {
    let source = Arc::clone(source);
    let read = tokio::task::spawn_blocking(move || {
        let mut files = Files::default();
        if let Some(file) = source.file() {
            files.note(&absolute(&file));
        }
        let described = source.read();
        for spec in described.iter().flat_map(|described| &described.specs) {
            files.note(&absolute(&spec.path));
        }
        (files, described)
    })
    .await;
    let (files, described) = match read {
        Ok((files, described)) => (files, described.map_err(ReloadError::from)),
        Err(error) => (Files::default(), Err(Failure::internal(error).into())),
    };
    let mut described = match described {
        Ok(described) => described,
        Err(error) => return (files, Err(error)),
    };
    let specs = std::mem::take(&mut described.specs);
    let chain = Chain::load_beside(engine, specs, shelf).await;
    let loaded = chain.map(|chain| Loaded { chain, described });
    (files, loaded.map_err(ReloadError::from))
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Whether two chains are made of the very same hooks.
fn is_same(before: &Chain, after: &Chain) -> bool {
    let (before, after) = (before.hooks(), after.hooks());
    before.len() == after.len() && before.iter().zip(after).all(|(a, b)| Arc::ptr_eq(a, b))
}

fn reloaded(before: &Chain, loaded: &Loaded) -> Reloaded {
    let after = &loaded.chain;
    let named = |chain: &Chain, name: &str| {
        let found = chain.hooks().iter().find(|hook| hook.spec.name == name);
        found.map(Arc::clone)
    };
    let state = |hook: &Arc<Hook>| match named(before, &hook.spec.name) {
        Some(old) if Arc::ptr_eq(&old, hook) => "unchanged",
        Some(_) => "changed",
        None => "added",
    };
    Reloaded {
        outcome: match is_same(before, after) {
            true => Outcome::Unchanged,
            false => Outcome::Swapped,
        },
        chain: after.digest().to_owned(),
        previous: before.digest().to_owned(),
        hooks: after
            .hooks()
            .iter()
            .map(|hook| ReloadedHook {
                name: hook.spec.name.clone(),
                digest: hook.digest.clone(),
                state: state(hook),
            })
            .collect(),
        removed: before
            .hooks()
            .iter()
            .map(|hook| &hook.spec.name)
            .filter(|name| named(after, name).is_none())
            .cloned()
            .collect(),
        needs_restart: loaded.described.needs_restart.clone(),
    }
}

fn log(trigger: Trigger, before: &str, ended: &Result<Reloaded, ReloadError>) {
    let trigger = trigger.name();
    let reloaded = match ended {
        Ok(reloaded) => reloaded,
        Err(error) => {
            let (hook, field) = (error.hook.as_deref(), error.field.as_deref());
            tracing::error!(
                trigger,
                chain = before,
                hook,
                field,
                error = error.detail,
                "the hooks could not be reloaded: those before keep serving"
            );
            return;
        }
    };
    for hook in &reloaded.hooks {
        if hook.state != "unchanged" {
            tracing::info!(
                hook = hook.name,
                digest = hook.digest,
                "hook {}",
                hook.state
            );
        }
    }
    for name in &reloaded.removed {
        tracing::info!(hook = name, "hook removed");
    }
    if !reloaded.needs_restart.is_empty() {
        let keys = reloaded.needs_restart.join(", ");
        tracing::warn!(
            keys,
            "the configuration has changed where only a restart has an effect"
        );
    }
    let chain = &reloaded.chain;
    match reloaded.outcome {
        Outcome::Swapped => tracing::info!(trigger, chain, previous = before, "hooks reloaded"),
        _ => tracing::info!(trigger, chain, "hooks reloaded: nothing has changed"),
    }
}

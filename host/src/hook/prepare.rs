//! From the bytes of a component to one that can be run: found in the cache or
//! compiled, in the place where it belongs, and compared with the contract.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::Component;

use super::breach::Breach;
use super::cache::{EntryName, InUse};
use super::compile::{Code, CompileError, Facts};
use super::engine::{Allocation, Engine, Place};
use super::load::{Artefact, LoadError, blocking};
use super::spec::Limits;
use crate::text::tame;

/// Where compiled code came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was compiled.
    Compiled,
    /// It was compiled before, and kept.
    Cache,
}

/// A component, compiled and compared with the contract.
pub(super) struct Prepared {
    pub(super) place: Arc<Place>,
    pub(super) component: Component,
    pub(super) origin: Origin,
    /// Bytes of its compiled code.
    pub(super) code: usize,
    pub(super) problems: Vec<String>,
    /// Where compiled code is kept.
    pub(super) in_use: Option<InUse>,
}

/// Prepares the component of `hook`. Nothing of it is compiled twice: the code is
/// the same for all places, and what is not fit for one may be for the next.
pub(super) async fn prepare(
    engine: &Engine,
    hook: &str,
    path: &Path,
    limits: &Limits,
    artefact: Artefact,
) -> Result<Prepared, LoadError> {
    let preparation = Preparation {
        engine,
        hook,
        path,
        limits,
    };
    preparation.prepare(artefact).await
}

struct Preparation<'a> {
    engine: &'a Engine,
    hook: &'a str,
    path: &'a Path,
    limits: &'a Limits,
}

impl Preparation<'_> {
    async fn prepare(&self, artefact: Artefact) -> Result<Prepared, LoadError> {
        let Artefact { bytes, sha256 } = artefact;
        preamble(&bytes).map_err(|reason| self.unfit(reason))?;
        let (facts, bytes) = blocking(move || Ok((Facts::of(&bytes), bytes)))
            .await
            .map_err(|error| self.failed(&error.to_string()))?;
        if facts.functions > self.limits.functions {
            return Err(self.over(Breach::functions(self.limits)));
        }
        if facts.instances_take(self.limits.instances) > self.limits.memory as u64 {
            return Err(self.over(Breach::instances_take(self.limits)));
        }
        if facts.inner_functions > 0 {
            return Err(LoadError::Incompatible {
                hook: self.hook.into(),
                problems: vec![
                    "a component within it lifts functions of its own, and calls between components \
                     are not metered: link its parts into one component"
                        .into(),
                ],
            });
        }
        let mut places = Vec::with_capacity(Allocation::ALL.len());
        for allocation in Allocation::ALL {
            places.extend(self.engine.place(allocation, self.limits, &facts)?);
        }
        let Some(settings) = places.last().map(|place| place.settings.clone()) else {
            return Err(self.failed("there is no place for it"));
        };
        let name = EntryName {
            component: sha256,
            settings,
        };
        let in_use = self.engine.cache().map(|cache| cache.hold(&name));
        let _alone = self.engine.workshop().alone(&name.file()).await;
        if let Some(code) = self.kept(&name).await {
            self.small_enough(&code)?;
            // What is sound and yet does not load is compiled again.
            if let Ok(prepared) = self.place(code, Origin::Cache, places.clone()).await {
                tracing::debug!(hook = self.hook, "taken from the cache of compiled hooks");
                return Ok(Prepared { in_use, ..prepared });
            }
        }
        let code = self.compile(&name, bytes, &places).await?;
        self.small_enough(&code)?;
        self.keep(name, &code).await;
        let prepared = self.place(code, Origin::Compiled, places).await?;
        Ok(Prepared { in_use, ..prepared })
    }

    /// Whoever compiles sees to this too, if it is another process.
    fn small_enough(&self, code: &Code) -> Result<(), LoadError> {
        match code.bytes().len() > self.limits.compiled {
            true => Err(self.over(Breach::compiled(self.limits))),
            false => Ok(()),
        }
    }

    async fn kept(&self, name: &EntryName) -> Option<Arc<Code>> {
        let (engine, name) = (self.engine.clone(), name.clone());
        let code = blocking(move || Ok(engine.cache().and_then(|cache| cache.get(&name))));
        code.await.ok().flatten().map(Arc::new)
    }

    async fn keep(&self, name: EntryName, code: &Arc<Code>) {
        let (engine, code) = (self.engine.clone(), Arc::clone(code));
        let kept = blocking(move || {
            if let Some(cache) = engine.cache() {
                cache.put(&name, &code);
            }
            Ok(())
        });
        // What can fail has been logged.
        let _ = kept.await;
    }

    async fn compile(
        &self,
        name: &EntryName,
        bytes: Vec<u8>,
        places: &[Arc<Place>],
    ) -> Result<Arc<Code>, LoadError> {
        let Some(place) = places.last() else {
            return Err(self.failed("there is no place for it"));
        };
        let begun = Instant::now();
        let workshop = self.engine.workshop();
        let compiled = workshop.compile(&place.engine, &name.settings, bytes, self.limits);
        let code = compiled.await.map_err(|error| match error {
            CompileError::Unfit(reason) => self.unfit(&reason),
            CompileError::Limit(breach) => self.over(breach),
            CompileError::Broken(reason) => LoadError::Compiler {
                hook: self.hook.into(),
                path: self.path.display().to_string(),
                reason: tame(&reason, 500),
            },
        })?;
        tracing::info!(
            hook = self.hook,
            bytes = code.bytes().len(),
            milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            "hook compiled"
        );
        Ok(Arc::new(code))
    }

    /// Puts the code into the first of `places` that takes it.
    async fn place(
        &self,
        code: Arc<Code>,
        origin: Origin,
        places: Vec<Arc<Place>>,
    ) -> Result<Prepared, LoadError> {
        let engine = self.engine.clone();
        let placed = blocking(move || {
            let mut refused = None;
            for place in places {
                match code.component(&place.engine) {
                    Ok(component) => {
                        return Ok(Prepared {
                            place,
                            problems: engine.contract().problems(&component),
                            component,
                            code: code.bytes().len(),
                            origin,
                            in_use: None,
                        });
                    }
                    Err(error) => refused = Some(format!("{error:#}")),
                }
            }
            Err(std::io::Error::other(refused.unwrap_or_default()))
        });
        // The last place takes all that can be compiled.
        placed
            .await
            .map_err(|error| self.failed(&error.to_string()))
    }

    fn unfit(&self, reason: &str) -> LoadError {
        LoadError::NoComponent {
            hook: self.hook.into(),
            path: self.path.display().to_string(),
            reason: tame(reason, 500),
        }
    }

    fn failed(&self, reason: &str) -> LoadError {
        LoadError::Machine {
            hook: self.hook.into(),
            path: self.path.display().to_string(),
            reason: tame(reason, 500),
        }
    }

    fn over(&self, breach: Breach) -> LoadError {
        LoadError::Limit {
            hook: self.hook.into(),
            breach,
        }
    }
}

/// What the first bytes say: people hand over all kinds of files.
fn preamble(bytes: &[u8]) -> Result<(), &'static str> {
    match bytes.get(..8) {
        Some([0, b'a', b's', b'm', _, _, 1, 0]) => Ok(()),
        Some([0, b'a', b's', b'm', ..]) => {
            Err("it is a core module; `valence hook componentize` makes a component of it")
        }
        _ if bytes.starts_with(b"(") => Err("it is text; compile it first"),
        _ if bytes.is_empty() => Err("it is empty"),
        _ => Err("it does not begin as webassembly does"),
    }
}

//! From a file to a hook that can be called.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use wasmtime::component::{Component, InstancePre};

use super::bindings::exports::valence::hooks::{about, configuration, mapping, review};
use super::breach::Breach;
use super::call::CallError;
use super::engine::{Allocation, Engine, EngineError, Place};
use super::prepare::{Origin, prepare};
use super::schema;
use super::spec::{HookSpec, Limits};
use super::state::{Settings, State};
use super::statistics::Statistics;
use crate::telemetry::HookCalls;
use crate::text::{hexadecimal, tame};

/// A hook, compiled, checked, and ready to be called any number of times.
#[derive(Clone)]
pub struct Hook {
    /// What the configuration says of it.
    pub spec: HookSpec,
    /// `sha256:` and the digest of its component.
    pub digest: String,
    /// The size of its component in bytes.
    pub size: usize,
    /// Where its compiled code came from.
    pub origin: Origin,
    /// How it introduces itself, if it does.
    pub description: Option<Description>,
    pub(super) place: Arc<Place>,
    pub(super) pre: InstancePre<State>,
    pub(super) exports: Exports,
    pub(super) settings: Arc<Settings>,
    pub(super) name: Arc<str>,
    /// What its calls have come to.
    pub statistics: Arc<Statistics>,
    /// The same, for the metrics of the process.
    pub(super) calls: Arc<HookCalls>,
}

/// How a hook introduces itself.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Description {
    /// Its name, which need not be that in the configuration.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// What it does.
    pub summary: String,
    /// JSON Schema (2020-12) of its settings.
    pub settings_schema: Option<Value>,
}

/// What of the contract a component exports.
#[derive(Clone)]
pub(super) struct Exports {
    pub(super) mapping: Option<mapping::GuestIndices>,
    pub(super) review: Option<review::GuestIndices>,
    pub(super) configuration: Option<configuration::GuestIndices>,
    pub(super) about: Option<about::GuestIndices>,
}

/// Why a hook could not be loaded. `hook` is its name in the configuration.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A name that stands for something else in reports, or that is taken.
    #[error("hook `{hook}`: {reason}")]
    Name {
        /// Which.
        hook: String,
        /// What is wrong with its name.
        reason: String,
    },
    /// Its file cannot be read.
    #[error("hook `{hook}`: `{path}` cannot be read")]
    File {
        /// Which.
        hook: String,
        /// Its file.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Its component is over a limit, or compiling it is.
    #[error("hook `{hook}`: {breach}")]
    Limit {
        /// Which.
        hook: String,
        /// The limit.
        breach: Breach,
    },
    /// Its file is not the one that the configuration pins.
    #[error(
        "hook `{hook}`: `{path}` has the sha256 `{found}`, and the configuration pins `{pinned}`"
    )]
    Pin {
        /// Which.
        hook: String,
        /// Its file.
        path: String,
        /// What the configuration says.
        pinned: String,
        /// What it has.
        found: String,
    },
    /// Its file is no component.
    #[error("hook `{hook}`: `{path}` is no component: {reason}")]
    NoComponent {
        /// Which.
        hook: String,
        /// Its file.
        path: String,
        /// What it is instead, and what to do.
        reason: String,
    },
    /// It could not be compiled, for no fault that is known of its own.
    #[error("hook `{hook}`: the compiler of `{path}` broke down: {reason}")]
    Compiler {
        /// Which.
        hook: String,
        /// Its file.
        path: String,
        /// What happened to the compiler.
        reason: String,
    },
    /// It is a component, and this machine could not make anything of it: no
    /// memory, no thread.
    #[error("hook `{hook}`: `{path}` could not be loaded on this machine: {reason}")]
    Machine {
        /// Which.
        hook: String,
        /// Its file.
        path: String,
        /// What happened.
        reason: String,
    },
    /// It does not fit the contract.
    #[error("hook `{hook}` does not fit: {}", .problems.join("; "))]
    Incompatible {
        /// Which.
        hook: String,
        /// What does not fit, a sentence each.
        problems: Vec<String>,
    },
    /// It could not be started, or could not introduce itself.
    #[error("hook `{hook}` cannot be started: {error}")]
    Start {
        /// Which.
        hook: String,
        /// What happened.
        error: CallError,
    },
    /// The schema that it brings along is none.
    #[error("hook `{hook}`: the json schema of its settings is none: {reason}")]
    Schema {
        /// Which.
        hook: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Its settings are wrong.
    #[error("hook `{hook}`: {}", .problems.join("; "))]
    Settings {
        /// Which.
        hook: String,
        /// What is wrong with them, a sentence each, with the key.
        problems: Vec<String>,
    },
    /// `overrides` names a hook that does not run before it.
    #[error("hook `{hook}`: `overrides` names `{other}`, and no hook of this name runs before it")]
    Overrides {
        /// Which.
        hook: String,
        /// The name.
        other: String,
    },
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// The bytes of a component's file.
pub(super) struct Artefact {
    pub(super) bytes: Vec<u8>,
    /// Lower-case hexadecimal.
    pub(super) sha256: String,
}

impl Hook {
    /// Loads the hook that `spec` describes: reads, compiles and checks it, runs
    /// it up to where it could be called, and has its settings checked.
    pub async fn load(engine: &Engine, spec: HookSpec) -> Result<Self, LoadError> {
        let artefact = Self::artefact(&spec).await?;
        Self::of(engine, spec, artefact).await
    }

    /// The hook that `spec` describes, whose component is `artefact`.
    pub(super) async fn of(
        engine: &Engine,
        spec: HookSpec,
        artefact: Artefact,
    ) -> Result<Self, LoadError> {
        let name = spec.name.clone();
        let digest = artefact.digest();
        let size = artefact.bytes.len();
        let compiled = prepare(engine, &name, &spec.path, &spec.limits, artefact).await?;
        if !compiled.problems.is_empty() {
            return Err(LoadError::Incompatible {
                hook: name,
                problems: compiled.problems,
            });
        }
        let mut hook = Self::link(compiled.place, &compiled.component, spec)?;
        hook.digest = digest;
        hook.origin = compiled.origin;
        hook.size = size;
        hook.start().await?;
        hook.check_settings().await?;
        Ok(hook)
    }

    /// The hook in `component`, able to introduce itself, without a look at its
    /// settings.
    pub(super) async fn introduce(
        place: Arc<Place>,
        component: &Component,
        spec: HookSpec,
    ) -> Result<Self, LoadError> {
        let mut hook = Self::link(place, component, spec)?;
        hook.start().await?;
        Ok(hook)
    }

    fn link(place: Arc<Place>, component: &Component, spec: HookSpec) -> Result<Self, LoadError> {
        let pre = place
            .linker
            .instantiate_pre(component)
            .map_err(|error| unlinked(&spec.name, &error))?;
        let exports = Exports {
            mapping: mapping::GuestIndices::new(&pre).ok(),
            review: review::GuestIndices::new(&pre).ok(),
            configuration: configuration::GuestIndices::new(&pre).ok(),
            about: about::GuestIndices::new(&pre).ok(),
        };
        let settings = Value::Object(spec.settings.clone());
        Ok(Self {
            digest: String::new(),
            size: 0,
            origin: Origin::Compiled,
            description: None,
            place,
            pre,
            exports,
            settings: Arc::new(Settings {
                text: settings.to_string(),
                value: settings,
            }),
            name: spec.name.as_str().into(),
            statistics: Arc::default(),
            calls: Arc::new(HookCalls::of(&spec.name)),
            spec,
        })
    }

    /// The names of the phases that it takes part in, in their order.
    pub fn phases(&self) -> Vec<&'static str> {
        let mut phases = Vec::new();
        if self.exports.mapping.is_some() {
            phases.push("mapping");
        }
        if self.exports.review.is_some() {
            phases.push("review");
        }
        phases
    }

    /// Where the memory of its calls comes from.
    pub fn allocation(&self) -> Allocation {
        self.place.allocation
    }

    /// Whether it takes part in mapping.
    pub fn maps(&self) -> bool {
        self.exports.mapping.is_some()
    }

    /// Whether it takes part in review.
    pub fn reviews(&self) -> bool {
        self.exports.review.is_some()
    }

    /// Runs it up to where it could be called, and has it introduce itself.
    async fn start(&mut self) -> Result<(), LoadError> {
        let failed = |error| LoadError::Start {
            hook: self.spec.name.clone(),
            error,
        };
        self.call_types().await.map_err(failed)?;
        self.description = self.call_describe().await.map_err(failed)?;
        Ok(())
    }

    async fn check_settings(&self) -> Result<(), LoadError> {
        let hook = || self.spec.name.clone();
        if let Some(schema) = self
            .description
            .as_ref()
            .and_then(|description| description.settings_schema.as_ref())
        {
            let problems = schema::problems(schema, &self.settings.value).map_err(|reason| {
                LoadError::Schema {
                    hook: hook(),
                    reason,
                }
            })?;
            if !problems.is_empty() {
                return Err(LoadError::Settings {
                    hook: hook(),
                    problems,
                });
            }
        }
        let checked = self.call_check_settings().await;
        match checked.map_err(|error| LoadError::Start {
            hook: hook(),
            error,
        })? {
            Ok(()) => Ok(()),
            Err(problem) => Err(LoadError::Settings {
                hook: hook(),
                problems: vec![format!("`settings`: {}", tame(&problem, 1000))],
            }),
        }
    }
}

/// Reads the component at `path`, and no more of it than its limit allows.
pub(super) async fn read(hook: &str, path: &Path, limits: Limits) -> Result<Artefact, LoadError> {
    let file = path.to_owned();
    let read = blocking(move || {
        let mut bytes = Vec::new();
        let most = limits.component as u64;
        File::open(file)?
            .take(most.saturating_add(1))
            .read_to_end(&mut bytes)?;
        let sha256 = hexadecimal(&Sha256::digest(&bytes));
        Ok(Artefact { bytes, sha256 })
    })
    .await;
    let artefact = read.map_err(|source| LoadError::File {
        hook: hook.into(),
        path: path.display().to_string(),
        source,
    })?;
    if artefact.bytes.len() > limits.component {
        return Err(LoadError::Limit {
            hook: hook.into(),
            breach: Breach::component(&limits),
        });
    }
    Ok(artefact)
}

/// Linking failed although the comparison found nothing: a type that is only
/// named, for instance.
fn unlinked(hook: &str, error: &wasmtime::Error) -> LoadError {
    LoadError::Incompatible {
        hook: hook.into(),
        problems: vec![format!(
            "it cannot be linked: {}: build it with the sdk of this valence",
            tame(&format!("{error:#}"), 500)
        )],
    }
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(std::io::Error::other(error)),
    }
}

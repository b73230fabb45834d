//! From a file to a hook that can be called.

mod error;

use std::sync::Arc;

use serde_json::Value;
use wasmtime::component::{Component, InstancePre};

use super::bindings::exports::valence::hooks::{about, configuration, mapping, review};
use super::cache::InUse;
use super::engine::{Allocation, Engine, Place};
use super::prepare::{Origin, prepare};
use super::schema;
use super::spec::HookSpec;
use super::state::{Settings, State};
use super::statistics::Statistics;
use crate::telemetry::HookCalls;
use crate::text::tame;

pub use error::LoadError;

/// A hook, compiled, checked, and ready to be called any number of times.
#[derive(Clone)]
pub struct Hook {
    /// What the configuration says of it.
    pub spec: HookSpec,
    /// `sha256:` and the digest of its component.
    pub digest: String,
    /// The size of its component in bytes.
    pub size: usize,
    /// The size of its compiled code in bytes.
    pub(super) code: usize,
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
    /// Its compiled code on disk, which stays as long as it does.
    pub(super) in_use: Option<InUse>,
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
        hook.in_use = compiled.in_use;
        hook.size = size;
        hook.code = compiled.code;
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
            code: 0,
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
            in_use: None,
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
        let failed = |error| LoadError::start(&self.spec, error);
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
            let checked = schema::problems_in_time(schema, &self.settings).await;
            let problems = checked.map_err(|reason| LoadError::Schema {
                hook: hook(),
                reason,
            })?;
            if !problems.is_empty() {
                return Err(LoadError::Settings {
                    hook: hook(),
                    problems,
                });
            }
        }
        let checked = self.call_check_settings().await;
        match checked.map_err(|error| LoadError::start(&self.spec, error))? {
            Ok(()) => Ok(()),
            Err(problem) => Err(LoadError::Settings {
                hook: hook(),
                problems: vec![format!("`settings`: {}", tame(&problem, 1000))],
            }),
        }
    }
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

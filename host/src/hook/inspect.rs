//! What can be said of a component without a configuration.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::artefact;
use super::compile::Facts;
use super::engine::Engine;
use super::load::{Hook, LoadError};
use super::prepare::prepare;
use super::spec::HookSpec;
use crate::text::tame;

/// The longest name of an import or export that is shown.
const LONGEST_NAME: usize = 200;

/// What can be said of a component.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inspection {
    /// How it calls itself, else the name of its file.
    pub name: String,
    /// `sha256:` and its digest.
    pub digest: String,
    /// Its size in bytes.
    pub size: usize,
    /// The memory that it needs before it has done anything, in bytes: less than
    /// this of `limits.memory` does not do.
    pub minimum_memory: u64,
    /// The version of the contract that it was compared with.
    pub contract: String,
    /// The phases that it takes part in, in their order.
    pub phases: Vec<&'static str>,
    /// What it imports.
    pub imports: Vec<String>,
    /// What it exports.
    pub exports: Vec<String>,
    /// Its own version, if it introduces itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it says that it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// JSON Schema (2020-12) of its settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings_schema: Option<Value>,
    /// Why it cannot be used as a hook, a sentence each. Empty: it can.
    pub problems: Vec<String>,
}

impl Hook {
    /// What its component imports.
    pub fn imports(&self) -> Vec<String> {
        let whole = self.pre.component().component_type();
        whole
            .imports(&self.place.engine)
            .map(|(name, _)| tame(name, LONGEST_NAME))
            .collect()
    }

    /// The version of the contract that it was built against: that of the phases
    /// it exports.
    pub fn contract(&self) -> Option<String> {
        let whole = self.pre.component().component_type();
        whole
            .exports(&self.place.engine)
            .filter(|(name, _)| name.starts_with("valence:hooks/"))
            .find_map(|(name, _)| name.split_once('@'))
            .map(|(_, version)| tame(version, LONGEST_NAME))
    }
}

/// Describes the component at `path`, whether it fits the contract or not.
pub async fn inspect(engine: &Engine, path: &Path) -> Result<Inspection, LoadError> {
    let stem = path.file_stem().unwrap_or_default();
    let name = stem.to_string_lossy().into_owned();
    let spec = HookSpec::new(&name, path);
    let artefact = artefact::read(&name, path, spec.limits).await?;
    let (size, digest) = (artefact.bytes.len(), artefact.digest());
    let minimum_memory = Facts::of(&artefact.bytes).memory;
    let compiled = prepare(engine, &name, path, &spec.limits, artefact).await?;
    let whole = compiled.component.component_type();
    let wasm = &compiled.place.engine;
    let names = |name: &str| tame(name, LONGEST_NAME);
    let mut inspection = Inspection {
        name,
        digest,
        size,
        minimum_memory,
        contract: engine.contract().version(),
        phases: Vec::new(),
        imports: whole.imports(wasm).map(|(name, _)| names(name)).collect(),
        exports: whole.exports(wasm).map(|(name, _)| names(name)).collect(),
        version: None,
        description: None,
        settings_schema: None,
        problems: compiled.problems,
    };
    if inspection.problems.is_empty() {
        match Hook::introduce(Arc::clone(&compiled.place), &compiled.component, spec).await {
            Ok(hook) => {
                inspection.phases = hook.phases();
                if let Some(about) = hook.description {
                    inspection.name = about.name;
                    inspection.version = Some(about.version);
                    inspection.description = Some(about.summary);
                    inspection.settings_schema = about.settings_schema;
                }
            }
            Err(error) => inspection.problems.push(error.to_string()),
        }
    }
    Ok(inspection)
}

//! The hooks of a configuration, in their order.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::engine::Engine;
use super::load::{Hook, LoadError, hex};
use super::spec::{HookSpec, Mode, OnFailure};

/// The hooks of a configuration, in their order. It never changes: another
/// configuration is another chain.
pub struct Chain {
    hooks: Vec<Arc<Hook>>,
    digest: String,
}

impl Chain {
    /// Loads all of `specs`, or none.
    pub async fn load(engine: &Engine, specs: Vec<HookSpec>) -> Result<Self, LoadError> {
        let mut names = HashSet::new();
        for spec in &specs {
            if let Some(other) = spec.overrides.iter().find(|name| !names.contains(*name)) {
                return Err(LoadError::Overrides {
                    hook: spec.name.clone(),
                    other: crate::text::tame(other, 100),
                });
            }
            if !names.insert(spec.name.clone()) {
                return Err(LoadError::Name {
                    hook: spec.name.clone(),
                    reason: "two hooks have this name".into(),
                });
            }
        }
        let mut hooks = Vec::with_capacity(specs.len());
        for spec in specs {
            hooks.push(Arc::new(Hook::load(engine, spec).await?));
        }
        Ok(Self::of(hooks))
    }

    /// The chain without a hook.
    pub fn empty() -> Self {
        Self::of(Vec::new())
    }

    /// The chain of `hooks`, which have different names.
    pub fn of(hooks: Vec<Arc<Hook>>) -> Self {
        let parts: Vec<_> = hooks.iter().map(|hook| fingerprint(hook)).collect();
        let digest = Sha256::digest(Value::Array(parts).to_string());
        Self {
            hooks,
            digest: format!("sha256:{}", hex(&digest)),
        }
    }

    /// Its hooks, in their order.
    pub fn hooks(&self) -> &[Arc<Hook>] {
        &self.hooks
    }

    /// `sha256:` and a digest of all that makes a difference to what the chain
    /// comes to: components, settings, grants, limits.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

fn fingerprint(hook: &Hook) -> Value {
    let spec = &hook.spec;
    let limits = spec.limits;
    json!({
        "name": spec.name,
        "component": hook.digest,
        "settings": spec.settings,
        "when": [
            spec.when.pod_manager,
            spec.when.node,
            spec.when.manufacturer,
            spec.when.model,
            spec.when.system_type,
        ],
        "writes": spec.writes,
        "overrides": spec.overrides,
        "credentials": spec.credentials,
        "shadow": spec.mode == Mode::Shadow,
        "skip": spec.on_failure == OnFailure::Skip,
        "limits": [
            limits.fuel,
            limits.memory as u64,
            limits.table_elements as u64,
            limits.instances as u64,
            limits.stack as u64,
            limits.output as u64,
            limits.depth as u64,
            limits.reads as u64,
            limits.host_calls,
            limits.host_bytes,
        ],
    })
}

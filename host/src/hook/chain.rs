//! The hooks of a configuration, in their order.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::compile::AT_ONCE;
use super::engine::Engine;
use super::load::{Hook, LoadError};
use super::shelf::Shelf;
use super::spec::{HookSpec, Limits, Mode, OnFailure};
use crate::text::hexadecimal;

/// The hooks of a configuration, in their order. It never changes: another
/// configuration is another chain.
pub struct Chain {
    hooks: Vec<Arc<Hook>>,
    identity: Arc<ChainIdentity>,
}

/// What tells one chain from another: kept with each registration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainIdentity {
    /// `sha256:` and a digest of all that makes a difference to what the chain
    /// comes to: components, settings, grants, limits of their calls.
    pub digest: String,
    /// Its hooks, in their order.
    pub hooks: Vec<HookIdentity>,
}

/// One hook of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookIdentity {
    /// Its name in the configuration.
    pub name: String,
    /// `sha256:` and the digest of its component.
    pub digest: String,
}

impl fmt::Display for ChainIdentity {
    /// The hooks as `NAME@DIGEST`, for logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, hook) in self.hooks.iter().enumerate() {
            let gap = if place == 0 { "" } else { " " };
            write!(f, "{gap}{}@{}", hook.name, hook.digest)?;
        }
        Ok(())
    }
}

impl Chain {
    /// Loads all of `specs`, or none.
    pub async fn load(engine: &Engine, specs: Vec<HookSpec>) -> Result<Self, LoadError> {
        Self::load_beside(engine, specs, &Shelf::default()).await
    }

    /// As `load`; what stands on the shelf is not loaded again.
    pub(super) async fn load_beside(
        engine: &Engine,
        specs: Vec<HookSpec>,
        shelf: &Shelf,
    ) -> Result<Self, LoadError> {
        named(&specs)?;
        let loading = specs.into_iter().map(|spec| shelf.take(engine, spec));
        // In their order, so that of several errors the first hook's is told.
        let hooks = stream::iter(loading).buffered(AT_ONCE).try_collect();
        Ok(Self::of(hooks.await?))
    }

    /// The chain without a hook.
    pub fn empty() -> Self {
        Self::of(Vec::new())
    }

    /// The chain of `hooks`, which have different names.
    pub fn of(hooks: Vec<Arc<Hook>>) -> Self {
        let parts: Vec<_> = hooks.iter().map(|hook| fingerprint(hook)).collect();
        let digest = Sha256::digest(Value::Array(parts).to_string());
        let identity = ChainIdentity {
            digest: format!("sha256:{}", hexadecimal(&digest)),
            hooks: hooks
                .iter()
                .map(|hook| HookIdentity {
                    name: hook.spec.name.clone(),
                    digest: hook.digest.clone(),
                })
                .collect(),
        };
        Self {
            hooks,
            identity: Arc::new(identity),
        }
    }

    /// Its hooks, in their order.
    pub fn hooks(&self) -> &[Arc<Hook>] {
        &self.hooks
    }

    /// The digest of its identity.
    pub fn digest(&self) -> &str {
        &self.identity.digest
    }

    /// What tells it from other chains.
    pub fn identity(&self) -> &Arc<ChainIdentity> {
        &self.identity
    }
}

/// Whether each has a name of its own, and `overrides` names earlier ones.
fn named(specs: &[HookSpec]) -> Result<(), LoadError> {
    let mut names = HashSet::new();
    for spec in specs {
        if let Some(other) = spec.overrides.iter().find(|name| !names.contains(name)) {
            return Err(LoadError::Overrides {
                hook: spec.name.clone(),
                other: crate::text::tame(other, 100),
            });
        }
        if !names.insert(&spec.name) {
            return Err(LoadError::Name {
                hook: spec.name.clone(),
                reason: "two hooks have this name".into(),
            });
        }
    }
    Ok(())
}

fn fingerprint(hook: &Hook) -> Value {
    let spec = &hook.spec;
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
        "limits": limits(spec.limits),
    })
}

/// What a call may come to grief by. Taken apart, so that none can be forgotten.
fn limits(limits: Limits) -> Value {
    let Limits {
        fuel,
        deadline,
        memory,
        memories,
        tables,
        table_elements,
        instances,
        stack,
        output,
        depth,
        reads,
        read_bytes,
        handles,
        host_calls,
        host_bytes,
        // They cut the log, and change nothing else.
        log_lines: _,
        log_bytes: _,
        // They decide whether there is a hook, not what it does.
        component: _,
        functions: _,
        compiled: _,
        compile_memory: _,
        compile_deadline: _,
    } = limits;
    let sizes = [
        memory,
        memories,
        tables,
        table_elements,
        instances,
        stack,
        output,
        depth,
        reads,
        read_bytes,
        handles,
    ];
    json!([
        fuel,
        host_calls,
        host_bytes,
        deadline.as_secs(),
        deadline.subsec_nanos(),
        sizes
    ])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_changes_what_a_call_comes_to_changes_the_fingerprint() {
        let usual = Limits::default();
        let slower = Limits {
            deadline: usual.deadline + Duration::from_nanos(1),
            ..usual
        };
        let deeper = Limits {
            depth: usual.depth + 1,
            ..usual
        };
        let talking = Limits {
            log_lines: usual.log_lines + 1,
            ..usual
        };
        assert_ne!(limits(slower), limits(usual));
        assert_ne!(limits(deeper), limits(usual));
        assert_eq!(limits(talking), limits(usual));
    }
}

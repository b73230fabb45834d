//! `/v1/hooks`: the chain that serves now, in its order.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::hook::{Hook, Mode, OnFailure, Selector};
use crate::text::{nearest, tame};

use super::ApiState;
use super::id::Id;
use super::problem::Refusal;
use super::query::Query;

/// `GET /v1/hooks`.
pub(super) async fn list(
    State(state): State<ApiState>,
    query: Query,
) -> Result<Json<Vec<Value>>, Refusal> {
    query.only(&[])?;
    let chain = state.registrar.chain();
    Ok(Json(
        chain.hooks().iter().map(|hook| record(hook)).collect(),
    ))
}

/// `GET /v1/hooks/{name}`.
pub(super) async fn show(
    State(state): State<ApiState>,
    Id(name): Id,
    query: Query,
) -> Result<Json<Value>, Refusal> {
    query.only(&[])?;
    let chain = state.registrar.chain();
    if let Some(hook) = chain.hooks().iter().find(|hook| hook.spec.name == name) {
        return Ok(Json(record(hook)));
    }
    let names = chain.hooks().iter().map(|hook| hook.spec.name.as_str());
    let advice = nearest(&name, names)
        .map(|near| format!(": did you mean `{near}`?"))
        .unwrap_or_default();
    Err(Refusal::not_found(format!(
        "there is no hook `{}` in the chain{advice}",
        tame(&name, 200)
    )))
}

/// A hook, without its settings: they are the operator's and may be long.
fn record(hook: &Hook) -> Value {
    let spec = &hook.spec;
    let patterns = spec
        .writes
        .as_ref()
        .map(|writes| writes.iter().map(ToString::to_string).collect::<Vec<_>>());
    json!({
        "name": spec.name,
        "digest": hook.digest,
        "phases": hook.phases(),
        "description": hook.description.as_ref().map(|about| &about.summary),
        "version": hook.description.as_ref().map(|about| &about.version),
        "mode": match spec.mode {
            Mode::Enforce => "enforce",
            Mode::Shadow => "shadow",
        },
        "on_failure": match spec.on_failure {
            OnFailure::Reject => "reject",
            OnFailure::Skip => "skip",
        },
        "when": selector(&spec.when),
        "writes": patterns,
        "overrides": spec.overrides,
    })
}

/// The keys of `when` that select.
fn selector(when: &Selector) -> Value {
    [
        ("pod_manager", &when.pod_manager),
        ("node", &when.node),
        ("manufacturer", &when.manufacturer),
        ("model", &when.model),
        ("system_type", &when.system_type),
    ]
    .into_iter()
    .filter(|(_, globs)| !globs.is_empty())
    .map(|(key, globs)| (key.to_owned(), json!(globs)))
    .collect::<serde_json::Map<_, _>>()
    .into()
}

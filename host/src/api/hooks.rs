//! `/v1/hooks`: the chain that serves now, in its order.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::hook::{LastReload, Trigger};
use crate::registration::Peer;
use crate::text::{nearest, tame};

use super::body::JsonObject;
use super::causes;
use super::fields::Fields;
use super::id::Id;
use super::problem::Refusal;
use super::query::Query;
use super::register::to_its_end;
use super::shapes::common::{NotDone, Nothing, Refused};
use super::shapes::hooks as shape;
use super::{ApiState, hook_record, time};

/// `GET /v1/hooks`.
#[utoipa::path(
    get,
    path = "/v1/hooks",
    tag = "hooks",
    responses((status = OK, description = "The hooks that serve, in their order.", body = shape::Hooks), Refused)
)]
pub(super) async fn list(
    State(state): State<ApiState>,
    query: Query,
) -> Result<Json<Value>, Refusal> {
    query.only(&[])?;
    let serving = state.hooks.serving();
    let hooks = serving.chain.hooks().iter();
    Ok(Json(json!({
        "chain": serving.chain.digest(),
        "loaded_at": time::written(serving.loaded_at),
        "last_reload": serving.last_reload.as_ref().map(attempt),
        "servers": state.registrar.peers().iter().map(server).collect::<Vec<_>>(),
        "hooks": hooks.map(|hook| hook_record::brief(hook)).collect::<Vec<_>>(),
    })))
}

/// `GET /v1/hooks/{name}`.
#[utoipa::path(
    get,
    path = "/v1/hooks/{name}",
    tag = "hooks",
    params(("name" = String, Path, description = "The name of a hook.")),
    responses((status = OK, description = "The hook.", body = shape::HookInFull), Refused)
)]
pub(super) async fn show(
    State(state): State<ApiState>,
    Id(name): Id,
    query: Query,
) -> Result<Json<Value>, Refusal> {
    query.only(&[])?;
    let chain = state.hooks.chain();
    if let Some(hook) = chain.hooks().iter().find(|hook| hook.spec.name == name) {
        return Ok(Json(hook_record::whole(hook).into()));
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

/// `GET /v1/hooks/reload`: a hook may have this name.
#[utoipa::path(
    get,
    path = "/v1/hooks/reload",
    tag = "hooks",
    responses((status = OK, description = "The hook of this name.", body = shape::HookInFull), Refused)
)]
pub(super) async fn show_reload(
    state: State<ApiState>,
    query: Query,
) -> Result<Json<Value>, Refusal> {
    show(state, Id("reload".into()), query).await
}

/// `POST /v1/hooks/reload`.
#[utoipa::path(
    post,
    path = "/v1/hooks/reload",
    tag = "hooks",
    request_body = Option<Nothing>,
    responses((status = OK, description = "They are loaded again.", body = shape::Reloaded), NotDone)
)]
pub(super) async fn reload(
    State(state): State<ApiState>,
    query: Query,
    JsonObject(body): JsonObject,
) -> Result<Json<Value>, Refusal> {
    query.only(&[])?;
    Fields::of_body(body, &[])?;
    let hooks = Arc::clone(&state.hooks);
    let reloaded = to_its_end(async move {
        let ended = hooks.reload(Trigger::Request).await;
        ended.map_err(crate::hook::ReloadError::into_failure)
    })
    .await?;
    Ok(Json(json!(reloaded)))
}

/// One of the servers that share the database, and what it serves with otherwise
/// than this one.
fn server(peer: &Peer) -> Value {
    json!({
        "name": peer.replica.name,
        "this": peer.is_this,
        "version": peer.replica.version,
        "chain": peer.replica.chain,
        "configuration": peer.replica.configuration,
        "started_at": time::written(peer.replica.started),
        "differs": peer.differs,
    })
}

fn attempt(last: &LastReload) -> Value {
    let error = last.error.as_ref().map(|error| {
        json!({
            "code": causes::appearance(error.cause).code,
            "detail": error.detail,
            "hook": error.hook,
            "field": error.field,
        })
    });
    json!({
        "at": time::written(last.at),
        "trigger": last.trigger,
        "outcome": last.outcome,
        "error": error,
    })
}

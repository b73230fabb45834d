//! `/v1/nodes/{ID}/drift`.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::ApiState;
use super::id::Id;
use super::problem::Refusal;
use super::query::Query;
use super::shapes::common::NotDone;
use super::shapes::nodes as shape;

/// `GET /v1/nodes/{ID}/drift`.
#[utoipa::path(
    get,
    path = "/v1/nodes/{id}/drift",
    tag = "registration",
    params(("id" = String, Path, description = "A uuid or a name.")),
    responses((status = OK, description = "What has changed since it was registered.", body = shape::Drift), NotDone)
)]
pub(super) async fn show(
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
) -> Result<Json<Value>, Refusal> {
    query.only(&[])?;
    let drift = state.registrar.drift(&id).await?;
    Ok(Json(json!({
        "uuid": drift.node.uuid,
        "name": drift.node.name,
        "registration": drift.registration,
        "node_uuid": drift.ironic_uuid,
        "drifted": !drift.differences.is_empty(),
        "differences": drift.differences,
        "warnings": drift.warnings,
    })))
}

//! `/v1/nodes/{ID}/drift`.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::ApiState;
use super::id::Id;
use super::problem::Refusal;
use super::query::Query;

/// `GET /v1/nodes/{ID}/drift`.
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

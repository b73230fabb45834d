//! `/v1/pod_managers/{ID}/systems`.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::nodes::Discovered;

use super::ApiState;
use super::id::Id;
use super::problem::Refusal;
use super::query::Query;
use super::shapes::common::NotDone;
use super::shapes::pod_managers as shape;

/// `GET /v1/pod_managers/{ID}/systems`.
#[utoipa::path(
    get,
    path = "/v1/pod_managers/{id}/systems",
    tag = "pod managers",
    params(("id" = String, Path, description = "A uuid or a name.")),
    responses((status = OK, description = "What stands behind it.", body = Vec<shape::Discovered>), NotDone)
)]
pub(super) async fn list(
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
) -> Result<Json<Vec<Value>>, Refusal> {
    query.only(&[])?;
    let discovered = state.nodes.discover(&id).await?;
    Ok(Json(discovered.iter().map(record).collect()))
}

fn record(discovered: &Discovered) -> Value {
    json!({
        "resource_uri": discovered.resource_uri,
        "system_uri": discovered.system_uri,
        "id": discovered.id,
        "name": discovered.name,
        "uuid": discovered.uuid,
        "manufacturer": discovered.manufacturer,
        "model": discovered.model,
        "system_type": discovered.system_type,
        "manageable": discovered.left_out.is_none(),
        "managed_as": discovered.managed_as,
        "left_out": discovered.left_out,
    })
}

//! `/v1/systems` and `/v1/racks`: read-only, as their pod managers describe them now.

use axum::Json;
use axum::extract::State;

use crate::enrollment::Object;
use crate::nodes::Hardware;

use super::ApiState;
use super::id::Id;
use super::problem::Refusal;
use super::query::Query;
use super::shapes::common::NotDone;
use super::shapes::compose as shape;

/// The keys that a list shows, unless `show_detail` asks for all.
const BRIEF: [&str; 5] = ["id", "name", "uuid", "podm_id", "resource_uri"];

/// `GET /v1/systems`.
#[utoipa::path(
    get,
    path = "/v1/systems",
    tag = "pod managers",
    params(shape::Where, shape::HowMuch),
    responses((status = OK, description = "The systems of pod managers.", body = Vec<shape::Hardware>), NotDone)
)]
pub(super) async fn systems(
    state: State<ApiState>,
    query: Query,
) -> Result<Json<Vec<Object>>, Refusal> {
    list(state, query, Hardware::Systems).await
}

/// `GET /v1/systems/{ID}`.
#[utoipa::path(
    get,
    path = "/v1/systems/{id}",
    tag = "pod managers",
    params(("id" = String, Path, description = "A uuid or a name."), shape::Where),
    responses((status = OK, description = "The system.", body = shape::Hardware), NotDone)
)]
pub(super) async fn system(
    state: State<ApiState>,
    id: Id,
    query: Query,
) -> Result<Json<Object>, Refusal> {
    show(state, id, query, Hardware::Systems).await
}

/// `GET /v1/racks`.
#[utoipa::path(
    get,
    path = "/v1/racks",
    tag = "pod managers",
    params(shape::Where, shape::HowMuch),
    responses((status = OK, description = "The racks of pod managers.", body = Vec<shape::Hardware>), NotDone)
)]
pub(super) async fn racks(
    state: State<ApiState>,
    query: Query,
) -> Result<Json<Vec<Object>>, Refusal> {
    list(state, query, Hardware::Racks).await
}

/// `GET /v1/racks/{ID}`.
#[utoipa::path(
    get,
    path = "/v1/racks/{id}",
    tag = "pod managers",
    params(("id" = String, Path, description = "A uuid or a name."), shape::Where),
    responses((status = OK, description = "The rack.", body = shape::Hardware), NotDone)
)]
pub(super) async fn rack(
    state: State<ApiState>,
    id: Id,
    query: Query,
) -> Result<Json<Object>, Refusal> {
    show(state, id, query, Hardware::Racks).await
}

async fn list(
    State(state): State<ApiState>,
    query: Query,
    kind: Hardware,
) -> Result<Json<Vec<Object>>, Refusal> {
    query.only(&["podm_id", "show_detail"])?;
    let detail = query.switch("show_detail")?;
    let podm_id = query.one("podm_id")?;
    let mut all = state.pod_managers.hardware(kind, podm_id).await?;
    if !detail {
        for one in &mut all {
            one.retain(|key, _| BRIEF.contains(&key.as_str()));
        }
    }
    Ok(Json(all))
}

async fn show(
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
    kind: Hardware,
) -> Result<Json<Object>, Refusal> {
    query.only(&["podm_id"])?;
    let podm_id = query.one("podm_id")?;
    let found = state.pod_managers.one_of_hardware(kind, podm_id, &id);
    Ok(Json(found.await?))
}

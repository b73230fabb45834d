//! `/v1/systems` and `/v1/racks`: read-only, as their pod managers describe them now.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::WARNING;
use axum::response::Response;

use crate::enrollment::Object;
use crate::nodes::{Hardware, HardwareFound, Unread};
use crate::text::tame;

use super::ApiState;
use super::id::Id;
use super::list::{Asked, Shape};
use super::problem::Refusal;
use super::query::Query;
use super::shapes::common::{NotDone, Page};
use super::shapes::compose as shape;

/// The fields that a list shows, unless more are asked for.
const BRIEF: &[&str] = &["id", "name", "uuid", "podm_id", "resource_uri"];

const FILTERS: &[&str] = &[
    "id",
    "name",
    "uuid",
    "podm_id",
    "resource_uri",
    "manufacturer",
    "model",
    "serial_number",
    "health",
];

/// Redfish's uuids need not be there, and paths are of one pod manager.
const KEY: &[&str] = &["podm_id", "resource_uri"];

const SYSTEMS: Shape = Shape {
    path: "/v1/systems",
    fields: &[
        "id",
        "name",
        "uuid",
        "podm_id",
        "resource_uri",
        "description",
        "manufacturer",
        "model",
        "serial_number",
        "health",
        "system_type",
        "power_state",
        "memory_gib",
        "processors",
    ],
    brief: BRIEF,
    filters: FILTERS,
    key: KEY,
};

const RACKS: Shape = Shape {
    path: "/v1/racks",
    fields: &[
        "id",
        "name",
        "uuid",
        "podm_id",
        "resource_uri",
        "description",
        "manufacturer",
        "model",
        "serial_number",
        "health",
        "location",
    ],
    brief: BRIEF,
    filters: FILTERS,
    key: KEY,
};

/// `GET /v1/systems`.
#[utoipa::path(
    get,
    path = "/v1/systems",
    tag = "pod managers",
    params(Page, shape::HardwareFilters, shape::HowMuch),
    responses((status = OK, description = "The systems of pod managers.", body = shape::HardwareList, headers(("Warning" = String, description = "Of each pod manager that could not be read: why not."))), NotDone)
)]
pub(super) async fn systems(state: State<ApiState>, asked: Asked) -> Result<Response, Refusal> {
    list(state, asked, Hardware::Systems).await
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
    params(Page, shape::HardwareFilters, shape::HowMuch),
    responses((status = OK, description = "The racks of pod managers.", body = shape::HardwareList, headers(("Warning" = String, description = "Of each pod manager that could not be read: why not."))), NotDone)
)]
pub(super) async fn racks(state: State<ApiState>, asked: Asked) -> Result<Response, Refusal> {
    list(state, asked, Hardware::Racks).await
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
    asked: Asked,
    kind: Hardware,
) -> Result<Response, Refusal> {
    let shape = match kind {
        Hardware::Systems => &SYSTEMS,
        Hardware::Racks => &RACKS,
    };
    let listing = asked.with_old("show_detail", "detail").of(shape)?;
    let podm_id = listing.filter("podm_id")?;
    let HardwareFound { all, unread } = state.pod_managers.hardware(kind, podm_id).await?;
    let seen = listing.marker().unwrap_or_default();
    let (past, unread): (Vec<_>, Vec<_>) = unread
        .into_iter()
        .partition(|one| seen.starts_with(&one.podm_id.to_string()));
    if let Some(past) = past.into_iter().next() {
        // Where to go on is not known while it is away.
        return Err(past.failure.into());
    }
    let mut response = listing.page(all)?;
    for one in &unread {
        response.headers_mut().append(WARNING, warning(one));
    }
    Ok(response)
}

/// What is said of a pod manager that could not be read, beside what the others have.
fn warning(unread: &Unread) -> HeaderValue {
    let text: String = tame(&unread.failure.detail, 500)
        .chars()
        .map(|character| match character {
            '"' | '\\' => '\'',
            ' '..='~' => character,
            _ => '?',
        })
        .collect();
    let value = HeaderValue::from_str(&format!("299 - \"{text}\""));
    value.unwrap_or(HeaderValue::from_static("299 - \"\""))
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

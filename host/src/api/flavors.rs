//! `/v1/flavors`.

use axum::extract::State;
use axum::response::Response;
use axum::{Extension, Json};
use serde_json::{Value, json};

use crate::enrollment::Object;
use crate::node::Flavor;
use crate::openstack::RequestId;

use super::body::JsonObject;
use super::confirmation::confirmation;
use super::fields::Fields;
use super::id::Id;
use super::list::{Asked, BY_UUID, Shape};
use super::problem::Refusal;
use super::query::Query;
use super::requirements::requirements;
use super::shapes::common::{Confirmation, NotDone, Page, Refused};
use super::shapes::compose as shape;
use super::{ApiState, time};

const FIELDS: &[&str] = &["uuid", "name", "properties", "created_at", "updated_at"];

const LIST: Shape = Shape {
    path: "/v1/flavors",
    fields: FIELDS,
    brief: FIELDS,
    filters: &["uuid", "name"],
    key: BY_UUID,
};

/// `GET /v1/flavors`.
#[utoipa::path(
    get,
    path = "/v1/flavors",
    tag = "nodes",
    params(Page, shape::FlavorFilters),
    responses((status = OK, description = "The flavours.", body = shape::FlavorList), Refused)
)]
pub(super) async fn list(State(state): State<ApiState>, asked: Asked) -> Result<Response, Refusal> {
    let listing = asked.of(&LIST)?;
    let flavors = state.flavors.list().await?;
    listing.page(flavors.iter().map(record))
}

/// `POST /v1/flavors`.
#[utoipa::path(
    post,
    path = "/v1/flavors",
    tag = "nodes",
    request_body = shape::NewFlavor,
    responses((status = OK, description = "The flavour.", body = shape::Flavor), NotDone)
)]
pub(super) async fn create(
    State(state): State<ApiState>,
    query: Query,
    JsonObject(body): JsonObject,
) -> Result<Json<Object>, Refusal> {
    query.only(&[])?;
    let mut fields = Fields::of_body(body, &["name", "properties"])?;
    let name = fields.text("name")?;
    let properties = requirements(fields.require("properties")?, "/properties")?;
    Ok(Json(record(
        &state.flavors.create(&name, properties).await?,
    )))
}

/// `GET /v1/flavors/{ID}`.
#[utoipa::path(
    get,
    path = "/v1/flavors/{id}",
    tag = "nodes",
    params(("id" = String, Path, description = "A uuid or a name.")),
    responses((status = OK, description = "The flavour.", body = shape::Flavor), Refused)
)]
pub(super) async fn show(
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
) -> Result<Json<Object>, Refusal> {
    query.only(&[])?;
    Ok(Json(record(&state.flavors.get(&id).await?)))
}

/// `PATCH /v1/flavors/{ID}`.
#[utoipa::path(
    patch,
    path = "/v1/flavors/{id}",
    tag = "nodes",
    params(("id" = String, Path, description = "A uuid or a name.")),
    request_body = Option<shape::FlavorPatch>,
    responses((status = OK, description = "The flavour.", body = shape::Flavor), NotDone)
)]
pub(super) async fn update(
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
    JsonObject(body): JsonObject,
) -> Result<Json<Object>, Refusal> {
    query.only(&[])?;
    // What a reply holds may be written back.
    let mut fields = Fields::of_body(body, FIELDS)?;
    let name = fields.optional_text("name")?;
    let properties = fields
        .take("properties")
        .map(|given| requirements(given, "/properties"))
        .transpose()?;
    Ok(Json(record(
        &state.flavors.update(&id, name, properties).await?,
    )))
}

/// `DELETE /v1/flavors/{ID}`.
#[utoipa::path(
    delete,
    path = "/v1/flavors/{id}",
    tag = "nodes",
    params(("id" = String, Path, description = "A uuid or a name.")),
    responses((status = OK, description = "It is gone.", body = Confirmation), NotDone)
)]
pub(super) async fn delete(
    State(state): State<ApiState>,
    Extension(request): Extension<RequestId>,
    Id(id): Id,
    query: Query,
) -> Result<Json<Value>, Refusal> {
    query.only(&[])?;
    state.flavors.delete(&id).await?;
    Ok(confirmation(
        &request,
        "This flavor has been deleted successfully.",
    ))
}

fn record(flavor: &Flavor) -> Object {
    Object::from_iter([
        ("uuid".into(), json!(flavor.uuid)),
        ("name".into(), json!(flavor.name)),
        ("properties".into(), json!(flavor.properties)),
        ("created_at".into(), json!(time::written(flavor.created_at))),
        ("updated_at".into(), json!(time::written(flavor.updated_at))),
    ])
}

//! `/v1/nodes`.

use axum::extract::State;
use axum::response::Response;
use axum::{Extension, Json};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::enrollment::Object;
use crate::node::Node;
use crate::nodes::{ManageRequest, NodeFilter, NodePatch};
use crate::openstack::RequestId;
use crate::text::tame;

use super::body::JsonObject;
use super::confirmation::confirmation;
use super::fields::Fields;
use super::id::Id;
use super::list::{Asked, BY_UUID, Listing, Shape};
use super::problem::Refusal;
use super::query::Query;
use super::shapes::common::{Confirmation, NotDone, Page, Refused};
use super::shapes::nodes as shape;
use super::{ApiState, time};

const BRIEF: &[&str] = &["uuid", "name", "podm_id", "index", "resource_uri"];

const LIST: Shape = Shape {
    path: "/v1/nodes",
    fields: &[
        "uuid",
        "name",
        "podm_id",
        "index",
        "resource_uri",
        "description",
        "managed_by",
        "created_at",
        "updated_at",
    ],
    brief: BRIEF,
    filters: &[
        "uuid",
        "name",
        "podm_id",
        "index",
        "resource_uri",
        "managed_by",
    ],
    key: BY_UUID,
};

/// `GET /v1/nodes`.
#[utoipa::path(
    get,
    path = "/v1/nodes",
    tag = "nodes",
    params(Page, shape::NodeFilters),
    responses((status = OK, description = "The nodes under management.", body = shape::NodeList), Refused)
)]
pub(super) async fn list(State(state): State<ApiState>, asked: Asked) -> Result<Response, Refusal> {
    let listing = asked.of(&LIST)?;
    let filter = filter(&state, &listing).await?;
    let nodes = state.nodes.list(&filter).await?;
    listing.page(nodes.iter().map(record))
}

/// `GET /v1/nodes/{ID}`: what the pod manager says, overlaid by our record.
#[utoipa::path(
    get,
    path = "/v1/nodes/{id}",
    tag = "nodes",
    params(("id" = String, Path, description = "A uuid or a name.")),
    responses((status = OK, description = "The node as its pod manager sees it now, overlaid by the record.", body = shape::ObservedNode), NotDone)
)]
pub(super) async fn show(
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
) -> Result<Json<Object>, Refusal> {
    query.only(&[])?;
    let observed = state.nodes.observe(&id).await?;
    let mut shown = observed.observed;
    shown.extend(record(&observed.node));
    Ok(Json(shown))
}

/// `POST /v1/nodes/manage`.
#[utoipa::path(
    post,
    path = "/v1/nodes/manage",
    tag = "nodes",
    request_body = shape::ManageRequest,
    responses((status = OK, description = "The node.", body = shape::ManagedNode), NotDone)
)]
pub(super) async fn manage(
    State(state): State<ApiState>,
    query: Query,
    JsonObject(body): JsonObject,
) -> Result<Json<Object>, Refusal> {
    query.only(&[])?;
    let mut fields = Fields::of_body(body, &["node_index", "podm_id", "name"])?;
    let request = ManageRequest {
        podm_id: fields.text("podm_id")?,
        node_index: fields.text("node_index")?,
        name: fields.optional_text("name")?,
    };
    let node = state.nodes.manage(request).await?;
    Ok(Json(brief(&node)))
}

/// `PATCH /v1/nodes/{ID}`: its name, and what it is for.
#[utoipa::path(
    patch,
    path = "/v1/nodes/{id}",
    tag = "nodes",
    params(("id" = String, Path, description = "A uuid or a name.")),
    request_body = Option<super::shapes::compose::NodePatch>,
    responses((status = OK, description = "The node.", body = shape::Node), NotDone)
)]
pub(super) async fn update(
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
    JsonObject(body): JsonObject,
) -> Result<Json<Object>, Refusal> {
    query.only(&[])?;
    let takes_away = body.get("description").is_some_and(Value::is_null);
    let mut fields = Fields::of_body(body, &["name", "description"])?;
    let description = fields.optional_text("description")?;
    let patch = NodePatch {
        name: fields.optional_text("name")?,
        description: (takes_away || description.is_some()).then_some(description),
    };
    Ok(Json(record(&state.nodes.change(&id, patch).await?)))
}

/// `DELETE /v1/nodes/{ID}`.
#[utoipa::path(
    delete,
    path = "/v1/nodes/{id}",
    tag = "nodes",
    params(("id" = String, Path, description = "A uuid or a name."), shape::DeleteOptions),
    responses((status = OK, description = "It is given up.", body = Confirmation), NotDone)
)]
pub(super) async fn delete(
    State(state): State<ApiState>,
    Extension(request): Extension<RequestId>,
    Id(id): Id,
    query: Query,
) -> Result<Json<Value>, Refusal> {
    query.only(&["force"])?;
    state.nodes.delete(&id, query.switch("force")?).await?;
    Ok(confirmation(
        &request,
        "This node has been deleted successfully.",
    ))
}

/// A node as Valence's own replies to a request had it.
pub(super) fn brief(node: &Node) -> Object {
    let mut record = record(node);
    record.retain(|key, _| BRIEF.contains(&key.as_str()));
    record
}

/// A node as our record has it.
pub(super) fn record(node: &Node) -> Object {
    let mut record = Object::new();
    record.insert("uuid".into(), json!(node.uuid));
    record.insert("name".into(), json!(node.name));
    record.insert("podm_id".into(), json!(node.podm_id));
    record.insert("index".into(), json!(node.index));
    record.insert("resource_uri".into(), json!(node.resource_uri));
    if let Some(description) = &node.description {
        record.insert("description".into(), json!(description));
    }
    record.insert("managed_by".into(), json!(node.managed_by));
    record.insert("created_at".into(), json!(time::written(node.created_at)));
    record.insert("updated_at".into(), json!(time::written(node.updated_at)));
    record
}

async fn filter(state: &ApiState, listing: &Listing) -> Result<NodeFilter, Refusal> {
    let text = |key: &str| Ok::<_, Refusal>(listing.filter(key)?.map(str::to_owned));
    let podm_id = match listing.filter("podm_id")? {
        None => None,
        Some(id) => match Uuid::parse_str(id) {
            Ok(uuid) => Some(uuid),
            Err(_) => Some(state.pod_managers.get(id).await?.uuid),
        },
    };
    let uuid = listing.filter("uuid")?.map(|text| {
        Uuid::parse_str(text)
            .map_err(|_| Refusal::bad_request(format!("`uuid`: `{}` is no uuid", tame(text, 100))))
    });
    Ok(NodeFilter {
        name: text("name")?,
        podm_id,
        index: text("index")?,
        resource_uri: text("resource_uri")?,
        managed_by: text("managed_by")?,
        uuid: uuid.transpose()?,
    })
}

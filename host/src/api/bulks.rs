//! `/v1/registrations`: registering many nodes. With `Accept: application/x-ndjson`
//! a reply tells what happens while it does, one JSON object a line.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::Caller;
use crate::enrollment::Object;
use crate::failure::Failure;
use crate::registration::{Bulk, BulkEvent, BulkRequest, Follower, Selection};
use crate::text::tame;

use super::base::Base;
use super::body::JsonObject;
use super::bulk_record::{failure, item, record};
use super::fields::{Fields, wrong};
use super::id::Id;
use super::list::{Asked, BY_UUID, Shape};
use super::problem::Refusal;
use super::query::Query;
use super::register::to_its_end;
use super::shapes::common::{NotDone, Page, Refused};
use super::shapes::register::RegisteringOptions;
use super::shapes::registrations as shape;
use super::{ApiState, register};

pub(super) const NDJSON: &str = "application/x-ndjson";

const LIST: Shape = Shape {
    path: "/v1/registrations",
    fields: &[
        "uuid",
        "state",
        "total",
        "waiting",
        "running",
        "done",
        "failed",
        "selector",
        "parameters",
        "options",
        "created_at",
        "updated_at",
    ],
    brief: &["uuid", "state", "total", "done", "failed", "created_at"],
    filters: &["uuid", "state"],
    key: BY_UUID,
};

/// `GET /v1/registrations`, the newest first.
#[utoipa::path(
    get,
    path = "/v1/registrations",
    tag = "registration",
    params(Page, shape::BulkFilters),
    responses((status = OK, description = "Registrations of many nodes, the newest first.", body = shape::BulkList), Refused)
)]
pub(super) async fn list(State(state): State<ApiState>, asked: Asked) -> Result<Response, Refusal> {
    let listing = asked.of(&LIST)?;
    let bulks = state.bulks.list().await?;
    listing.page(bulks.iter().map(record))
}

/// `POST /v1/registrations`.
#[utoipa::path(
    post,
    path = "/v1/registrations",
    tag = "registration",
    params(RegisteringOptions),
    request_body = shape::BulkRequest,
    responses((status = ACCEPTED, description = "It is under way.", body = shape::Bulk), (status = OK, description = "What happens, one object a line, for whoever accepts `application/x-ndjson`.", content((shape::Bulk = "application/json"), (String = "application/x-ndjson"))), NotDone)
)]
pub(super) async fn begin(
    State(state): State<ApiState>,
    caller: Caller,
    query: Query,
    headers: HeaderMap,
    base: Base,
    JsonObject(body): JsonObject,
) -> Result<Response, Refusal> {
    let (dry_run, mut options) = register::options(&query, &caller)?;
    if !query.has("wait") {
        // Who waits holds the others up; the transitions go on all the same.
        options.wait = Duration::ZERO;
    }
    if dry_run || query.switch("explain")? {
        return Err(Refusal::bad_request(
            "`dry_run` and `explain` are of `POST /v1/nodes/{ID}/register`: they are of one node",
        ));
    }
    let mut fields = Fields::of_body(body, &["nodes", "all", "pod_manager", "parameters"])?;
    let request = BulkRequest {
        parameters: parameters(&mut fields)?,
        selection: selection(&mut fields)?,
        options,
    };
    let bulks = Arc::clone(&state.bulks);
    let bulk = to_its_end(async move { bulks.begin(request).await }).await?;
    Ok(under_way(&state, &headers, &base, bulk))
}

/// `GET /v1/registrations/{ID}`.
#[utoipa::path(
    get,
    path = "/v1/registrations/{id}",
    tag = "registration",
    params(("id" = Uuid, Path, description = "Its uuid.")),
    responses((status = OK, description = "How far it is, or, for whoever accepts `application/x-ndjson`, what happens.", content((shape::BulkWithNodes = "application/json"), (String = "application/x-ndjson"))), Refused)
)]
pub(super) async fn show(
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    query.only(&[])?;
    let id = uuid(&id)?;
    let bulk = state.bulks.get(id).await?;
    if wants_lines(&headers) {
        return Ok(lines(state.bulks.follow(bulk)));
    }
    let mut shown = record(&bulk);
    let nodes: Vec<_> = state.bulks.items(id).await?.iter().map(item).collect();
    shown.insert("nodes".into(), json!(nodes));
    Ok(Json(shown).into_response())
}

/// `POST /v1/registrations/{ID}/resume`.
#[utoipa::path(
    post,
    path = "/v1/registrations/{id}/resume",
    tag = "registration",
    params(("id" = Uuid, Path, description = "Its uuid.")),
    responses((status = ACCEPTED, description = "It is under way.", body = shape::Bulk), (status = OK, description = "What happens, one object a line, for whoever accepts `application/x-ndjson`.", content((shape::Bulk = "application/json"), (String = "application/x-ndjson"))), NotDone)
)]
pub(super) async fn resume(
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
    headers: HeaderMap,
    base: Base,
) -> Result<Response, Refusal> {
    query.only(&[])?;
    let (id, bulks) = (uuid(&id)?, Arc::clone(&state.bulks));
    let bulk = to_its_end(async move { bulks.resume(id).await }).await?;
    Ok(under_way(&state, &headers, &base, bulk))
}

/// `POST /v1/registrations/{ID}/stop`.
#[utoipa::path(
    post,
    path = "/v1/registrations/{id}/stop",
    tag = "registration",
    params(("id" = Uuid, Path, description = "Its uuid.")),
    responses((status = ACCEPTED, description = "No further node is begun with.", body = shape::Bulk), NotDone)
)]
pub(super) async fn stop(
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
) -> Result<(StatusCode, Json<Object>), Refusal> {
    query.only(&[])?;
    let (id, bulks) = (uuid(&id)?, Arc::clone(&state.bulks));
    let bulk = to_its_end(async move { bulks.stop(id).await }).await?;
    Ok((StatusCode::ACCEPTED, Json(record(&bulk))))
}

/// Where to look for what becomes of it, or what becomes of it.
fn under_way(state: &ApiState, headers: &HeaderMap, base: &Base, bulk: Bulk) -> Response {
    let id = bulk.record.id;
    let mut response = match wants_lines(headers) {
        false => (StatusCode::ACCEPTED, Json(record(&bulk))).into_response(),
        true => lines(state.bulks.follow(bulk)),
    };
    if let Ok(place) = HeaderValue::from_str(&format!("{}{}/{id}", base.0, LIST.path)) {
        response.headers_mut().insert(LOCATION, place);
    }
    response
}

/// What `follower` tells, as it does.
fn lines(follower: Follower) -> Response {
    let lines = stream::unfold(Some(follower), |follower| async {
        let mut follower = follower?;
        match follower.next().await {
            Ok(Some(event)) => Some((line(told(event)), Some(follower))),
            Ok(None) => None,
            Err(error) => {
                tracing::error!(error = %error, source = error.source.as_deref(), "results cannot be told any more");
                Some((line(broken(error)), None))
            }
        }
    });
    let kind = HeaderValue::from_static(NDJSON);
    ([(CONTENT_TYPE, kind)], Body::from_stream(lines)).into_response()
}

fn line(value: Value) -> Result<String, std::convert::Infallible> {
    Ok(format!("{value}\n"))
}

fn told(event: BulkEvent) -> Value {
    let (name, mut object) = match event {
        BulkEvent::Begun(bulk) => ("begun", record(&bulk)),
        BulkEvent::Ended(node) => ("node", item(&node)),
        BulkEvent::Over(bulk) => ("over", record(&bulk)),
    };
    object.insert("event".into(), json!(name));
    Value::Object(object)
}

fn broken(error: Failure) -> Value {
    json!({"event": "broken", "failure": failure(&error.into())})
}

fn wants_lines(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter();
    let mut accepted = accepted.filter_map(|value| value.to_str().ok());
    accepted.any(|value| value.to_ascii_lowercase().contains(NDJSON))
}

fn uuid(id: &str) -> Result<Uuid, Refusal> {
    Uuid::parse_str(id).map_err(|_| {
        Refusal::not_found(format!(
            "there is no bulk registration `{}`: they go by their uuid; the record of one node is at \
             `/v1/nodes/{{ID}}/registration`",
            tame(id, 100)
        ))
    })
}

fn parameters(fields: &mut Fields) -> Result<Object, Refusal> {
    match fields.take("parameters") {
        None => Ok(Object::new()),
        Some(Value::Object(parameters)) => Ok(parameters),
        Some(other) => Err(wrong("/parameters", "an object", &other)),
    }
}

/// Exactly one of the three ways to say which.
fn selection(fields: &mut Fields) -> Result<Selection, Refusal> {
    let nodes = fields.take("nodes").map(names).transpose()?;
    let all = match fields.take("all") {
        None | Some(Value::Bool(false)) => None,
        Some(Value::Bool(true)) => Some(Selection::All(true)),
        Some(other) => return Err(wrong("/all", "true or false", &other)),
    };
    let pod_manager = fields.optional_text("pod_manager")?;
    let given = [
        nodes.map(Selection::Nodes),
        all,
        pod_manager.map(Selection::PodManager),
    ];
    let mut given = given.into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(selection), None) => Ok(selection),
        _ => Err(Refusal::bad_request(
            "the body is to say which nodes, by one of `nodes`, a list of uuids and names, `all` and \
             `pod_manager`, its uuid or name",
        )),
    }
}

fn names(value: Value) -> Result<Vec<String>, Refusal> {
    let Value::Array(names) = value else {
        return Err(wrong("/nodes", "a list", &value));
    };
    let name = |(place, value)| match value {
        Value::String(name) if !name.is_empty() => Ok(name),
        other => Err(wrong(
            &format!("/nodes/{place}"),
            "a uuid or a name",
            &other,
        )),
    };
    names.into_iter().enumerate().map(name).collect()
}

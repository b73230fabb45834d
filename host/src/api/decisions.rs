//! `/v1/decisions`: the record of every evaluation.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::enrollment::Object;
use crate::evaluate::explain;
use crate::registration::{Chosen, Decided, Decision};
use crate::text::tame;

use super::bulks::NDJSON;
use super::id::Id;
use super::list::{Asked, BY_UUID, Shape};
use super::problem::Refusal;
use super::query::Query;
use super::shapes::common::{Page, Refused};
use super::shapes::decisions as shape;
use super::{ApiState, evaluation_report, time};

const LIST: Shape = Shape {
    path: "/v1/decisions",
    fields: &[
        "uuid",
        "node",
        "node_name",
        "pod_manager",
        "kind",
        "outcome",
        "hook",
        "detail",
        "enrollment_digest",
        "chain_digest",
        "fuel",
        "created_at",
    ],
    brief: &[
        "uuid",
        "node_name",
        "kind",
        "outcome",
        "hook",
        "fuel",
        "created_at",
    ],
    filters: &[
        "uuid",
        "node",
        "node_name",
        "pod_manager",
        "kind",
        "outcome",
        "hook",
        "enrollment_digest",
        "chain_digest",
    ],
    key: BY_UUID,
};

/// `GET /v1/decisions`, the newest first.
#[utoipa::path(
    get,
    path = "/v1/decisions",
    tag = "registration",
    params(Page, shape::DecisionFilters),
    responses((status = OK, description = "The records of evaluations, the newest first.", body = shape::DecisionList), Refused)
)]
pub(super) async fn list(State(state): State<ApiState>, asked: Asked) -> Result<Response, Refusal> {
    let listing = asked.of(&LIST)?;
    let decisions = state.registrar.decisions().await?;
    listing.page(decisions.iter().map(record))
}

/// `GET /v1/decisions/{ID}`; with `documents=true` with what had been read.
#[utoipa::path(
    get,
    path = "/v1/decisions/{id}",
    tag = "registration",
    params(("id" = Uuid, Path, description = "Its uuid."), shape::DecisionOptions),
    responses((status = OK, description = "The record.", body = shape::DecisionInFull), Refused)
)]
pub(super) async fn show(
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
) -> Result<Json<Object>, Refusal> {
    query.only(&["documents"])?;
    let with_bodies = query.switch("documents")?;
    let id = Uuid::parse_str(&id).map_err(|_| {
        let id = tame(&id, 100);
        Refusal::not_found(format!(
            "there is no decision `{id}`: they go by their uuid"
        ))
    })?;
    Ok(Json(whole(
        &state.registrar.decision(id).await?,
        with_bodies,
    )))
}

/// `GET /v1/decisions/export`: a bundle, line by line.
#[utoipa::path(
    get,
    path = "/v1/decisions/export",
    tag = "registration",
    params(shape::ExportOptions),
    responses(
        (
            status = OK,
            description = "A bundle, one object a line.",
            body = String,
            content_type = "application/x-ndjson"
        ),
        Refused
    )
)]
pub(super) async fn export(
    State(state): State<ApiState>,
    query: Query,
) -> Result<Response, Refusal> {
    query.only(&["since", "node", "all"])?;
    let since = query.one("since")?.map(moment).transpose()?;
    let chosen = Chosen {
        since,
        node: query.one("node")?.map(str::to_owned),
        every: query.switch("all")?,
    };
    let lines = state.registrar.export(chosen);
    let lines = stream::unfold(lines, |mut lines| async {
        let line = lines.recv().await?;
        // Whoever reads it sees that there is no end to it.
        let line = line.inspect_err(|error| {
            let source = error.source.as_deref();
            tracing::error!(%error, source, "a bundle cannot be written any further");
        });
        Some((line, lines))
    });
    let kind = HeaderValue::from_static(NDJSON);
    Ok(([(CONTENT_TYPE, kind)], Body::from_stream(lines)).into_response())
}

fn moment(text: &str) -> Result<Timestamp, Refusal> {
    text.parse().map_err(|_| {
        let text = tame(text, 100);
        Refusal::bad_request(format!(
            "`since` is to be a time such as `2026-11-01T12:00:00Z`, not `{text}`"
        ))
    })
}

fn record(decision: &Decision) -> Object {
    Object::from_iter([
        ("uuid".into(), json!(decision.id)),
        ("node".into(), json!(decision.node)),
        ("node_name".into(), json!(decision.node_name)),
        ("pod_manager".into(), json!(decision.pod_manager)),
        ("kind".into(), json!(decision.kind.name())),
        ("outcome".into(), json!(decision.outcome)),
        ("hook".into(), json!(decision.hook)),
        ("detail".into(), json!(decision.detail)),
        (
            "enrollment_digest".into(),
            json!(decision.enrollment_digest),
        ),
        ("chain_digest".into(), json!(decision.chain_digest)),
        ("fuel".into(), json!(decision.fuel)),
        (
            "created_at".into(),
            json!(time::written(decision.created_at)),
        ),
    ])
}

fn whole(decided: &Decided, with_bodies: bool) -> Object {
    let json_of = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
    let mut shown = record(&decided.decision);
    shown.insert("parameters".into(), json_of(&decided.decision.parameters));
    shown.insert(
        "circumstances".into(),
        json_of(&decided.decision.circumstances),
    );
    let documents: BTreeMap<&str, Value> = decided
        .documents
        .iter()
        .filter_map(|document| {
            let (_, body) = document.body.as_ref()?;
            Some((document.path.as_str(), json_of(body)))
        })
        .collect();
    let report = match &decided.evaluation {
        Some(evaluation) => {
            let known =
                |document: &str, pointer: &str| documents.get(document)?.pointer(pointer).cloned();
            shown.insert("explanation".into(), json!(explain(evaluation, known)));
            evaluation_report(evaluation)
        }
        None => json_of(&decided.decision.evaluation),
    };
    if let Value::Object(report) = report {
        shown.extend(report);
    }
    let listed = decided.documents.iter().map(|document| {
        let mut entry = Object::from_iter([("path".into(), json!(document.path))]);
        if let Some((digest, _)) = &document.body {
            entry.insert("digest".into(), json!(format!("sha256:{digest}")));
        }
        if let Some(error) = &document.error {
            entry.insert("error".into(), json_of(error));
        }
        if let Some(body) = documents
            .get(document.path.as_str())
            .filter(|_| with_bodies)
        {
            entry.insert("body".into(), body.clone());
        }
        Value::Object(entry)
    });
    shown.insert("documents".into(), listed.collect());
    shown
}

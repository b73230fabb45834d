//! `POST /v1/evaluate`: one evaluation, without any effect.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::Caller;
use crate::enrollment::Object;
use crate::hook::{Mode, Variation};
use crate::registration::{EvaluationOf, WhatIf};
use crate::text::tame;

use super::body::JsonObject;
use super::fields::{Fields, wrong};
use super::problem::Refusal;
use super::query::Query;
use super::shapes::common::NotDone;
use super::shapes::register as shape;
use super::{ApiState, evaluation_report};

const FIELDS: [&str; 10] = [
    "decision",
    "node",
    "documents",
    "system",
    "name",
    "pod_manager",
    "address",
    "parameters",
    "hooks",
    "ironic",
];

/// `POST /v1/evaluate`.
#[utoipa::path(
    post,
    path = "/v1/evaluate",
    tag = "registration",
    params(shape::ExplainOption),
    request_body = shape::EvaluateRequest,
    responses((status = OK, description = "What it comes to.", body = shape::Evaluation), NotDone)
)]
pub(super) async fn evaluate(
    State(state): State<ApiState>,
    caller: Caller,
    query: Query,
    JsonObject(body): JsonObject,
) -> Result<Json<Value>, Refusal> {
    query.only(&["explain"])?;
    let is_to_explain = query.switch("explain")?;
    let mut fields = Fields::of_body(body, &FIELDS)?;
    let parameters = fields
        .take("parameters")
        .map(|value| object("/parameters", value))
        .transpose()?;
    let hooks = fields.take("hooks").map(variations).transpose()?;
    let asked = WhatIf {
        parameters,
        hooks: hooks.unwrap_or_default(),
        api: fields.optional_text("ironic")?,
        may_administer: caller.may_administer(),
        of: of(&mut fields)?,
    };
    let (evaluation, explanation) = state.registrar.what_if(asked).await?;
    let mut report = evaluation_report(&evaluation);
    if let (true, Value::Object(report)) = (is_to_explain, &mut report) {
        report.insert("explanation".into(), json!(explanation));
    }
    Ok(Json(report))
}

/// Exactly one of the three ways to say of what.
fn of(fields: &mut Fields) -> Result<EvaluationOf, Refusal> {
    let decision = fields.optional_text("decision")?;
    let node = fields.optional_text("node")?;
    let documents = fields
        .take("documents")
        .map(|value| object("/documents", value))
        .transpose()?;
    let mut place = Vec::new();
    for field in ["system", "name", "pod_manager", "address"] {
        place.push(fields.optional_text(field)?);
    }
    if documents.is_none() && place.iter().any(Option::is_some) {
        return Err(Refusal::bad_request(
            "`system`, `name`, `pod_manager` and `address` go with `documents` only",
        ));
    }
    match (decision, node, documents) {
        (Some(decision), None, None) => match Uuid::parse_str(&decision) {
            Ok(id) => Ok(EvaluationOf::Decision(id)),
            Err(_) => Err(Refusal::bad_request(format!(
                "`decision` is to be the uuid of one, not `{}`",
                tame(&decision, 100)
            ))),
        },
        (None, Some(node), None) => Ok(EvaluationOf::Node(node)),
        (None, None, Some(documents)) => {
            let mut place = place.into_iter();
            let mut next = || place.next().flatten();
            Ok(EvaluationOf::Documents {
                documents,
                system: next(),
                name: next(),
                pod_manager: next(),
                address: next(),
            })
        }
        _ => Err(Refusal::bad_request(
            "the body is to say of what, by one of `decision`, a uuid, `node`, a uuid or name, and \
             `documents`, an object from path to document",
        )),
    }
}

fn object(at: &str, value: Value) -> Result<Object, Refusal> {
    match value {
        Value::Object(object) => Ok(object),
        other => Err(wrong(at, "an object", &other)),
    }
}

/// What is to be otherwise, hook by hook.
fn variations(value: Value) -> Result<Vec<Variation>, Refusal> {
    let hooks = object("/hooks", value)?;
    hooks
        .into_iter()
        .map(|(hook, value)| {
            let at = format!("/hooks/{}", tame(&hook, 100));
            let known = ["component", "settings", "mode"];
            let mut fields = Fields::of(value, at.clone(), &known)?;
            let settings = fields.take("settings");
            Ok(Variation {
                component: fields.optional_text("component")?,
                settings: settings
                    .map(|value| object(&format!("{at}/settings"), value))
                    .transpose()?,
                mode: fields.optional_text("mode")?.map(mode).transpose()?,
                hook,
            })
        })
        .collect()
}

fn mode(text: String) -> Result<Mode, Refusal> {
    match text.as_str() {
        "enforce" => Ok(Mode::Enforce),
        "shadow" => Ok(Mode::Shadow),
        _ => Err(Refusal::bad_request(format!(
            "`mode` is to be `enforce` or `shadow`, not `{}`",
            tame(&text, 100)
        ))),
    }
}

//! `/v1/nodes/{ID}/register`, and `/v1/node/{ID}/register`, as the first text
//! of the API spelled it.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use tracing::Instrument;

use crate::access::Caller;
use crate::enrollment::Object;
use crate::evaluate::{Evaluation, explain};
use crate::failure::Failure;
use crate::node::Target;
use crate::openstack::{current_request, in_request};
use crate::registration::{DryRun, OnConflict, RegisterOptions, Registered};

use super::body::JsonObject;
use super::id::Id;
use super::problem::Refusal;
use super::query::Query;
use super::shapes::common::NotDone;
use super::shapes::register as shape;
use super::transition::transition_report;
use super::{ApiState, nodes};

/// How long a caller waits at most until a node is where it is to be taken: the
/// request itself ends after five minutes.
const LONGEST_WAIT: Duration = Duration::from_secs(240);

/// `POST …/register`: the body is fields of Ironic's node.
#[utoipa::path(
    post,
    path = "/v1/nodes/{id}/register",
    tag = "registration",
    params(("id" = String, Path, description = "A uuid or a name."), shape::DryRunOptions, shape::RegisteringOptions),
    request_body = shape::NodeFields,
    responses((status = OK, description = "It is registered, or would be.", body = shape::RegisterReply), NotDone)
)]
pub(super) async fn register(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id,
    query: Query,
    JsonObject(parameters): JsonObject,
) -> Result<Json<Value>, Refusal> {
    let registrar = state.registrar;
    let (dry_run, options) = options(&query, &caller)?;
    let is_to_explain = query.switch("explain")?;
    if dry_run {
        let dry = registrar.dry_run(&id, parameters, options).await?;
        return Ok(Json(dry_report(&dry, is_to_explain)));
    }
    let explaining = Arc::clone(&registrar);
    let registered =
        to_its_end(async move { registrar.register(&id, parameters, options).await }).await?;
    let node = registered.node.uuid.to_string();
    let mut reply = reply(registered);
    if is_to_explain {
        let recorded = explaining.recorded(&node).await?;
        reply.insert("explanation".into(), explanation(&recorded.evaluation));
    }
    Ok(Json(Value::Object(reply)))
}

/// `DELETE …/register`.
#[utoipa::path(
    delete,
    path = "/v1/nodes/{id}/register",
    tag = "registration",
    params(("id" = String, Path, description = "A uuid or a name.")),
    responses((status = OK, description = "Ironic no longer has it.", body = shape::Deregistered), NotDone)
)]
pub(super) async fn deregister(
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
) -> Result<Json<Object>, Refusal> {
    query.only(&[])?;
    let registrar = state.registrar;
    let deregistered = to_its_end(async move { registrar.deregister(&id).await }).await?;
    let mut record = nodes::record(&deregistered.node);
    let warnings = match (deregistered.was_gone, deregistered.was_adopted) {
        (true, _) => vec!["ironic no longer had this node"],
        (_, true) => vec![
            "ironic had this node before valence did and keeps it as it is: only valence's mark was taken off",
        ],
        (false, false) => Vec::new(),
    };
    record.insert("warnings".into(), json!(warnings));
    Ok(Json(record))
}

/// What an evaluation came to, as a dry run and `valence evaluate` show it: all
/// of it the same for the same input, so no durations.
pub fn evaluation_report(evaluation: &Evaluation) -> Value {
    let hooks: Vec<_> = evaluation
        .hooks
        .iter()
        .map(|run| {
            let mut shown = json!({
                "name": run.name,
                "digest": run.digest,
                "fuel": run.fuel,
                "wrote": run.wrote,
            });
            if let (Some(shadow), Some(shown)) = (&run.shadow, shown.as_object_mut()) {
                shown.insert("shadow".into(), json!(shadow));
            }
            shown
        })
        .collect();
    json!({
        "enrollment": evaluation.enrollment,
        "changes": evaluation.changes,
        "findings": evaluation.findings,
        "hooks": hooks,
        "chain": evaluation.chain,
    })
}

/// Why what was applied is as it is. The documents are not at hand any more.
pub(super) fn explanation(evaluation: &Evaluation) -> Value {
    json!(explain(evaluation, |_, _| None))
}

fn dry_report(dry: &DryRun, is_to_explain: bool) -> Value {
    let mut report = evaluation_report(&dry.evaluation);
    let Some(more) = report.as_object_mut() else {
        return report;
    };
    if let Some(conflict) = &dry.conflict {
        more.insert("conflict".into(), json!(conflict));
    }
    if is_to_explain {
        more.insert("explanation".into(), json!(dry.explanation));
    }
    report
}

pub(super) fn reply(registered: Registered) -> Object {
    let mut reply = nodes::record(&registered.node);
    reply.insert("registration".into(), json!(registered.registration));
    reply.insert("ironic".into(), json!(registered.ironic));
    reply.insert("hooks".into(), json!(registered.hooks));
    reply.insert("chain".into(), json!(registered.chain));
    reply.insert("warnings".into(), json!(registered.warnings));
    reply.insert("unchanged".into(), json!(registered.unchanged));
    if let Some(changed) = registered.changed {
        reply.insert("changed".into(), json!(changed));
    }
    if let Some(transition) = &registered.transition {
        reply.insert("transition".into(), transition_report(transition));
    }
    if let Some(evidence) = registered.adopted {
        reply.insert("adopted_by".into(), json!(evidence.sentence()));
    }
    reply
}

/// Whether it is a dry run, and how to register for `caller`. Every option is known, or
/// refused.
pub(super) fn options(query: &Query, caller: &Caller) -> Result<(bool, RegisterOptions), Refusal> {
    query.only(&[
        "dry_run",
        "on_conflict",
        "target",
        "inspect",
        "wait",
        "explain",
    ])?;
    let on_conflict = match query.one("on_conflict")? {
        None => OnConflict::default(),
        Some(given) => {
            let known = OnConflict::ALL.into_iter().find(|one| one.name() == given);
            known.ok_or_else(|| {
                Refusal::bad_request(format!(
                    "`on_conflict` is to be `fail`, `adopt` or `update`, not `{}`",
                    crate::text::tame(given, 100)
                ))
            })?
        }
    };
    let options = RegisterOptions {
        may_administer: caller.may_administer(),
        on_conflict,
        target: target(query)?,
        inspect: query.switch("inspect")?,
        wait: wait(query)?,
    };
    if options.inspect && options.target == Some(Target::Enroll) {
        return Err(Refusal::bad_request(
            "`inspect` takes a node that is `manageable`: leave out `target=enroll`",
        ));
    }
    Ok((query.switch("dry_run")?, options))
}

/// Where the node is to be taken.
fn target(query: &Query) -> Result<Option<Target>, Refusal> {
    let Some(given) = query.one("target")? else {
        return Ok(None);
    };
    let known = Target::ALL.into_iter().find(|one| one.name() == given);
    known.map(Some).ok_or_else(|| {
        Refusal::bad_request(format!(
            "`target` is to be `enroll`, `manageable` or `available`, not `{}`",
            crate::text::tame(given, 100)
        ))
    })
}

/// How long to wait until it is there: a number of seconds, `true` for as long as
/// a request may take, or `false`.
fn wait(query: &Query) -> Result<Duration, Refusal> {
    let Some(given) = query.one("wait")? else {
        return Ok(LONGEST_WAIT);
    };
    match (given.to_ascii_lowercase().as_str(), given.parse()) {
        ("" | "true" | "yes", _) => Ok(LONGEST_WAIT),
        ("false" | "no", _) => Ok(Duration::ZERO),
        (_, Ok(seconds)) => Ok(Duration::from_secs(seconds).min(LONGEST_WAIT)),
        (_, Err(_)) => Err(Refusal::bad_request(format!(
            "`wait` is to be a number of seconds, `true` or `false`, not `{}`",
            crate::text::tame(given, 100)
        ))),
    }
}

/// Runs `work` to its end even if the caller goes away: what was begun in
/// Ironic is to be finished or undone.
pub(super) async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Result<T, Failure> {
    let work = work.in_current_span();
    let begun = match current_request() {
        Some(id) => tokio::spawn(in_request(id, work)),
        None => tokio::spawn(work),
    };
    begun.await.map_err(Failure::internal)?
}

#[cfg(test)]
mod tests;

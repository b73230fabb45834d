//! `/v1/nodes/{ID}/registration`: what is on record of it.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::registration::{Moment, Step, Update};

use super::id::Id;
use super::problem::Refusal;
use super::query::Query;
use super::shapes::common::NotDone;
use super::shapes::register as shape;
use super::transition::transition_report;
use super::{ApiState, evaluation_report, register, time};

/// `GET …/registration`: the newest one, however it ended.
#[utoipa::path(
    get,
    path = "/v1/nodes/{id}/registration",
    tag = "registration",
    params(("id" = String, Path, description = "A uuid or a name.")),
    responses((status = OK, description = "What is on record of its last registration.", body = shape::Recorded), NotDone)
)]
pub(super) async fn show(
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
) -> Result<Json<Value>, Refusal> {
    query.only(&[])?;
    let recorded = state.registrar.recorded(&id).await?;
    let mut record = evaluation_report(&recorded.evaluation);
    if let Value::Object(record) = &mut record {
        record.insert(
            "explanation".into(),
            register::explanation(&recorded.evaluation),
        );
        record.insert("registration".into(), json!(recorded.id));
        record.insert("state".into(), json!(recorded.state));
        record.insert("detail".into(), json!(recorded.detail));
        record.insert("ironic_uuid".into(), json!(recorded.ironic_uuid));
        record.insert(
            "enrollment_digest".into(),
            json!(recorded.enrollment_digest),
        );
        let transition = recorded.transition.as_ref().map(transition_report);
        record.insert("transition".into(), json!(transition));
        let update = recorded.update.as_ref().map(update_report);
        record.insert("update".into(), json!(update));
        let steps: Vec<_> = recorded.steps.iter().map(step_report).collect();
        record.insert("steps".into(), json!(steps));
        let (created, updated) = (recorded.created_at, recorded.updated_at);
        record.insert("created_at".into(), json!(time::written(created)));
        record.insert("updated_at".into(), json!(time::written(updated)));
    }
    Ok(Json(record))
}

/// A change that has not come into force.
fn update_report(update: &Update) -> Value {
    json!({
        "id": update.id,
        "state": update.state.name(),
        "detail": update.detail,
        "enrollment_digest": update.enrollment_digest,
        "created_at": time::written(update.created_at),
    })
}

/// An entry of the journal: of a step that is answered, how it ended.
fn step_report(step: &Step) -> Value {
    let ended = match step.moment {
        Moment::Before => Value::Null,
        Moment::After => serde_json::from_str(&step.detail).unwrap_or_default(),
    };
    json!({
        "step": step.step,
        "moment": step.moment.name(),
        "outcome": ended.get("outcome"),
        "status": ended.get("status"),
        "reason": ended.get("reason"),
        "at": time::written(step.at),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_tells_what_was_sent_and_how_it_ended() {
        let step = |moment, detail: &str| Step {
            step: "create node 1".into(),
            moment,
            detail: detail.into(),
            at: "2017-08-14T07:31:18Z".parse().unwrap(),
        };
        let sent = step_report(&step(Moment::Before, "{}"));
        assert_eq!(
            sent,
            json!({
                "step": "create node 1", "moment": "before", "outcome": null, "status": null,
                "reason": null, "at": "2017-08-14 07:31:18 UTC",
            })
        );
        let refused = r#"{"outcome": "refused", "status": 409, "reason": "locked"}"#;
        let ended = step_report(&step(Moment::After, refused));
        assert_eq!(
            (
                &ended["moment"],
                &ended["outcome"],
                &ended["status"],
                &ended["reason"]
            ),
            (
                &json!("after"),
                &json!("refused"),
                &json!(409),
                &json!("locked")
            )
        );
    }
}

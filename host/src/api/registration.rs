//! `/v1/nodes/{ID}/registration`: what is on record of it.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::id::Id;
use super::problem::Refusal;
use super::query::Query;
use super::transition::transition_report;
use super::{ApiState, evaluation_report, register, time};

/// `GET …/registration`: the newest one, however it ended.
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
        let (created, updated) = (recorded.created_at, recorded.updated_at);
        record.insert("created_at".into(), json!(time::written(created)));
        record.insert("updated_at".into(), json!(time::written(updated)));
    }
    Ok(Json(record))
}

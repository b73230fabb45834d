//! `/metrics`: what is counted and measured, for Prometheus.

use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::telemetry;

use super::ApiState;
use super::shapes::common as shape;

/// How long the store is waited for: what it does not say is left as it was.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// `GET /metrics`.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operation",
    responses(
        (
            status = OK,
            description = "What is counted and measured.",
            body = String,
            content_type = "application/openmetrics-text"
        ),
        shape::Refused
    )
)]
pub(super) async fn show(State(state): State<ApiState>) -> impl IntoResponse {
    let backlog = tokio::time::timeout(PATIENCE, state.registrar.backlog()).await;
    telemetry::keep_backlog(backlog.ok().and_then(Result::ok));
    let kind = [(CONTENT_TYPE, telemetry::CONTENT_TYPE)];
    (kind, telemetry::exposed())
}

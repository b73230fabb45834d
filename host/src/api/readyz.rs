//! `/readyz`: whether requests are to be sent here.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::ApiState;
use super::metrics::PATIENCE;
use super::shapes::common as shape;

/// `GET /readyz`: whether the store answers and the hooks are loaded. That Ironic or
/// a pod manager is away is told by each registration, and no other server would
/// fare better.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operation",
    responses(
        (status = OK, description = "They are.", body = shape::Ready),
        shape::Refused,
        (status = SERVICE_UNAVAILABLE, description = "The store does not answer.", body = shape::Ready)
    )
)]
pub(super) async fn show(State(state): State<ApiState>) -> Response {
    let answers = tokio::time::timeout(PATIENCE, state.registrar.store_answers()).await;
    let store = match &answers {
        Ok(Ok(())) => "ok",
        Ok(Err(failure)) => {
            tracing::warn!(error = %failure, source = failure.source.as_deref(), "not ready: the store fails");
            "failed"
        }
        Err(_) => {
            tracing::warn!("not ready: the store does not answer");
            "no answer"
        }
    };
    let serving = state.hooks.serving();
    let refused = serving.last_reload.as_ref();
    let refused = refused.is_some_and(|last| last.error.is_some());
    let ready = store == "ok";
    let status = match ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let peers = state.registrar.peers();
    let different = peers.iter().filter(|peer| !peer.differs.is_empty());
    let different =
        different.map(|peer| json!({"name": peer.replica.name, "differs": peer.differs}));
    let report = json!({
        "ready": ready,
        "store": store,
        "hooks": {
            "chain": serving.chain.digest(),
            "loaded": serving.chain.hooks().len(),
            "last_reload_refused": refused,
        },
        "servers": {"number": peers.len(), "different": different.collect::<Vec<_>>()},
    });
    (status, Json(report)).into_response()
}

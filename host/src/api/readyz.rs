//! `/readyz`: whether requests are to be sent here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::sync::Mutex;

use crate::access::Caller;

use super::ApiState;
use super::metrics::PATIENCE;
use super::shapes::common as shape;

/// For so long it counts what the store has said: everybody may ask here.
const LASTING: Duration = Duration::from_secs(1);

/// What the store said last.
#[derive(Clone, Default)]
pub struct Readiness(Arc<Mutex<Option<(Instant, &'static str)>>>);

impl Readiness {
    /// What it says: of many who want to know at a time one asks.
    async fn learn(&self, ask: impl Future<Output = &'static str>) -> &'static str {
        let mut last = self.0.lock().await;
        if let Some((at, said)) = *last
            && at.elapsed() < LASTING
        {
            return said;
        }
        let said = ask.await;
        *last = Some((Instant::now(), said));
        said
    }
}

/// `GET /readyz`: whether the store answers; for readers also how, and what hooks are
/// loaded. That Ironic or a pod manager is away is told by each registration, and no
/// other server would fare better.
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
pub(super) async fn show(State(state): State<ApiState>, caller: Caller) -> Response {
    let store = state.readiness.learn(ask(&state)).await;
    let ready = store == "ok";
    let status = match ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    if caller.role.is_none() {
        return (status, Json(json!({"ready": ready}))).into_response();
    }
    let serving = state.hooks.serving();
    let refused = serving.last_reload.as_ref();
    let refused = refused.is_some_and(|last| last.error.is_some());
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

async fn ask(state: &ApiState) -> &'static str {
    let answers = tokio::time::timeout(PATIENCE, state.registrar.store_answers()).await;
    match &answers {
        Ok(Ok(())) => "ok",
        Ok(Err(failure)) => {
            tracing::warn!(error = %failure, source = failure.source.as_deref(), "not ready: the store fails");
            "failed"
        }
        Err(_) => {
            tracing::warn!("not ready: the store does not answer");
            "no answer"
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn the_store_is_asked_once_a_second_whoever_asks() {
        let readiness = Readiness::default();
        let asked = AtomicUsize::new(0);
        let ask = async || {
            tokio::task::yield_now().await;
            asked.fetch_add(1, Ordering::Relaxed);
            "ok"
        };
        let all = (0..50).map(|_| readiness.learn(ask()));
        assert_eq!(futures::future::join_all(all).await, ["ok"; 50]);
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        let before = Instant::now().checked_sub(LASTING).unwrap();
        *readiness.0.lock().await = Some((before, "ok"));
        assert_eq!(readiness.learn(async { "failed" }).await, "failed");
    }
}

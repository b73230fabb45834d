//! `/healthcheck`: whether this process serves.

use axum::Json;
use serde_json::{Value, json};

/// `GET /healthcheck`. It asks neither Ironic nor a pod manager: that one of
/// them is away is no reason to restart this process.
pub(super) async fn show() -> Json<Value> {
    Json(json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}))
}

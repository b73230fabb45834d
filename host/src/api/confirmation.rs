//! Valence's reply to a deletion.

use axum::Json;
use serde_json::{Value, json};

use crate::openstack::RequestId;

/// `detail` says what has been deleted.
pub(super) fn confirmation(request: &RequestId, detail: &str) -> Json<Value> {
    Json(json!({"code": "DELETED", "detail": detail, "request_id": request.to_string()}))
}

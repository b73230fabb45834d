//! `/` and `/v1`: which versions there are, and where things are.

use axum::Json;
use serde_json::{Value, json};

use super::base::Base;
use super::shapes::common as shape;

/// `GET /`.
#[utoipa::path(
    get,
    path = "/",
    tag = "versions",
    responses((status = OK, description = "The versions.", body = shape::Versions), shape::Refused)
)]
pub(super) async fn versions(Base(base): Base) -> Json<Value> {
    Json(json!({
        "name": "OpenStack Valence API",
        "description": "Valence is an OpenStack project",
        "versions": [{
            "id": "v1",
            "links": [{"href": format!("{base}/v1/"), "rel": "self"}],
            "min_version": "",
            "status": "CURRENT",
        }],
    }))
}

/// `GET /v1`.
#[utoipa::path(
    get,
    path = "/v1",
    tag = "versions",
    responses((status = OK, description = "Where the resources are.", body = shape::Version), shape::Refused)
)]
pub(super) async fn version(Base(base): Base) -> Json<Value> {
    let links = |resource: &str| {
        json!([
            {"href": format!("{base}/v1/{resource}/"), "rel": "self"},
            {"href": format!("{base}/{resource}/"), "rel": "bookmark"},
        ])
    };
    Json(json!({
        "id": "v1",
        "links": [{"href": format!("{base}/v1/"), "rel": "self"}],
        "media_types": [{
            "base": "application/json",
            "type": "application/vnd.openstack.valence.v1+json",
        }],
        "nodes": links("nodes"),
        "pod_managers": links("pod_managers"),
        "hooks": links("hooks"),
    }))
}

//! `/v1/openapi.json`: the API as OpenAPI 3.1, made of what stands at the handlers.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, SecurityRequirement,
};
use utoipa::{PartialSchema, ToSchema};

use super::problem::Problem;
use super::shapes::common as shape;
use super::{rights, router};

/// A route that is there under another path too, as the first text of the API
/// spelled it.
const ALIAS: (&str, &str) = ("/v1/nodes/{id}/register", "/v1/node/{id}/register");

/// What a caller needs for an operation, in the document.
const ROLE: &str = "x-valence-role";

/// `GET /v1/openapi.json`.
#[utoipa::path(
    get,
    path = "/v1/openapi.json",
    tag = "versions",
    responses((status = OK, description = "This document.", body = Object), shape::Refused)
)]
pub(super) async fn show() -> Response {
    static TEXT: LazyLock<Bytes> = LazyLock::new(|| document().to_string().into());
    let json = HeaderValue::from_static("application/json");
    ([(CONTENT_TYPE, json)], TEXT.clone()).into_response()
}

/// The document of all routes.
pub fn document() -> Value {
    let mut value = serde_json::to_value(described()).unwrap_or_default();
    let Some(paths) = value.pointer_mut("/paths").and_then(Value::as_object_mut) else {
        return value;
    };
    let (there, here) = ALIAS;
    if let Some(mut same) = paths.get(there).cloned() {
        for (_, operation) in same.as_object_mut().into_iter().flatten() {
            operation["deprecated"] = json!(true);
        }
        paths.insert(here.to_owned(), same);
    }
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            operation["operationId"] = json!(name(method, path));
            let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes());
            let needed = method.map(|method| rights::needed(&method, Some(path), false));
            match needed {
                Ok(Some(role)) => operation[ROLE] = json!(role.name()),
                // Everybody may.
                _ => operation["security"] = json!([]),
            }
        }
    }
    value
}

/// `get_v1_nodes_id` for GET `/v1/nodes/{id}`: handlers of different resources have
/// the same names.
fn name(method: &str, path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    std::iter::once(method)
        .chain(words)
        .collect::<Vec<_>>()
        .join("_")
}

fn described() -> OpenApi {
    let basic = SecurityScheme::Http(Http::new(HttpAuthScheme::Basic));
    let token = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-Auth-Token")));
    let mut components = ComponentsBuilder::new()
        .security_scheme("http_basic", basic)
        .security_scheme("keystone", token)
        .schema(Problem::name(), Problem::schema());
    for (name, response) in shape::refusals() {
        components = components.response(name, response);
    }
    let head = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Valence")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(
                    "Registers composed and bare-metal nodes in OpenStack Ironic. docs/api.md says \
                     what is behind these routes.",
                ))
                .license(Some(LicenseBuilder::new().name("Apache-2.0").build())),
        )
        .components(Some(components.build()))
        // Which of them depends on `[api] auth`.
        .security(Some([
            SecurityRequirement::new("http_basic", [""; 0]),
            SecurityRequirement::new("keystone", [""; 0]),
            SecurityRequirement::default(),
        ]));
    let mut all = head.build();
    all.merge(router::routes().into_openapi());
    all
}

//! `POST /v1/nodes`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::Value;
use uuid::Uuid;

use crate::access::Caller;
use crate::enrollment::Object;
use crate::nodes::{ComposeRequest, Wanted};
use crate::registration::{OnFailure, Registering};

use super::body::JsonObject;
use super::fields::{Fields, at, wrong};
use super::problem::Refusal;
use super::query::Query;
use super::register::{options, reply, to_its_end};
use super::requirements::requirements;
use super::shapes::common::NotDone;
use super::shapes::{compose as shape, nodes as node_shape, register as register_shape};
use super::{ApiState, nodes};

/// What needs `register=true`.
const OF_REGISTERING: [&str; 5] = ["on_failure", "on_conflict", "target", "inspect", "wait"];

/// `POST /v1/nodes`: composes a node, and registers it if asked.
#[utoipa::path(
    post,
    path = "/v1/nodes",
    tag = "nodes",
    params(shape::ComposeOptions, register_shape::RegisteringOptions),
    request_body = shape::ComposeRequest,
    responses((status = OK, description = "The node, or, with `register`, what `…/register` replies.", body = node_shape::ManagedNode), NotDone)
)]
pub(super) async fn compose(
    State(state): State<ApiState>,
    caller: Caller,
    query: Query,
    JsonObject(body): JsonObject,
) -> Result<Json<Object>, Refusal> {
    let register = query.switch("register")?;
    let on_failure = on_failure(&query)?;
    let (mut request, parameters) = request(body)?;
    if !register {
        if let Some(option) = OF_REGISTERING.into_iter().find(|option| query.has(option)) {
            return Err(Refusal::bad_request(format!(
                "`{option}` needs `register=true`"
            )));
        }
        query.only(&["register"])?;
        if parameters.is_some() {
            let detail = "`parameters` are for Ironic: say `register=true` too";
            return Err(at("/parameters".into(), detail.into()));
        }
        request.registering = None;
        let composing = Arc::clone(&state.nodes);
        let node = to_its_end(async move { composing.compose(request).await }).await?;
        return Ok(Json(nodes::brief(&node)));
    }
    let (dry_run, options) = options(&query.without(&["register", "on_failure"]), &caller)?;
    if dry_run || query.switch("explain")? {
        return Err(Refusal::bad_request(
            "what is not composed yet cannot be evaluated: there is no `dry_run` here, and no `explain`",
        ));
    }
    let registering = Registering {
        parameters: parameters.unwrap_or_default(),
        options,
        on_failure,
    };
    let registrar = Arc::clone(&state.registrar);
    let registered =
        to_its_end(async move { registrar.compose(request, registering).await }).await?;
    Ok(Json(reply(registered)))
}

fn on_failure(query: &Query) -> Result<OnFailure, Refusal> {
    let Some(given) = query.one("on_failure")? else {
        return Ok(OnFailure::default());
    };
    let known = OnFailure::ALL.into_iter().find(|one| one.name() == given);
    known.ok_or_else(|| {
        Refusal::bad_request(format!(
            "`on_failure` is to be `keep` or `decompose`, not `{}`",
            crate::text::tame(given, 100)
        ))
    })
}

fn request(body: Object) -> Result<(ComposeRequest, Option<Object>), Refusal> {
    let known = [
        "name",
        "description",
        "podm_id",
        "flavor_id",
        "properties",
        "parameters",
    ];
    let mut fields = Fields::of_body(body, &known)?;
    let name = fields.text("name")?;
    let flavor = fields.optional_text("flavor_id")?;
    let properties = fields.take("properties");
    let wanted = match (flavor, properties) {
        (Some(_), Some(_)) => {
            let detail = "`flavor_id` and `properties` do not go together";
            return Err(at("/flavor_id".into(), detail.into()));
        }
        (Some(flavor), None) => Wanted::Flavor(flavor),
        (None, given) => {
            let given = given.unwrap_or_else(|| Value::Object(Object::new()));
            Wanted::Properties(requirements(given, "/properties")?)
        }
    };
    let parameters = match fields.take("parameters") {
        None => None,
        Some(Value::Object(parameters)) => Some(parameters),
        Some(other) => return Err(wrong("/parameters", "an object", &other)),
    };
    let request = ComposeRequest {
        node: Uuid::new_v4(),
        podm_id: fields.optional_text("podm_id")?,
        name,
        description: fields.optional_text("description")?,
        wanted,
        registering: None,
    };
    Ok((request, parameters))
}

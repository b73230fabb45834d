//! `POST /v1/nodes`, and what nodes are told: `POST /v1/nodes/{ID}/action`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use uuid::Uuid;

use crate::access::Caller;
use crate::enrollment::Object;
use crate::nodes::{ComposeRequest, NodeCommand, Wanted};
use crate::registration::{OnFailure, Registering};

use super::body::JsonObject;
use super::fields::{Fields, at, wrong};
use super::id::Id;
use super::problem::Refusal;
use super::query::Query;
use super::register::{options, reply, to_its_end};
use super::requirements::requirements;
use super::shapes::common::NotDone;
use super::shapes::{compose as shape, nodes as node_shape, register as register_shape};
use super::{ApiState, nodes};

/// What `Reset` takes: Redfish's own words.
const RESETS: [&str; 9] = [
    "On",
    "ForceOff",
    "GracefulShutdown",
    "GracefulRestart",
    "ForceRestart",
    "Nmi",
    "ForceOn",
    "PushPowerButton",
    "PowerCycle",
];

/// How long a boot source holds.
const HOLDS: [&str; 3] = ["Once", "Continuous", "Disabled"];

/// `POST /v1/nodes`: composes a node, and registers it if asked.
#[utoipa::path(
    post,
    path = "/v1/nodes",
    tag = "nodes",
    params(shape::ComposeOptions, register_shape::RegisterOptions),
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
    if dry_run {
        return Err(Refusal::bad_request(
            "what is not composed yet cannot be evaluated: there is no `dry_run` here",
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

/// `POST /v1/nodes/{ID}/action`: 204 and an empty body, as Valence answered.
#[utoipa::path(
    post,
    path = "/v1/nodes/{id}/action",
    tag = "nodes",
    params(("id" = String, Path, description = "A uuid or a name."), node_shape::DeleteOptions),
    request_body = shape::Command,
    responses((status = NO_CONTENT, description = "It was told."), NotDone)
)]
pub(super) async fn act(
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
    JsonObject(body): JsonObject,
) -> Result<Response, Refusal> {
    query.only(&["force"])?;
    let command = command(body)?;
    state
        .nodes
        .act(&id, &command, query.switch("force")?)
        .await?;
    Ok((
        StatusCode::NO_CONTENT,
        [(header::CONTENT_TYPE, "application/json")],
    )
        .into_response())
}

fn command(body: Object) -> Result<NodeCommand, Refusal> {
    let mut fields = Fields::of_body(body, &["Reset", "Boot", "attach", "detach"])?;
    for pooled in ["attach", "detach"] {
        if fields.take(pooled).is_some() {
            let detail =
                format!("there is no `{pooled}`: pooled devices (ExpEther) are not supported");
            return Err(at(fields.pointer(pooled), detail));
        }
    }
    match (fields.take("Reset"), fields.take("Boot")) {
        (Some(reset), None) => {
            let mut reset = Fields::of(reset, "/Reset".into(), &["Type"])?;
            let kind = one_of(&mut reset, "Type", &RESETS)?;
            Ok(NodeCommand::Reset(kind))
        }
        (None, Some(boot)) => {
            let mut boot = Fields::of(boot, "/Boot".into(), &["Enabled", "Target"])?;
            Ok(NodeCommand::Boot {
                enabled: one_of(&mut boot, "Enabled", &HOLDS)?,
                target: boot.text("Target")?,
            })
        }
        _ => Err(Refusal::bad_request(
            "the body is to hold exactly one of `Reset` and `Boot`",
        )),
    }
}

fn one_of(fields: &mut Fields, key: &str, known: &[&str]) -> Result<String, Refusal> {
    let given = fields.text(key)?;
    if known.contains(&given.as_str()) {
        return Ok(given);
    }
    let detail = format!(
        "`{}` is none of {}",
        crate::text::tame(&given, 60),
        super::fields::list(known)
    );
    Err(at(fields.pointer(key), detail))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Object {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_command_is_exactly_one() {
        let reset = json!({"Reset": {"Type": "GracefulRestart"}});
        let read = command(object(reset)).ok();
        assert_eq!(read, Some(NodeCommand::Reset("GracefulRestart".into())));
        let boot = json!({"Boot": {"Enabled": "Once", "Target": "Pxe"}});
        assert!(command(object(boot)).is_ok());
        for wrong in [
            json!({}),
            json!({"Reset": {"Type": "On"}, "Boot": {"Enabled": "Once", "Target": "Pxe"}}),
            json!({"Reset": {"Type": "Explode"}}),
            json!({"Reset": "On"}),
            json!({"Boot": {"Enabled": "Always", "Target": "Pxe"}}),
            json!({"attach": {"resource_id": "1"}}),
            json!({"reset": {"Type": "On"}}),
        ] {
            assert!(command(object(wrong.clone())).is_err(), "{wrong}");
        }
    }
}

//! `POST /v1/nodes/{ID}/action`: what nodes are told.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::enrollment::Object;
use crate::nodes::NodeCommand;

use super::ApiState;
use super::body::JsonObject;
use super::fields::{Fields, at};
use super::id::Id;
use super::problem::Refusal;
use super::query::Query;
use super::shapes::common::NotDone;
use super::shapes::{compose as shape, nodes as node_shape};

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
    use serde_json::{Value, json};

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

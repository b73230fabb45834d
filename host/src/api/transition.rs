//! Where a registered node is to be taken in Ironic, and how far that is.

use serde_json::{Value, json};

use crate::registration::Transition;

use super::{causes, time};

/// As `transition` of the replies shows it.
pub(super) fn transition_report(transition: &Transition) -> Value {
    let error = transition.cause.map(|cause| {
        let fault = match cause.is_of_redfish() {
            true => "bmc",
            false => "ironic",
        };
        json!({
            "code": causes::appearance(cause).code,
            "fault": fault,
            "detail": transition.detail,
            "last_error": transition.last_error,
        })
    });
    // Of one that goes on it says what holds it up.
    let detail = match error {
        Some(_) => None,
        None => transition.detail.as_deref(),
    };
    json!({
        "target": transition.goal.target.name(),
        "inspect": transition.goal.inspect,
        "state": transition.state.name(),
        "step": transition.verb,
        "provision_state": transition.provision_state,
        "detail": detail,
        "error": error,
        "created_at": time::written(transition.created_at),
        "updated_at": time::written(transition.updated_at),
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::failure::Cause;
    use crate::node::{Goal, Target};
    use crate::registration::TransitionState;

    #[test]
    fn a_failure_says_whose_it_is_in_ironics_words() {
        let then = "2017-08-14T07:31:18Z".parse().unwrap();
        let goal = Goal {
            target: Target::Manageable,
            inspect: false,
        };
        let transition = Transition {
            state: TransitionState::Failed,
            verb: Some("manage".into()),
            provision_state: Some("enroll".into()),
            cause: Some(Cause::RedfishFailed),
            detail: Some("ironic could not get through".into()),
            last_error: Some("Access error".into()),
            created_at: then,
            updated_at: then,
            ..Transition::new(Uuid::from_u128(1), goal)
        };
        insta::assert_json_snapshot!(transition_report(&transition), @r#"
        {
          "created_at": "2017-08-14 07:31:18 UTC",
          "detail": null,
          "error": {
            "code": "redfish-failed",
            "detail": "ironic could not get through",
            "fault": "bmc",
            "last_error": "Access error"
          },
          "inspect": false,
          "provision_state": "enroll",
          "state": "failed",
          "step": "manage",
          "target": "manageable",
          "updated_at": "2017-08-14 07:31:18 UTC"
        }
        "#);
    }
}

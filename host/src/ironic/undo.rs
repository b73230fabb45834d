//! Takes out what a registration made, and only that.

use serde_json::Value;

use super::apply::Plan;
use super::create::bears_mark;
use super::problem::{Problem, Undo};
use super::resources::{delete, standing};
use super::saga::{Doubt, Saga};
use super::step::Step;

/// Removes the node if it is this registration's and still as it was created.
/// `certain`: whether it is certain by now that it was created or was not; an
/// unanswered request may yet create it.
pub(super) async fn undo(saga: &Saga<'_>, plan: &Plan, certain: bool) -> Undo {
    let node = match saga
        .find(&standing(plan.node_uuid), saga.client.patience())
        .await
    {
        Ok(None) if certain => return Undo::Undone,
        Ok(None) | Err(_) => return Undo::Remains,
        Ok(Some(node)) => node,
    };
    // Whoever has moved it on since has a use for it.
    let as_created = node.get("provision_state").and_then(Value::as_str) == Some("enroll");
    if !as_created || !bears_mark(&node, plan.registration) {
        return Undo::Remains;
    }
    let step = Step::DeleteNode {
        uuid: plan.node_uuid,
    };
    match saga.write(step, &delete(plan.node_uuid), Doubt::Gone).await {
        Ok(_) => Undo::Undone,
        Err(problem) => {
            // That the journal cannot be written must not keep the node.
            let anyway = match problem {
                Problem::Journal(_) => saga.client.send(&delete(plan.node_uuid)).await.is_ok(),
                _ => false,
            };
            if anyway {
                Undo::Undone
            } else {
                tracing::error!(node = %plan.node_uuid, registration = %plan.registration, "could not be undone in ironic");
                Undo::Remains
            }
        }
    }
}

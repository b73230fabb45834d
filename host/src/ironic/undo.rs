//! Takes out what a registration made, and only that.

use serde_json::Value;

use super::apply::Plan;
use super::create::bears_mark;
use super::problem::{Problem, Undo};
use super::resources::{delete, node_with};
use super::saga::{Doubt, Saga};
use super::step::Step;

/// Removes the node if it is this registration's and still as it was created.
/// `certain`: whether it is certain by now that it was created or was not; an
/// unanswered request may yet create it.
pub(super) async fn undo(saga: &Saga<'_>, plan: &Plan, certain: bool) -> Undo {
    let node = match node_with(saga, plan.node_uuid, saga.client.patience()).await {
        Ok(None) if certain => return Undo::Undone,
        Ok(None) | Err(_) => return Undo::Pending,
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
        // Nothing is sent that is not on record: it is taken out when it can be.
        Err(Problem::Journal { .. }) => Undo::Pending,
        Err(problem) => {
            tracing::error!(
                node = %plan.node_uuid,
                registration = %plan.registration,
                "could not be undone in ironic"
            );
            if problem.may_pass() {
                Undo::Pending
            } else {
                Undo::Remains
            }
        }
    }
}

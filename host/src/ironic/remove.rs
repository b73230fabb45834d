//! Takes a node out of Ironic again.

use serde_json::Value;
use uuid::Uuid;

use super::mark::Mark;
use super::problem::{ApplyError, Problem, Undo};
use super::resources::{delete, node_with};
use super::saga::{Doubt, Saga};
use super::step::Step;
use super::{Client, Journal};
use crate::text::tame;

/// How a removal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// It was there, and is gone now.
    Deleted,
    /// It was gone already.
    WasGone,
    /// It was there before us: only our mark is gone.
    Released,
}

/// States of a node that somebody uses. In maintenance Ironic would delete even
/// these.
const IN_USE: [&str; 10] = [
    "active",
    "deploying",
    "deploy hold",
    "wait call-back",
    "deploy failed",
    "rescue",
    "rescuing",
    "rescue wait",
    "unrescuing",
    "deleting",
];

/// Deletes the node with its ports, port groups and traits. It must bear our
/// mark and carry no instance.
///
/// # Errors
/// Why not. The node is then as it was, unless what is left is
/// [`Undo::Pending`]: then it may be gone, and removing it is to be tried again.
pub async fn remove(
    client: &Client,
    journal: &dyn Journal,
    registration: Uuid,
    node_uuid: Uuid,
) -> Result<Removed, ApplyError> {
    let saga = Saga {
        client: client.for_registration(registration),
        journal,
        registration,
    };
    let fail = |problem: Problem| ApplyError {
        undo: match problem.in_doubt() {
            true => Undo::Pending,
            false => Undo::NothingMade,
        },
        problem,
    };
    let found = node_with(&saga, node_uuid, saga.client.brief())
        .await
        .map_err(|error| fail(Problem::reading(error)))?;
    let Some(node) = found else {
        return Ok(Removed::WasGone);
    };
    if Mark::of(&node).is_none() {
        return Err(fail(Problem::NotOurs(node_uuid)));
    }
    let state = node
        .get("provision_state")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let carries = node.get("instance_uuid").is_some_and(Value::is_string);
    if carries || IN_USE.contains(&state) {
        return Err(fail(Problem::InUse {
            uuid: node_uuid,
            state: tame(state, 40),
        }));
    }
    saga.write(
        Step::DeleteNode { uuid: node_uuid },
        &delete(node_uuid),
        Doubt::Gone,
    )
    .await
    .map_err(fail)?;
    Ok(Removed::Deleted)
}

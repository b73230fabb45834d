//! Takes a node out of Ironic again.

use serde_json::Value;
use uuid::Uuid;

use super::mark::Mark;
use super::problem::{ApplyError, Problem};
use super::resources::{delete, node_with};
use super::saga::{Doubt, Guard, Saga};
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

/// Deletes the node with its ports, port groups and traits. It must bear the mark
/// of `registration` and carry no instance.
///
/// # Errors
/// Why not. The node is then as it was, unless what is left is
/// [`Undo::Pending`](super::Undo::Pending): then it may be gone, or Ironic has it
/// locked, and removing it is to be tried again.
pub async fn remove(
    client: &Client,
    journal: &dyn Journal,
    registration: Uuid,
    node_uuid: Uuid,
) -> Result<Removed, ApplyError> {
    remove_left(client, journal, registration, node_uuid, &[]).await
}

/// The same of a node that may bear the mark of one of the registrations `earlier`
/// instead: what it left was in the way of this one.
///
/// # Errors
/// As [`remove`].
pub async fn remove_left(
    client: &Client,
    journal: &dyn Journal,
    registration: Uuid,
    node_uuid: Uuid,
    earlier: &[Uuid],
) -> Result<Removed, ApplyError> {
    let mut saga = Saga {
        client: client.for_registration(registration),
        journal,
        registration,
        guard: None,
    };
    let found = node_with(&saga, node_uuid, saga.client.brief())
        .await
        .map_err(|error| Problem::reading(error).of_removal())?;
    let Some(node) = found else {
        return Ok(Removed::WasGone);
    };
    let mark = Mark::of(&node).map(|mark| mark.registration);
    if !mark.is_some_and(|mark| mark == registration || earlier.contains(&mark)) {
        let uuid = node_uuid;
        return Err(Problem::NotOurs { uuid, mark }.of_removal());
    }
    if let Some(state) = in_use(&node) {
        let uuid = node_uuid;
        return Err(Problem::InUse { uuid, state }.of_removal());
    }
    saga.guard = Some(Guard::over(node_uuid, Mark::of(&node), in_use));
    saga.write(
        Step::DeleteNode { uuid: node_uuid },
        &delete(node_uuid),
        Doubt::Gone,
    )
    .await
    .map_err(Problem::of_removal)?;
    Ok(Removed::Deleted)
}

/// The state of a node that somebody uses, for a sentence.
fn in_use(node: &Value) -> Option<String> {
    let state = node.get("provision_state").and_then(Value::as_str);
    let state = state.unwrap_or_default();
    let carries = node.get("instance_uuid").is_some_and(Value::is_string);
    (carries || IN_USE.contains(&state)).then(|| format!("`{}`", tame(state, 40)))
}

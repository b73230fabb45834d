//! Lets go of a node that was adopted.

use serde_json::{Value, json};
use uuid::Uuid;

use super::mark::Mark;
use super::problem::{ApplyError, Problem};
use super::resources::{amend, node_with, standing};
use super::saga::{Doubt, Saga};
use super::step::Step;
use super::{Client, Journal, Removed};

/// Takes the mark of `registration` off `node`, and leaves it as it is
/// otherwise: it was there before us.
///
/// # Errors
/// Why not, and whether it may yet come to pass.
pub async fn release(
    client: &Client,
    journal: &dyn Journal,
    registration: Uuid,
    node: Uuid,
) -> Result<Removed, ApplyError> {
    let saga = Saga {
        client: client.for_registration(registration),
        journal,
        registration,
        guard: None,
    };
    let found = node_with(&saga, node, saga.client.brief())
        .await
        .map_err(|error| Problem::reading(error).of_removal())?;
    let Some(found) = found else {
        return Ok(Removed::WasGone);
    };
    if !is_released(&found, registration) {
        let call = amend(
            node,
            vec![json!({"op": "remove", "path": "/extra/valence"})],
        );
        let look = Doubt::Look(standing(node), is_released, registration);
        saga.write(Step::AmendNode { uuid: node }, &call, look)
            .await
            .map_err(Problem::of_removal)?;
    }
    Ok(Removed::Released)
}

fn is_released(node: &Value, registration: Uuid) -> bool {
    Mark::of(node).is_none_or(|mark| mark.registration != registration)
}

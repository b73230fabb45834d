//! Moves a registered node on in Ironic. Nothing here undoes anything: the node
//! stays registered wherever it ends up.

use serde_json::Value;
use uuid::Uuid;

use super::leg::shows;
use super::problem::{ApplyError, Problem, Undo};
use super::provision::{ProvisionState, Verb, ask_for, whereabouts};
use super::saga::{Doubt, Saga};
use super::step::Step;
use super::{Client, IronicError, Journal, NoJournal};

/// Where the node stands. What may pass is tried again, briefly. `None` if there
/// is no such node.
///
/// # Errors
/// If Ironic does not tell.
pub async fn stands(
    client: &Client,
    registration: Uuid,
    node: Uuid,
) -> Result<Option<ProvisionState>, IronicError> {
    let saga = saga(client, &NoJournal, registration);
    let is_to_this = |found: &Value| found.get("provision_state").is_some_and(Value::is_string);
    let found = saga
        .find(&whereabouts(node), client.brief(), is_to_this)
        .await?;
    Ok(found.as_ref().map(ProvisionState::of))
}

/// Has Ironic begin `verb` with the node, journalled.
///
/// # Errors
/// Why not. What may have happened all the same shows at the next look.
pub async fn begin(
    client: &Client,
    journal: &dyn Journal,
    registration: Uuid,
    node: Uuid,
    verb: Verb,
) -> Result<(), ApplyError> {
    let saga = saga(client, journal, registration);
    let step = Step::Begin { uuid: node, verb };
    let begun: fn(&Value) -> bool = match verb {
        Verb::Manage => |node| shows(&ProvisionState::of(node), Verb::Manage),
        Verb::Inspect => |node| shows(&ProvisionState::of(node), Verb::Inspect),
        Verb::Provide => |node| shows(&ProvisionState::of(node), Verb::Provide),
    };
    let look = Doubt::LookAt(whereabouts(node), begun);
    saga.write(step, &ask_for(node, verb.name()), look)
        .await
        .map(drop)
        .map_err(|problem: Problem| ApplyError {
            problem,
            undo: Undo::NothingMade,
        })
}

fn saga<'a>(client: &Client, journal: &'a dyn Journal, registration: Uuid) -> Saga<'a> {
    Saga {
        client: client.for_registration(registration),
        journal,
        registration,
        guard: None,
    }
}

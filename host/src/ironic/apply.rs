//! Applies an enrollment: all of it, or nothing.

use serde_json::Value;
use uuid::Uuid;

use super::error::IronicErrorKind as Kind;
use super::mark::Mark;
use super::preflight::{Found, explain, preflight};
use super::problem::{ApplyError, Problem, Taken, Undo};
use super::resources::node_with;
use super::saga::{Guard, Saga};
use super::step::Step;
use super::undo::undo;
use super::uuids::{port_uuid, portgroup_uuid};
use super::whole::busy;
use super::{Client, IronicError, Journal, NoJournal, create, request};
use crate::enrollment::{Body, Enrollment};
use crate::rules::{self, Microversion};
use crate::secret::Credentials;

/// What is to be created, and in whose name.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The registration; stands in the node's mark.
    pub registration: Uuid,
    /// The uuid that the node gets in Ironic, from [`super::node_uuid`].
    pub node_uuid: Uuid,
    /// What it is created from. It names credentials and holds none.
    pub enrollment: Enrollment,
    /// The enrollment's digest.
    pub digest: String,
    /// The digests of the hooks that made it.
    pub hooks: Vec<String>,
}

/// What was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// The node.
    pub node_uuid: Uuid,
    /// Its `provision_state`: `enroll`.
    pub provision_state: String,
    /// Its ports, in the enrollment's order.
    pub ports: Vec<Uuid>,
    /// Its port groups, in the enrollment's order.
    pub portgroups: Vec<Uuid>,
    /// Its traits.
    pub traits: Vec<String>,
    /// The API version in which it was created.
    pub microversion: Microversion,
}

/// Creates all of `plan` in Ironic, with `credentials` for its BMC put in.
///
/// Doing it again under the same registration finishes what was cut off and
/// creates nothing twice. What Ironic definitely refuses, and what stays
/// unanswered for longer than the client's patience, undoes what was made. Is
/// to be driven to its end: dropped half-way, it leaves what it has made.
///
/// # Errors
/// Why not, and whether anything is left in Ironic.
pub async fn apply(
    client: &Client,
    journal: &dyn Journal,
    plan: &Plan,
    credentials: Option<&Credentials>,
) -> Result<Created, ApplyError> {
    carry_on(client, journal, plan, credentials, false).await
}

/// Does the rest of an [`apply`] that was cut off. Nobody waits for it: what may
/// pass undoes nothing, and the next try goes on from there.
///
/// # Errors
/// As [`apply`].
pub async fn finish(
    client: &Client,
    journal: &dyn Journal,
    plan: &Plan,
    credentials: Option<&Credentials>,
) -> Result<Created, ApplyError> {
    carry_on(client, journal, plan, credentials, true).await
}

async fn carry_on(
    client: &Client,
    journal: &dyn Journal,
    plan: &Plan,
    credentials: Option<&Credentials>,
    only_forward: bool,
) -> Result<Created, ApplyError> {
    let mut saga = Saga {
        client: client.for_registration(plan.registration),
        journal,
        registration: plan.registration,
        guard: None,
    };
    let nothing_made = |problem| ApplyError {
        undo: Undo::NothingMade,
        problem,
    };
    let reading = |error| nothing_made(Problem::reading(error));
    let microversion = client.profile().await.map_err(reading)?.api;
    let too_new = rules::newer(&plan.enrollment, microversion)
        .into_iter()
        .next();
    // Before the first write: they can fail too.
    request::node(plan, None)
        .and_then(|_| request::portgroups(plan))
        .and_then(|_| request::ports(plan))
        .map_err(nothing_made)?;
    let Found { ours, in_the_way } = preflight(&saga, plan).await.map_err(reading)?;
    if let Some(problem) = in_the_way {
        // An attempt that was cut off may have got as far as making the node.
        let undo = match (&problem, ours) {
            (Problem::Leftover(_), _) => Undo::Remains,
            // What stands under our uuid is somebody else's, and so nothing is ours.
            (
                Problem::Taken {
                    what: Taken::Uuid(_),
                    ..
                },
                _,
            ) => Undo::Undone,
            (_, None) => Undo::Undone,
            (_, Some(_)) => undo(&saga, plan, true).await,
        };
        return Err(ApplyError { problem, undo });
    }
    // It was checked when it was evaluated, against what Ironic was then.
    if let (None, Some(too_new)) = (&ours, too_new) {
        return Err(nothing_made(Problem::Unfit {
            pointer: too_new.pointer,
            message: too_new.message,
        }));
    }
    // Whoever has moved on what an earlier attempt made has a use for it.
    if let Some(state) = ours.as_ref().and_then(busy) {
        return Err(ApplyError {
            problem: Problem::Busy {
                uuid: plan.node_uuid,
                state,
            },
            undo: Undo::Remains,
        });
    }
    let mark = ours.as_ref().and_then(Mark::of);
    saga.guard = Some(Guard::over(plan.node_uuid, mark, busy));
    let is_there = ours.is_some();
    let node = match ours {
        Some(node) => {
            let taken_over = create::take_over(&saga, plan, credentials, &node).await;
            taken_over.map(|()| node)
        }
        None => create::node(&saga, plan, credentials).await,
    };
    let pending = |problem| ApplyError {
        problem,
        undo: Undo::Pending,
    };
    let node = match node {
        Ok(node) => node,
        Err(problem) if only_forward && problem.is_no_verdict() => return Err(pending(problem)),
        Err(problem) if !is_there && was_not_created(&problem) => {
            let problem = explained(&saga, plan, problem).await;
            return Err(ApplyError {
                problem,
                undo: Undo::Undone,
            });
        }
        Err(problem) => return Err(give_up(&saga, plan, problem).await),
    };
    if let Err(problem) = create::the_rest(&saga, plan).await {
        if only_forward && problem.is_no_verdict() {
            return Err(pending(problem));
        }
        return Err(give_up(&saga, plan, problem).await);
    }
    Ok(created(plan, &node, microversion))
}

/// Undoes, then finds out who is in the way where something is.
async fn give_up(saga: &Saga<'_>, plan: &Plan, problem: Problem) -> ApplyError {
    let undo = undo(saga, plan, !problem.in_doubt()).await;
    let problem = explained(saga, plan, problem).await;
    ApplyError { problem, undo }
}

/// Whether it is the node itself that Ironic has certainly not created.
fn was_not_created(problem: &Problem) -> bool {
    matches!(
        problem,
        Problem::Request {
            step: Some(Step::CreateNode { .. }),
            in_doubt: false,
            ..
        }
    )
}

/// `problem`, or who is in the way where it is a conflict.
async fn explained(saga: &Saga<'_>, plan: &Plan, problem: Problem) -> Problem {
    match &problem {
        Problem::Request { error, .. } if error.kind == Kind::Conflict => {
            explain(saga, plan).await.unwrap_or(problem)
        }
        _ => problem,
    }
}

fn created(plan: &Plan, node: &Value, microversion: Microversion) -> Created {
    let texts = |objects: &[Body], key: &str| -> Vec<String> {
        objects
            .iter()
            .filter_map(|object| object.get(key)?.as_str().map(str::to_owned))
            .collect()
    };
    let node_uuid = plan.node_uuid;
    Created {
        node_uuid,
        provision_state: node
            .get("provision_state")
            .and_then(Value::as_str)
            .unwrap_or("enroll")
            .to_owned(),
        ports: texts(&plan.enrollment.ports, "address")
            .iter()
            .map(|mac| port_uuid(node_uuid, mac))
            .collect(),
        portgroups: texts(&plan.enrollment.portgroups, "name")
            .iter()
            .map(|name| portgroup_uuid(node_uuid, name))
            .collect(),
        traits: plan.enrollment.traits.iter().cloned().collect(),
        microversion,
    }
}

/// The node under the plan's uuid, if it is there: its uuid, name, states, owner
/// and `extra`. What may pass is tried again, briefly.
///
/// # Errors
/// If Ironic does not tell.
pub async fn find_registered(client: &Client, plan: &Plan) -> Result<Option<Value>, IronicError> {
    let saga = Saga {
        client: client.for_registration(plan.registration),
        journal: &NoJournal,
        registration: plan.registration,
        guard: None,
    };
    node_with(&saga, plan.node_uuid, client.brief()).await
}

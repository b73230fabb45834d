//! The steps that create, in the order that Ironic needs: the node, what it does
//! not take on creation, port groups, then ports and traits side by side.

use futures::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use super::apply::Plan;
use super::mark::Mark;
use super::problem::Problem;
use super::request;
use super::resources::{amend, belonging, create, set_traits, standing};
use super::saga::{Doubt, Saga};
use super::step::Step;
use crate::secret::Credentials;

/// Creates the node. Gives it as Ironic shows it.
pub(super) async fn node(
    saga: &Saga<'_>,
    plan: &Plan,
    credentials: Option<&Credentials>,
) -> Result<Value, Problem> {
    let mut body = request::node(plan, credentials)?;
    let owner = body.get("owner").filter(|owner| !owner.is_null()).cloned();
    if owner.is_none() || !saga.client.owner_refused() {
        match create_node(saga, plan, credentials, body.clone().into()).await {
            Err(problem) if owner.is_some() && is_bad_request(&problem) => {}
            result => return result,
        }
    }
    // Without Keystone Ironic takes an owner only by PATCH. Whether that was its
    // reason shows when the same body goes in without it.
    body.remove("owner");
    let node = create_node(saga, plan, credentials, body.into()).await?;
    if let Some(owner) = owner {
        saga.client.remember_owner_refused();
        patch(saga, plan, None, vec![add("/owner", owner)]).await?;
    }
    Ok(node)
}

fn is_bad_request(problem: &Problem) -> bool {
    matches!(problem, Problem::Request { error, .. } if error.status == Some(400))
}

async fn create_node(
    saga: &Saga<'_>,
    plan: &Plan,
    credentials: Option<&Credentials>,
    body: Value,
) -> Result<Value, Problem> {
    let step = Step::CreateNode {
        uuid: plan.node_uuid,
    };
    let call = create("nodes", body).hiding(credentials.map(|credentials| &credentials.password));
    let look = Doubt::Look(standing(plan.node_uuid), bears_mark, plan.registration);
    saga.write(step, &call, look).await
}

/// Takes over a node that an earlier attempt made from the same enrollment: the
/// mark, the owner and the credentials of this one.
pub(super) async fn take_over(
    saga: &Saga<'_>,
    plan: &Plan,
    credentials: Option<&Credentials>,
    found: &Value,
) -> Result<(), Problem> {
    let mut operations = Vec::new();
    let owner = plan
        .enrollment
        .node
        .get("owner")
        .filter(|owner| !owner.is_null());
    if let Some(owner) = owner
        && found.get("owner") != Some(owner)
    {
        operations.push(add("/owner", owner.clone()));
    }
    if Mark::of(found).is_none_or(|mark| mark.registration != plan.registration) {
        operations.push(add("/extra/valence", request::mark(plan).to_value()));
        // The other registration may have had others; ours are not to be seen.
        for (key, value) in credentials.map(request::logins).into_iter().flatten() {
            operations.push(add(&format!("/driver_info/{key}"), value));
        }
    }
    if operations.is_empty() {
        return Ok(());
    }
    patch(saga, plan, credentials, operations).await
}

async fn patch(
    saga: &Saga<'_>,
    plan: &Plan,
    credentials: Option<&Credentials>,
    operations: Vec<Value>,
) -> Result<(), Problem> {
    let step = Step::AmendNode {
        uuid: plan.node_uuid,
    };
    let call = amend(plan.node_uuid, operations)
        .hiding(credentials.map(|credentials| &credentials.password));
    saga.write(step, &call, Doubt::Repeat(Mark::stands_on))
        .await?;
    Ok(())
}

fn add(path: &str, value: Value) -> Value {
    json!({"op": "add", "path": path, "value": value})
}

/// Creates what belongs to the node. What was sent is waited for even if
/// something beside it failed: nothing may arrive after it was undone.
pub(super) async fn the_rest(saga: &Saga<'_>, plan: &Plan) -> Result<(), Problem> {
    let portgroups = request::portgroups(plan)?;
    let ports = request::ports(plan)?;
    let (grouped, free): (Vec<_>, Vec<_>) = ports
        .into_iter()
        .partition(|(_, body)| body.get("portgroup_uuid").is_some());
    let groups_first = async {
        all(saga, plan, "portgroups", portgroups).await?;
        all(saga, plan, "ports", grouped).await
    };
    let (in_groups, alone, traits) = futures::join!(
        groups_first,
        all(saga, plan, "ports", free),
        traits(saga, plan)
    );
    in_groups.and(alone).and(traits)
}

async fn all(
    saga: &Saga<'_>,
    plan: &Plan,
    what: &str,
    requests: Vec<(Step, Value)>,
) -> Result<(), Problem> {
    let writes = requests
        .into_iter()
        .map(|(step, body)| one(saga, plan.node_uuid, what, step, body));
    join_all(writes).await.into_iter().collect()
}

async fn one(
    saga: &Saga<'_>,
    node: Uuid,
    what: &str,
    step: Step,
    body: Value,
) -> Result<(), Problem> {
    let uuid = match step {
        Step::CreatePort { uuid, .. } | Step::CreatePortgroup { uuid, .. } => uuid,
        _ => node,
    };
    let look = Doubt::Look(belonging(what, uuid), belongs_to, node);
    saga.write(step, &create(what, body), look).await?;
    Ok(())
}

async fn traits(saga: &Saga<'_>, plan: &Plan) -> Result<(), Problem> {
    let traits: Vec<_> = plan.enrollment.traits.iter().cloned().collect();
    if traits.is_empty() {
        return Ok(());
    }
    let step = Step::SetTraits {
        uuid: plan.node_uuid,
    };
    let call = set_traits(plan.node_uuid, &traits);
    saga.write(step, &call, Doubt::Repeat(Value::is_null))
        .await?;
    Ok(())
}

pub(super) fn bears_mark(node: &Value, registration: Uuid) -> bool {
    Mark::of(node).is_some_and(|mark| mark.registration == registration)
}

fn belongs_to(resource: &Value, node: Uuid) -> bool {
    resource.get("node_uuid").and_then(Value::as_str) == Some(node.to_string().as_str())
}

//! Whether anything in Ironic stands in the way: one round of parallel reads
//! before the first write.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::Value;
use uuid::Uuid;

use super::IronicError;
use super::apply::Plan;
use super::mark::Mark;
use super::problem::{Holder, Problem, Taken};
use super::resources::{node_with, port_by_mac, standing};
use super::saga::Saga;
use crate::text::tame;

/// What there is already.
pub(super) struct Found {
    /// The node under our uuid, if it bears a mark of ours.
    pub(super) ours: Option<Value>,
    /// What keeps ours from being created.
    pub(super) in_the_way: Option<Problem>,
}

/// Looks, once, for all that could be in the way.
pub(super) async fn preflight(saga: &Saga<'_>, plan: &Plan) -> Result<Found, IronicError> {
    let names = spellings(plan);
    let (ours, named, with_mac) = futures::join!(
        node_with(saga, plan.node_uuid, saga.client.brief()),
        join_all(names.iter().map(|name| find_named(saga, name))),
        join_all(macs(plan).map(|mac| find_mac(saga, mac))),
    );
    let (ours, named, with_mac) = (
        ours?,
        named.into_iter().collect::<Result<Vec<_>, _>>()?,
        with_mac.into_iter().collect::<Result<Vec<_>, _>>()?,
    );
    if let Some(node) = &ours {
        let problem = match Mark::of(node) {
            None => Some(Problem::Taken {
                what: Taken::Uuid(plan.node_uuid),
                by: holder(node),
            }),
            Some(mark) if mark.digest != plan.digest => Some(Problem::Leftover(plan.node_uuid)),
            Some(_) => None,
        };
        if problem.is_some() {
            return Ok(Found {
                ours,
                in_the_way: problem,
            });
        }
    }
    let other = |node: &&Value| !is(node, plan.node_uuid);
    let mut in_the_way = named.iter().flatten().find(other).map(|node| {
        let name = node.get("name").and_then(Value::as_str).unwrap_or_default();
        Problem::Taken {
            what: Taken::Name(tame(name, 255)),
            by: holder(node),
        }
    });
    for taken in with_mac.into_iter().flatten() {
        if in_the_way.is_none() {
            in_the_way = mac_taken(saga, plan, taken).await;
        }
    }
    Ok(Found { ours, in_the_way })
}

/// Who has what `step`'s conflict is about, after Ironic has answered 409. Its
/// words do not say reliably, so it is looked up again.
pub(super) async fn explain(saga: &Saga<'_>, plan: &Plan) -> Option<Problem> {
    preflight(saga, plan).await.ok()?.in_the_way
}

/// The name as it is, in lower and in upper case. Ironic takes names that differ
/// by case for two, unless its database is MySQL, and cannot be asked without
/// regard to case; a mixed case other than ours is not found.
pub(super) fn spellings(plan: &Plan) -> BTreeSet<String> {
    plan.enrollment
        .node
        .get("name")
        .and_then(Value::as_str)
        .into_iter()
        .flat_map(|name| {
            [
                name.to_owned(),
                name.to_ascii_lowercase(),
                name.to_ascii_uppercase(),
            ]
        })
        .collect()
}

pub(super) fn macs(plan: &Plan) -> impl Iterator<Item = &str> {
    plan.enrollment
        .ports
        .iter()
        .filter_map(|port| port.get("address")?.as_str())
}

pub(super) async fn find_named(saga: &Saga<'_>, name: &str) -> Result<Option<Value>, IronicError> {
    // Words like `detail` are other resources, which have no uuid.
    let found = saga
        .find(&standing(name), saga.client.brief(), Value::is_object)
        .await?;
    Ok(found.filter(|node| node.get("uuid").is_some()))
}

pub(super) async fn find_mac(
    saga: &Saga<'_>,
    mac: &str,
) -> Result<Option<(String, String)>, IronicError> {
    let lists_ports = |answer: &Value| answer.get("ports").is_some_and(Value::is_array);
    let ports = saga
        .find(&port_by_mac(mac), saga.client.brief(), lists_ports)
        .await?;
    Ok(ports.and_then(|ports| {
        let node = ports.pointer("/ports/0/node_uuid")?.as_str()?;
        Some((mac.to_owned(), node.to_owned()))
    }))
}

pub(super) async fn mac_taken(
    saga: &Saga<'_>,
    plan: &Plan,
    (mac, node): (String, String),
) -> Option<Problem> {
    if node == plan.node_uuid.to_string() {
        return None;
    }
    let by = match saga
        .find(&standing(&node), saga.client.brief(), Value::is_object)
        .await
    {
        Ok(Some(found)) => holder(&found),
        _ => Holder {
            uuid: tame(&node, 64),
            name: None,
            registration: None,
        },
    };
    Some(Problem::Taken {
        what: Taken::Mac(mac),
        by,
    })
}

fn is(node: &Value, uuid: Uuid) -> bool {
    node.get("uuid").and_then(Value::as_str) == Some(uuid.to_string().as_str())
}

pub(super) fn holder(node: &Value) -> Holder {
    let text = |key: &str| Some(tame(node.get(key)?.as_str()?, 255));
    Holder {
        uuid: text("uuid").unwrap_or_default(),
        name: text("name"),
        registration: Mark::of(node).map(|mark| mark.registration),
    }
}

//! Which other nodes in Ironic have what a node needs for itself.

use futures::future::join_all;
use serde_json::Value;

use super::IronicError;
use super::apply::Plan;
use super::preflight::{find_mac, find_named, holder, mac_taken, macs, spellings};
use super::problem::{Problem, Taken};
use super::saga::Saga;
use crate::text::tame;

/// The nodes that have its name or one of its MACs.
pub(super) struct Holders {
    named: Vec<Value>,
    with_mac: Vec<(String, String)>,
}

/// Looks for them, all in one round.
pub(super) async fn holders(saga: &Saga<'_>, plan: &Plan) -> Result<Holders, IronicError> {
    let names = spellings(plan);
    let (named, with_mac) = futures::join!(
        join_all(names.iter().map(|name| find_named(saga, name))),
        join_all(macs(plan).map(|mac| find_mac(saga, mac))),
    );
    let named: Vec<_> = named.into_iter().collect::<Result<_, _>>()?;
    let with_mac: Vec<_> = with_mac.into_iter().collect::<Result<_, _>>()?;
    Ok(Holders {
        named: named.into_iter().flatten().collect(),
        with_mac: with_mac.into_iter().flatten().collect(),
    })
}

impl Holders {
    /// Their uuids, sorted.
    pub(super) fn uuids(&self) -> Vec<String> {
        let named = self.named.iter().filter_map(uuid);
        let with_mac = self.with_mac.iter().map(|(_, node)| node.as_str());
        let mut all: Vec<_> = named.chain(with_mac).map(str::to_owned).collect();
        all.sort();
        all.dedup();
        all
    }

    /// What somebody else than the plan's node has.
    pub(super) async fn in_the_way(self, saga: &Saga<'_>, plan: &Plan) -> Option<Problem> {
        let ours = plan.node_uuid.to_string();
        let other = |node: &&Value| uuid(node) != Some(ours.as_str());
        if let Some(node) = self.named.iter().find(other) {
            let name = node.get("name").and_then(Value::as_str).unwrap_or_default();
            return Some(Problem::Taken {
                what: Taken::Name(tame(name, 255)),
                by: holder(node),
            });
        }
        for taken in self.with_mac {
            if let Some(problem) = mac_taken(saga, plan, taken).await {
                return Some(problem);
            }
        }
        None
    }
}

fn uuid(node: &Value) -> Option<&str> {
    node.get("uuid")?.as_str()
}

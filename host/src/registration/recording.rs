//! Reading all of a live node that a recording of it is to have.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use crate::evaluate::Observed;
use crate::failure::{Cause, Failure};
use crate::hook::{Chain, Engine, Session};
use crate::inventory::Subject;
use crate::node::{PodManagerDriver, VerifyCa};
use crate::redfish::{
    Found, ReadLimits, Recorded, ResourcePath, Snapshot, Source, find_node, nodes,
};
use crate::rules::legal_name;

use super::credentials::take_credentials;
use super::offline::{OfflineOptions, OfflineRun, over, unloaded};

/// A node of a live service.
pub struct LiveNode {
    /// The service.
    pub service: Arc<dyn Source>,
    /// What may be read of it.
    pub limits: ReadLimits,
    /// The pod manager's name.
    pub pod_manager: String,
    /// How its nodes are found.
    pub driver: PodManagerDriver,
    /// The service's address as Ironic is given it.
    pub address: String,
    /// How Ironic is told to check its certificate.
    pub verify_ca: VerifyCa,
    /// Which node, by path, `Id`, `UUID` or `Name`. None: the only one.
    pub wanted: Option<String>,
    /// The node's name; by default made from its id.
    pub name: Option<String>,
    /// Whether everything is read that documents of the node lead to.
    pub deep: bool,
}

/// What was read, and what it comes to.
pub struct Observation {
    /// Which node it was.
    pub found: Found,
    /// The evaluation, with how every read ended.
    pub run: OfflineRun,
}

/// Evaluates a live node as the server would register it, and reads the standard
/// set of documents, whether the hooks do or not.
///
/// # Errors
/// If the hooks cannot be loaded, or there is no such node. How the evaluation
/// ended stands in the observation.
pub async fn observe_live(
    engine: &Engine,
    live: LiveNode,
    options: OfflineOptions,
) -> Result<Observation, Failure> {
    let chain = Chain::load(engine, options.hooks).await.map_err(unloaded)?;
    // What finding it reads of other nodes is not to be recorded.
    let search = Snapshot::new(Arc::clone(&live.service), live.limits);
    let found = find(&search, &live).await?;
    let mut parameters = options.parameters;
    take_credentials(&mut parameters, true, None)?;
    let subject = Subject {
        node_uuid: Uuid::new_v5(&Uuid::NAMESPACE_URL, found.system.as_str().as_bytes()),
        node_name: live
            .name
            .unwrap_or_else(|| legal_name(&format!("{}-{}", live.pod_manager, found.id))),
        pod_manager: live.pod_manager,
        driver: live.driver,
        address: live.address,
        verify_ca: live.verify_ca,
        node: found.node.clone(),
        system: found.system.clone(),
        parameters,
        composition: None,
    };
    let snapshot = Arc::new(Snapshot::new(live.service, live.limits));
    let inventory = Arc::new(subject.inventory(&snapshot));
    inventory.read_standard_set().await;
    let mut run = over(
        &snapshot,
        &subject,
        Arc::new(chain),
        &options.defaults,
        options.profile,
    )
    .await;
    let ways = [found.node.clone(), ResourcePath::root()];
    snapshot.prefetch(ways).await;
    // The way to the node, for whoever looks for it in the recording.
    let _ = nodes(&snapshot, PodManagerDriver::Redfish).await;
    if live.driver == PodManagerDriver::RedfishV1 {
        let _ = nodes(&snapshot, live.driver).await;
    }
    let session = Session::new(&subject, Arc::clone(&snapshot), inventory);
    follow(&snapshot, &session, live.deep).await;
    run.reads = Observed::recorded(&snapshot, &run.beside);
    Ok(Observation { found, run })
}

async fn find(snapshot: &Snapshot, live: &LiveNode) -> Result<Found, Failure> {
    let wanted = match &live.wanted {
        Some(wanted) => wanted.clone(),
        None => {
            let all = nodes(snapshot, live.driver).await;
            match all.map_err(|error| error.into_failure())?.as_slice() {
                [only] => only.to_string(),
                [] => {
                    return Err(Failure::new(
                        Cause::NotFound,
                        "there is no node behind this pod manager",
                    ));
                }
                several => {
                    let paths: Vec<_> = several.iter().map(|path| format!("`{path}`")).collect();
                    return Err(Failure::new(
                        Cause::BadRequest,
                        format!(
                            "there are several nodes, say which with `--system`: {}",
                            paths.join(", ")
                        ),
                    ));
                }
            }
        }
    };
    find_node(snapshot, live.driver, &wanted)
        .await
        .map_err(|error| error.into_failure())
}

/// Reads the further pages of all collections that were read, and, if it is to go
/// `deep`, all that documents lead to, until nothing is left or the snapshot's
/// limits are met. Where hooks may not go, neither does it, nor into logs.
async fn follow(snapshot: &Snapshot, session: &Session, deep: bool) {
    let (mut looked_at, mut asked_for) = (HashSet::new(), HashSet::new());
    loop {
        let mut ahead = Vec::new();
        let mut reads = snapshot.recorded();
        reads.retain(|path, _| looked_at.insert(path.clone()));
        if reads.is_empty() {
            return;
        }
        for (path, recorded) in reads {
            let Recorded::Read { body } = recorded else {
                continue;
            };
            if body.get("Members").is_some() {
                let _ = snapshot.members(&path).await;
            }
            if deep {
                links(&body, &mut ahead);
            }
        }
        ahead.retain(|path| {
            session.may_read(path) && !is_log(path) && asked_for.insert(path.clone())
        });
        snapshot.prefetch(ahead).await;
    }
}

/// Logs are long, change all the time, and are no part of what a machine is.
fn is_log(path: &ResourcePath) -> bool {
    let parts = ["logservices", "entries", "jsonschemas", "registries"];
    path.folded().split('/').any(|part| parts.contains(&part))
}

fn links(value: &Value, found: &mut Vec<ResourcePath>) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                match inner {
                    Value::String(link) if key == "@odata.id" => found.extend(link.parse()),
                    inner => links(inner, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| links(item, found)),
        _ => {}
    }
}

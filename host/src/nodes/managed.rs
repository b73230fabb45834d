//! Nodes that are managed.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::enrollment::Object;
use crate::failure::{Cause, Failure};
use crate::inventory::{Inventory, no_host};
use crate::node::{Node, PodManager, PodManagerDriver};
use crate::redfish::{FindError, Found, ResourcePath, Snapshot, find_node, found_at};
use crate::rules::legal_name;
use crate::store::{RegistrationState, Store, StoreError};

use super::naming::free_name;
use super::observe::observe;
use super::{ManageRequest, NodeFilter, PodManagers, redfish_failure};

/// A node, and what its pod manager says of it now.
#[derive(Clone, Debug)]
pub struct ObservedNode {
    /// Our record.
    pub node: Node,
    /// Valence's fields of `GET /v1/nodes/{ID}` that come from the pod manager:
    /// `node_power_state`, `boot_source`, `health_status`, `description`,
    /// `computer_system`, `metadata {processor, memory, network}`, … Where it
    /// could not be asked, `pod_manager_error` says why and the rest is missing.
    pub observed: Object,
}

/// The nodes that Valence manages.
pub struct Nodes {
    pub(super) store: Arc<Store>,
    pub(super) pod_managers: Arc<PodManagers>,
    /// Held by whoever gives a name to a node.
    pub(super) naming: tokio::sync::Mutex<()>,
    /// Rung when something is left for the background to give back.
    pub(super) left_over: Notify,
}

impl Nodes {
    /// Those in `store`.
    pub fn new(store: Arc<Store>, pod_managers: Arc<PodManagers>) -> Self {
        Self {
            store,
            pod_managers,
            naming: tokio::sync::Mutex::default(),
            left_over: Notify::new(),
        }
    }

    /// Takes a node of a pod manager under management.
    pub async fn manage(&self, request: ManageRequest) -> Result<Node, Failure> {
        let pod_manager = self.pod_managers.get(&request.podm_id).await?;
        let snapshot = self.pod_managers.snapshot(&pod_manager).await?;
        let found = find_host(&snapshot, pod_manager.driver, &request.node_index)
            .await
            .map_err(|error| find_failure(&pod_manager, error))
            .map_err(|failure| match failure.cause {
                Cause::BadRequest | Cause::NotFound => failure.at("/node_index"),
                _ => failure,
            })?;
        let _naming = self.naming.lock().await;
        let known = self.store.nodes().await?;
        let same = |node: &&Node| {
            node.podm_id == pod_manager.uuid && node.system_uri == found.system.as_str()
        };
        if let Some(node) = known.iter().find(same) {
            return Err(Failure::new(
                Cause::Conflict,
                format!(
                    "`{}` of pod manager `{}` is managed already, as `{}`",
                    found.system, pod_manager.name, node.name
                ),
            ));
        }
        let taken: Vec<_> = known.iter().map(|node| node.name.to_lowercase()).collect();
        let name = match request.name {
            Some(name) => checked_name(name, &taken)?,
            None => free_name(&pod_manager.name, &found.id, &taken),
        };
        let now = Timestamp::now();
        let node = Node {
            uuid: Uuid::new_v4(),
            name,
            podm_id: pod_manager.uuid,
            index: found.id,
            resource_uri: found.node.to_string(),
            system_uri: found.system.to_string(),
            description: None,
            managed_by: None,
            epoch: 0,
            created_at: now,
            updated_at: now,
        };
        self.store.insert_node(&node).await?;
        tracing::info!(
            node = node.name,
            pod_manager = pod_manager.name,
            system = node.system_uri,
            "node managed"
        );
        Ok(node)
    }

    /// Those that `filter` lets through, by name.
    pub async fn list(&self, filter: &NodeFilter) -> Result<Vec<Node>, Failure> {
        let mut nodes = self.store.nodes().await?;
        nodes.retain(|node| filter.lets_through(node));
        Ok(nodes)
    }

    /// The one with this uuid or name.
    pub async fn get(&self, id: &str) -> Result<Node, Failure> {
        Ok(self.store.node(id).await?)
    }

    /// The one with this uuid, unless it was given up.
    pub async fn find(&self, uuid: Uuid) -> Result<Option<Node>, Failure> {
        match self.store.node(&uuid.to_string()).await {
            Ok(node) => Ok(Some(node)),
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The one with this uuid or name, with what its pod manager says of it.
    pub async fn observe(&self, id: &str) -> Result<ObservedNode, Failure> {
        let node = self.get(id).await?;
        let observed = match self.ask(&node).await {
            Ok(observed) => observed,
            Err(failure) => {
                Object::from_iter([("pod_manager_error".into(), failure.detail.into())])
            }
        };
        Ok(ObservedNode { node, observed })
    }

    /// Asks the pod manager for the node's system, so that it is certain that its
    /// BMC can be reached now.
    pub async fn reach(&self, node: &Node) -> Result<(), Failure> {
        let pod_manager = self.pod_managers.get(&node.podm_id.to_string()).await?;
        let snapshot = self.pod_managers.snapshot(&pod_manager).await?;
        let system = node.system_uri.parse().map_err(Failure::internal)?;
        let read = snapshot.read(&system).await;
        read.map_err(|error| redfish_failure(&pod_manager.name, error))?;
        Ok(())
    }

    /// Gives a node up; one that was composed is given back to its pod manager. One
    /// that Ironic manages is refused unless `force`.
    pub async fn delete(&self, id: &str, force: bool) -> Result<(), Failure> {
        let node = self.get(id).await?;
        self.leave_to_ironic(&node, force).await?;
        if self.store.composition(node.uuid).await?.is_some() {
            return self.decompose(&node, force).await;
        }
        self.store.delete_node(node.uuid, force).await?;
        tracing::info!(node = node.name, force, "node given up");
        Ok(())
    }

    /// Refuses what is not to be done to a node that Ironic manages, or may
    /// manage: what changes or ends it behind Ironic's back. `force` lets it pass.
    pub async fn leave_to_ironic(&self, node: &Node, force: bool) -> Result<(), Failure> {
        let last = self.store.latest_registration(node.uuid).await?;
        let may_stand = last.is_some_and(|last| {
            last.epoch == node.epoch
                && !matches!(
                    last.state,
                    RegistrationState::Undone | RegistrationState::Removed
                )
        });
        if (node.managed_by.is_some() || may_stand) && !force {
            return Err(Failure::new(
                Cause::Conflict,
                format!(
                    "node `{}` is managed by ironic, or may be: deregister it first, or insist with `force=true` (`--force`)",
                    node.name
                ),
            ));
        }
        Ok(())
    }

    /// The request that composed the node, if any did, as hooks get to read it.
    pub async fn composition(&self, node: &Node) -> Result<Option<Value>, Failure> {
        let composition = self.store.composition(node.uuid).await?;
        Ok(composition.map(|of| of.request.told()))
    }

    async fn ask(&self, node: &Node) -> Result<Object, Failure> {
        let pod_manager = self.pod_managers.get(&node.podm_id.to_string()).await?;
        let snapshot = self.pod_managers.snapshot(&pod_manager).await?;
        let system: ResourcePath = node.system_uri.parse().map_err(Failure::internal)?;
        let resource = node.resource_uri.parse().map_err(Failure::internal)?;
        let inventory = Inventory::new(Arc::clone(&snapshot), system.clone());
        observe(&snapshot, &inventory, &resource, &system)
            .await
            .map_err(|error| redfish_failure(&pod_manager.name, error))
    }
}

impl NodeFilter {
    fn lets_through(&self, node: &Node) -> bool {
        fn same<T: PartialEq>(wanted: &Option<T>, is: &T) -> bool {
            wanted.as_ref().is_none_or(|wanted| wanted == is)
        }
        same(&self.name, &node.name)
            && same(&self.podm_id, &node.podm_id)
            && same(&self.index, &node.index)
            && same(&self.resource_uri, &node.resource_uri)
            && same(&self.uuid, &node.uuid)
            && (self.managed_by.is_none() || self.managed_by == node.managed_by)
    }
}

/// As [`find_node`]; where several nodes have the name or UUID and only one of them
/// is a host, that one: baseboards and cards share some with the host beside them.
async fn find_host(
    snapshot: &Snapshot,
    driver: PodManagerDriver,
    wanted: &str,
) -> Result<Found, FindError> {
    let found = find_node(snapshot, driver, wanted).await;
    let Err(FindError::Several { wanted, choices }) = found else {
        return found;
    };
    let mut hosts = Vec::new();
    for choice in &choices {
        let system = snapshot.read(&choice.path).await?;
        hosts.extend(no_host(&system).is_none().then_some(&choice.path));
    }
    match hosts.as_slice() {
        [only] => found_at(snapshot, driver, only).await,
        _ => Err(FindError::Several { wanted, choices }),
    }
}

pub(super) fn checked_name(name: String, taken: &[String]) -> Result<String, Failure> {
    let legal = legal_name(&name);
    if legal != name {
        return Err(Failure::new(
            Cause::BadRequest,
            format!(
                "`{}` is no name that ironic accepts: letters, digits, `-`, `.`, `_` and `~` only; `{legal}` would do",
                crate::text::tame(&name, 255)
            ),
        )
        .at("/name"));
    }
    if taken.contains(&name.to_lowercase()) {
        return Err(
            Failure::new(Cause::Conflict, format!("there is a node `{name}` already")).at("/name"),
        );
    }
    Ok(name)
}

pub(super) fn find_failure(pod_manager: &PodManager, error: FindError) -> Failure {
    match error {
        FindError::Read(error) => redfish_failure(&pod_manager.name, error),
        error => {
            let failure = error.into_failure();
            let detail = format!("pod manager `{}`: {}", pod_manager.name, failure.detail);
            Failure { detail, ..failure }
        }
    }
}

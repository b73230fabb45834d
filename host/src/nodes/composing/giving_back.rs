//! Giving composed nodes back: those that are deleted, and what was left of those
//! that were cut off.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;
use uuid::Uuid;

use crate::crash;
use crate::failure::{Cause, Failure};
use crate::node::{Composition, CompositionState, Node, PodManager};
use crate::nodes::{Nodes, redfish_failure};
use crate::redfish::{
    ComposeError, Document, ResourcePath, Write, WriteError, nodes as members_of, present,
};
use crate::store::{For, StoreError, Work};

/// Between two tries, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));

/// Between two looks for which nobody rang.
const UNASKED: Duration = Duration::from_secs(60);

/// The same where another server may leave something, which does not ring here.
const OTHERS: Duration = Duration::from_secs(2);

/// Why something is not given back.
pub(super) struct Stays {
    failure: Failure,
    /// Whether the pod manager has said no.
    refused: bool,
}

/// By what right something is deleted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Right {
    /// It is this server's turn for the node.
    Turn,
    /// What has our mark, and is no node of ours, is nobody's.
    Mark,
}

impl From<Failure> for Stays {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            refused: false,
        }
    }
}

impl Nodes {
    /// Gives a composed node back.
    pub(in crate::nodes) async fn decompose(
        &self,
        node: &Node,
        force: bool,
    ) -> Result<(), Failure> {
        let turn = self.store.lease(Work::Node(node.uuid)).await?.ok();
        let free = turn.is_some() && self.store.set_removing(node.uuid, force).await?;
        let ended = match free {
            true => self.decompose_in_turn(node, force).await,
            false => Err(Failure::new(
                Cause::Conflict,
                format!(
                    "node `{}` is being registered or given back right now",
                    node.name
                ),
            )),
        };
        if let Some(turn) = turn {
            turn.give_back().await;
        }
        ended
    }

    async fn decompose_in_turn(&self, node: &Node, force: bool) -> Result<(), Failure> {
        crash::point("decompose", "intended");
        let mut failure = match self.give_back(node.uuid).await {
            Ok(_) => {
                tracing::info!(node = node.name, force, "node decomposed");
                return Ok(());
            }
            Err(Stays {
                failure,
                refused: true,
            }) => {
                self.store.set_composed(node.uuid).await?;
                return Err(failure);
            }
            Err(Stays { failure, .. }) => failure,
        };
        failure
            .detail
            .push_str("; it stays on record and is given back as soon as the pod manager answers");
        self.left_over.notify_one();
        Err(failure)
    }

    /// Refuses to begin with a node that is being given back.
    pub async fn refuse_leaving(&self, node: &Node) -> Result<(), Failure> {
        let composition = self.store.composition(node.uuid).await?;
        if composition.is_some_and(|of| of.state == CompositionState::Removing) {
            return Err(Failure::new(
                Cause::Conflict,
                format!(
                    "node `{}` is being given back to its pod manager",
                    node.name
                ),
            ));
        }
        Ok(())
    }

    /// Gives back what was cut off, for as long as the process lives: a pod manager that
    /// does not answer holds up only what is its own.
    pub async fn keep_giving_back(self: &Arc<Self>) {
        let mut giving = JoinSet::new();
        let mut known: HashMap<Uuid, AbortHandle> = HashMap::new();
        loop {
            match self.left_with().await {
                Ok(pod_managers) => {
                    for id in pod_managers {
                        known.entry(id).or_insert_with(|| {
                            let nodes = Arc::clone(self);
                            giving.spawn(async move { nodes.give_back_to(id).await })
                        });
                    }
                }
                Err(failure) => {
                    tracing::error!(error = %failure, "what is to be given back could not be looked for");
                }
            }
            let unasked = match self.store.is_shared() {
                true => OTHERS,
                false => UNASKED,
            };
            tokio::select! {
                Some(ended) = giving.join_next() => {
                    if let Err(error) = ended {
                        // All of them begin anew, after a pause.
                        tracing::error!(%error, "what was composed could not be given back");
                        return;
                    }
                }
                () = self.left_over.notified() => {}
                () = tokio::time::sleep(unasked) => {}
            }
            known.retain(|_, task| !task.is_finished());
        }
    }

    /// The pod managers that something is to be given back to.
    async fn left_with(&self) -> Result<Vec<Uuid>, Failure> {
        let left = self.store.unfinished_compositions().await?.into_iter();
        let left = left.filter(|of| of.state != CompositionState::Composed);
        Ok(left.map(|of| of.podm_id).collect())
    }

    /// Gives back what is this pod manager's, until nothing is left.
    async fn give_back_to(&self, pod_manager: Uuid) {
        let mut pause = PAUSE.0;
        loop {
            match self.give_back_all(pod_manager).await {
                Ok(0) => return,
                Ok(left) => tracing::debug!(left, "left to be given back, will be tried again"),
                Err(failure) => {
                    tracing::error!(error = %failure, "what is to be given back could not be looked for");
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    /// Tries each of this pod manager's once. Gives how many are left.
    async fn give_back_all(&self, pod_manager: Uuid) -> Result<usize, Failure> {
        let mut left = 0;
        for composition in self.store.unfinished_compositions().await? {
            if composition.podm_id != pod_manager || composition.state == CompositionState::Composed
            {
                continue;
            }
            let turn = self
                .store
                .lease_for(For::Background, Work::Node(composition.node));
            let Some(turn) = turn.await?.ok() else {
                // Somebody is at it.
                left += 1;
                continue;
            };
            if !self.gave_back(&composition).await? {
                left += 1;
            }
            turn.give_back().await;
        }
        Ok(left)
    }

    /// Whether nothing is left to be done about it, after one try.
    async fn gave_back(&self, composition: &Composition) -> Result<bool, Failure> {
        let name = &composition.request.name;
        match self.give_back(composition.node).await {
            Ok(true) => {
                tracing::info!(node = name, "gave back what was cut off");
                Ok(true)
            }
            Ok(false) => Ok(false),
            // As where somebody waits for it: it would be neither given back nor a node
            // that anything can be done with.
            Err(Stays {
                failure,
                refused: true,
            }) if self.find(composition.node).await?.is_some() => {
                tracing::warn!(node = name, error = %failure, "is not taken back: it stays composed");
                self.store.set_composed(composition.node).await?;
                Ok(true)
            }
            Err(Stays { failure, .. }) => {
                tracing::warn!(node = name, error = %failure, "could not be given back");
                Ok(false)
            }
        }
    }

    /// Gives back what was made for `node`. False: it may still come to be.
    pub(super) async fn give_back(&self, node: Uuid) -> Result<bool, Stays> {
        let composition = self.store.composition(node).await.map_err(Failure::from)?;
        let Some(composition) = composition else {
            return Ok(true);
        };
        // It has become a node since somebody looked.
        if composition.state == CompositionState::Composed {
            return Ok(true);
        }
        let podm_id = composition.podm_id.to_string();
        let pod_manager = self.pod_managers.get(&podm_id).await?;
        let made = match &composition.resource_uri {
            Some(uri) => vec![uri.parse().map_err(Failure::internal)?],
            None => self.found_by_mark(&pod_manager, &composition).await?,
        };
        if made.is_empty() && self.may_come(&composition).await? {
            return Ok(false);
        }
        for path in &made {
            self.delete_made(&pod_manager, &composition, path, Right::Turn)
                .await?;
        }
        crash::point("decompose", "gone");
        let forgotten = self.store.forget_composition(node).await;
        forgotten.map_err(Failure::from)?;
        Ok(true)
    }

    /// Refuses to send anything for `node` once another server may be at it.
    pub(super) fn still_ours(&self, node: Uuid) -> Result<(), Failure> {
        let work = Work::Node(node);
        match self.store.hold(work).is_certain() {
            true => Ok(()),
            false => Err(StoreError::TakenOver { work }.into()),
        }
    }

    /// Whether a request that was sent may only now be carried out.
    async fn may_come(&self, composition: &Composition) -> Result<bool, Failure> {
        let Some(sent_at) = composition.sent_at else {
            return Ok(false);
        };
        let age = self.store.clock().await?.duration_since(sent_at);
        let age = Duration::try_from(age).unwrap_or_default();
        Ok(age < self.pod_managers.request_timeout() * 2)
    }

    /// Another server has taken `composition` over, and gives back what was made; it
    /// may have looked before what this one sent had arrived, for a server can be
    /// stopped in the middle of sending. What bears the mark is nobody's, so whoever
    /// finds it gives it back.
    pub(super) async fn give_back_late(&self, composition: &Composition) -> Result<(), Failure> {
        let podm_id = composition.podm_id.to_string();
        let pod_manager = self.pod_managers.get(&podm_id).await?;
        let until = Instant::now() + self.pod_managers.request_timeout() * 2;
        loop {
            let made = self.found_by_mark(&pod_manager, composition).await?;
            for path in &made {
                let deleted = self.delete_made(&pod_manager, composition, path, Right::Mark);
                deleted.await.map_err(|stays| stays.failure)?;
                tracing::info!(node = composition.request.name, resource = %path, "gave back what was made too late");
            }
            if !made.is_empty() || Instant::now() >= until {
                return Ok(());
            }
            tokio::time::sleep(PAUSE.0).await;
        }
    }

    async fn delete_made(
        &self,
        pod_manager: &PodManager,
        composition: &Composition,
        path: &ResourcePath,
        right: Right,
    ) -> Result<(), Stays> {
        let snapshot = self.pod_managers.snapshot(pod_manager).await?;
        let read = present(snapshot.read(path).await);
        let read = read.map_err(|error| redfish_failure(&pod_manager.name, error))?;
        let Some(document) = read else {
            return Ok(());
        };
        if !is_of(composition, &document) {
            tracing::warn!(
                node = composition.request.name,
                resource = %path,
                "what is there now is not what was composed: it is left alone"
            );
            return Ok(());
        }
        let service = self.pod_managers.service(pod_manager).await?;
        if right == Right::Turn {
            self.still_ours(composition.node)?;
        }
        let write = Write::delete(path).to_its_end();
        match crash::sending("decompose", service.write(write)).await {
            Ok(_) | Err(WriteError::Absent { .. }) => Ok(()),
            Err(error) => Err(Stays {
                refused: matches!(error, WriteError::Refused { .. }),
                failure: ComposeError::from(error).into_failure(&pod_manager.name),
            }),
        }
    }

    /// What the pod manager has made for `composition`, found by our mark in it, or by
    /// its name where the service is known to drop marks.
    pub(super) async fn found_by_mark(
        &self,
        pod_manager: &PodManager,
        composition: &Composition,
    ) -> Result<Vec<ResourcePath>, Failure> {
        let snapshot = self.pod_managers.wide_snapshot(pod_manager).await?;
        let members = members_of(&snapshot, pod_manager.driver).await;
        let members = members.map_err(|error| error.into_failure())?;
        let nodes = self.store.nodes_of(pod_manager.uuid).await?;
        let new: Vec<_> = members
            .into_iter()
            .filter(|path| !composition.known.iter().any(|known| known == path.as_str()))
            .filter(|path| !nodes.iter().any(|node| node.resource_uri == path.as_str()))
            .collect();
        snapshot.prefetch(new.clone()).await;
        let (mut marked, mut named) = (Vec::new(), Vec::new());
        for path in new {
            let read = present(snapshot.read(&path).await);
            let read = read.map_err(|error| redfish_failure(&pod_manager.name, error))?;
            match read {
                Some(of) if !is_of(composition, &of) => {}
                Some(of) if bears_mark(&of) => marked.push(path),
                Some(_) => named.push(path),
                None => {}
            }
        }
        if !marked.is_empty() || named.is_empty() {
            return Ok(marked);
        }
        if self.store.drops_marks(pod_manager.uuid).await? {
            return Ok(named);
        }
        // Somebody else may call a node so.
        for resource in named {
            tracing::warn!(
                node = composition.request.name,
                pod_manager = pod_manager.name,
                %resource,
                "has the name of what was to be composed, and not its mark: it is left alone"
            );
        }
        Ok(Vec::new())
    }
}

/// Whether `document` bears the mark of a composition.
pub(super) fn bears_mark(document: &Document) -> bool {
    let description = document.text("/Description").unwrap_or_default();
    description.contains("[valence ")
}

/// Whether `document` is what was made for `composition`: it has our mark, or, where
/// a service keeps no descriptions, our name or its own UUID of then.
fn is_of(composition: &Composition, document: &Document) -> bool {
    if bears_mark(document) {
        let description = document.text("/Description").unwrap_or_default();
        return description.contains(&composition.node.to_string());
    }
    let uuid = document.text("/UUID");
    document.text("/Name") == Some(composition.request.name.as_str())
        || uuid.is_some() && uuid == composition.redfish_uuid.as_deref()
}

#[cfg(test)]
mod tests;

//! Having a node made.

use jiff::Timestamp;
use uuid::Uuid;

use super::giving_back::bears_mark;
use super::{ComposeRequest, Wanted};
use crate::crash;
use crate::failure::{Cause, Failure};
use crate::node::{Composition, CompositionRequest, CompositionState, Node, PodManager};
use crate::nodes::managed::{checked_name, find_failure};
use crate::nodes::{Nodes, redfish_failure};
use crate::redfish::{
    ComposeError, Order, ResourcePath, Service, Write, WriteError, complete, find_node, order,
};
use crate::store::{self, StoreError, Work};

/// Why there is no node.
struct Unmade {
    failure: Failure,
    /// Whether the pod manager has certainly made nothing.
    nothing: bool,
}

impl Unmade {
    fn of(error: ComposeError, pod_manager: &PodManager) -> Self {
        Self {
            nothing: matches!(
                error,
                ComposeError::Write(
                    WriteError::NotSent { .. }
                        | WriteError::Refused { .. }
                        | WriteError::Absent { .. }
                )
            ),
            failure: error.into_failure(&pod_manager.name),
        }
    }

    /// Something may have been made by then.
    fn half_way(failure: impl Into<Failure>) -> Self {
        Self {
            failure: failure.into(),
            nothing: false,
        }
    }
}

impl Nodes {
    /// Composes a node.
    pub async fn compose(&self, request: ComposeRequest) -> Result<Node, Failure> {
        let pod_manager = self
            .composing_pod_manager(request.podm_id.as_deref())
            .await?;
        let (flavor, properties) = match request.wanted {
            Wanted::Properties(properties) => (None, properties),
            Wanted::Flavor(id) => {
                let flavor = self
                    .store
                    .flavor(&id)
                    .await
                    .map_err(|error| Failure::from(error).at("/flavor_id"))?;
                (Some(flavor.name), flavor.properties)
            }
        };
        let asked = CompositionRequest {
            name: request.name,
            description: request.description,
            flavor,
            properties,
        };
        let node = request.node;
        let (order, known) = self.ordered(&pod_manager, &asked, node).await?;
        let now = store::now();
        let composition = Composition {
            node,
            podm_id: pod_manager.uuid,
            state: CompositionState::Intended,
            request: asked,
            known,
            resource_uri: None,
            redfish_uuid: None,
            registering: request.registering,
            sent_at: None,
            created_at: now,
            updated_at: now,
        };
        let turn = self.store.lease(Work::Node(node)).await?.ok();
        self.intend(&composition).await?;
        crash::point("compose", "intended");
        let made = self.make(&pod_manager, &composition, &order).await;
        let ended = match made {
            Ok(node) => Ok(node),
            Err(unmade) => Err(self.undone(&composition, unmade).await),
        };
        if let Some(turn) = turn {
            turn.give_back().await;
        }
        ended
    }

    /// What is to be sent, and the paths of what there is before.
    async fn ordered(
        &self,
        pod_manager: &PodManager,
        asked: &CompositionRequest,
        node: Uuid,
    ) -> Result<(Order, Vec<String>), Failure> {
        let snapshot = self.pod_managers.wide_snapshot(pod_manager).await?;
        let order = order(&snapshot, pod_manager.driver, asked, &node.to_string()).await;
        let order = order.map_err(|error| error.into_failure(&pod_manager.name))?;
        let known = snapshot.members(&order.collection).await;
        let known = known.map_err(|error| redfish_failure(&pod_manager.name, error))?;
        let known = known.into_iter().flatten();
        Ok((order, known.map(|path| path.to_string()).collect()))
    }

    /// The pod manager that is meant.
    async fn composing_pod_manager(&self, id: Option<&str>) -> Result<PodManager, Failure> {
        if let Some(id) = id {
            return self.pod_managers.get(id).await;
        }
        let mut all = self.pod_managers.list().await?;
        match (all.pop(), all.is_empty()) {
            (Some(only), true) => Ok(only),
            (None, _) => {
                let detail =
                    "there is no pod manager yet that could make one: make one known first";
                Err(Failure::new(Cause::BadRequest, detail).at("/podm_id"))
            }
            (Some(_), false) => {
                let detail = "`podm_id` is missing, and there are several pod managers: say which \
                              (`--pod-manager` of the command line)";
                Err(Failure::new(Cause::BadRequest, detail).at("/podm_id"))
            }
        }
    }

    /// Puts it on record, if nobody else has its name.
    async fn intend(&self, composition: &Composition) -> Result<(), Failure> {
        let _naming = self.naming.lock().await;
        let nodes = self.store.nodes().await?;
        let mut taken: Vec<_> = nodes.iter().map(|node| node.name.to_lowercase()).collect();
        let others = self.store.unfinished_compositions().await?;
        taken.extend(others.iter().map(|other| other.request.name.to_lowercase()));
        checked_name(composition.request.name.clone(), &taken)?;
        Ok(self.store.insert_composition(composition).await?)
    }

    async fn make(
        &self,
        pod_manager: &PodManager,
        composition: &Composition,
        order: &Order,
    ) -> Result<Node, Unmade> {
        let service = self.pod_managers.service(pod_manager).await;
        let service = service.map_err(|failure| Unmade {
            failure,
            nothing: true,
        })?;
        let path = self
            .allocate(&service, pod_manager, composition, order)
            .await?;
        crash::point("compose", "sent");
        let made = self.store.set_made(composition.node, path.as_str()).await;
        made.map_err(Unmade::half_way)?;
        crash::point("compose", "made");
        let hold = self.store.hold(Work::Node(composition.node));
        let is_ours = move || hold.is_certain();
        complete(&service, pod_manager.driver, &path, &is_ours)
            .await
            .map_err(|error| Unmade::half_way(error.into_failure(&pod_manager.name)))?;
        crash::point("compose", "assembled");
        self.becomes_ours(pod_manager, composition, &path).await
    }

    /// Has the pod manager make something, and says where it is.
    async fn allocate(
        &self,
        service: &Service,
        pod_manager: &PodManager,
        composition: &Composition,
        order: &Order,
    ) -> Result<ResourcePath, Unmade> {
        tracing::info!(
            pod_manager = pod_manager.name,
            node = composition.request.name,
            uuid = %composition.node,
            "composing"
        );
        let not_sent = |failure| Unmade {
            failure,
            nothing: true,
        };
        // What may come of it is waited for from now on, not from when it was intended.
        let noted = self.store.set_sent(composition.node).await;
        noted.map_err(|error| not_sent(error.into()))?;
        self.still_ours(composition.node).map_err(not_sent)?;
        let write = Write::post(&order.path, &order.body).to_its_end();
        let written = crash::sending("allocate", service.write(write)).await;
        let written = written.map_err(|error| Unmade::of(error.into(), pod_manager))?;
        if let Some(path) = written.location {
            return Ok(path);
        }
        let found = self.found_by_mark(pod_manager, composition).await;
        let found = found.map_err(Unmade::half_way)?;
        found.into_iter().next().ok_or_else(|| {
            Unmade::half_way(Failure::new(
                Cause::RedfishFailed,
                format!(
                    "pod manager `{}` says that it has made a node, but not where, and it is not found: \
                     look there for one with `{}` in its description",
                    pod_manager.name, composition.node
                ),
            ))
        })
    }

    /// Takes what was made under management.
    async fn becomes_ours(
        &self,
        pod_manager: &PodManager,
        composition: &Composition,
        path: &ResourcePath,
    ) -> Result<Node, Unmade> {
        let snapshot = self.pod_managers.snapshot(pod_manager).await;
        let snapshot = snapshot.map_err(Unmade::half_way)?;
        let found = find_node(&snapshot, pod_manager.driver, path.as_str()).await;
        let found = found.map_err(|error| Unmade::half_way(find_failure(pod_manager, error)))?;
        let document = snapshot.read(&found.system).await;
        let redfish_uuid = document
            .ok()
            .and_then(|of| of.text("/UUID").map(str::to_owned));
        let made = snapshot.read(&found.node).await;
        let unmarked = made.is_ok_and(|made| !bears_mark(&made));
        let now = Timestamp::now();
        let node = Node {
            uuid: composition.node,
            name: composition.request.name.clone(),
            podm_id: pod_manager.uuid,
            index: found.id,
            resource_uri: found.node.to_string(),
            system_uri: found.system.to_string(),
            description: composition.request.description.clone(),
            managed_by: None,
            epoch: 0,
            created_at: now,
            updated_at: now,
        };
        let kept = self
            .store
            .complete_composition(&node, redfish_uuid.as_deref(), unmarked);
        kept.await.map_err(Unmade::half_way)?;
        crash::point("compose", "composed");
        tracing::info!(
            node = node.name,
            pod_manager = pod_manager.name,
            resource = node.resource_uri,
            "node composed"
        );
        Ok(node)
    }

    /// Gives back what may have been made, and says so.
    async fn undone(&self, composition: &Composition, unmade: Unmade) -> Failure {
        let mut failure = unmade.failure;
        if unmade.nothing {
            let forgotten = self.store.forget_composition(composition.node).await;
            if let Err(error) = forgotten {
                tracing::error!(error = %Failure::from(error), "a composition that came to nothing stays on record");
                self.left_over.notify_one();
            }
            return failure;
        }
        // Whatever became of it, it is not to be a node.
        let marked = self.store.set_removing(composition.node, true).await;
        let given_back = match marked {
            Ok(_) => self.give_back(composition.node).await,
            Err(taken_over @ StoreError::TakenOver { .. }) => {
                if let Err(error) = self.give_back_late(composition).await {
                    let node = &composition.request.name;
                    tracing::warn!(node, %error, "whether something was made too late is not known");
                }
                return taken_over.into();
            }
            Err(error) => Err(Failure::from(error).into()),
        };
        match given_back {
            Ok(true) => failure
                .detail
                .push_str("; what was made has been given back"),
            Ok(false) | Err(_) => {
                failure.detail.push_str(
                    "; what may have been made stays on record and is given back as soon as the pod manager answers",
                );
                self.left_over.notify_one();
            }
        }
        failure
    }
}

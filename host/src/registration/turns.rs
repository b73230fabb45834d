//! One registration of a node at a time, whichever server it is asked of.

use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

use crate::failure::{Cause, Failure};
use crate::ironic::Client;
use crate::node::Node;
use crate::store::{For, Lease, Leased, Work};

use super::Registrar;

/// How long a request waits for another server that is at its node, or for what this one
/// does there for nobody, and how often it looks: however that ends, the node is soon free.
const ELSEWHERE: (Duration, Duration) = (Duration::from_secs(60), Duration::from_millis(250));

impl Registrar {
    /// The node with this uuid or name, with the turn for it: as it is once nobody
    /// else is at it any more. Where a request of this server is at it already, that is
    /// refused at once.
    pub(super) async fn in_turn(&self, id: &str) -> Result<(Node, Request<'_>), Failure> {
        let node = self.nodes.get(id).await?;
        let turn = self.turn(&node).await?;
        let node = self.nodes.get(&node.uuid.to_string()).await?;
        self.nodes.refuse_leaving(&node).await?;
        let request = Request {
            turn: Some(turn),
            left_over: Some(&self.left_over),
        };
        Ok((node, request))
    }

    async fn turn(&self, node: &Node) -> Result<Lease, Failure> {
        let until = Instant::now() + ELSEWHERE.0;
        let mut waited = false;
        loop {
            let in_time = Instant::now() < until;
            match self.store.lease(Work::Node(node.uuid)).await? {
                // What the other left is finished first, in the background.
                Leased::Yes(turn) if waited && in_time && self.is_unfinished(node.uuid).await? => {
                    turn.give_back().await;
                    self.left_over.notify_one();
                }
                Leased::Yes(turn) => return Ok(turn),
                Leased::Elsewhere if in_time => waited = true,
                Leased::Here(For::Background) if in_time => {}
                // It has waited too.
                Leased::Here(For::Request) if waited && in_time => {}
                Leased::Elsewhere | Leased::Here(_) => return Err(busy(node)),
            }
            tokio::time::sleep(ELSEWHERE.1).await;
        }
    }

    /// Whether something of the node is on record and not at its end.
    pub(super) async fn is_unfinished(&self, node: Uuid) -> Result<bool, Failure> {
        let Some(last) = self.store.latest_registration(node).await? else {
            return Ok(false);
        };
        let updates = self.store.unfinished_updates().await?;
        let updates = updates.iter().any(|update| update.registration == last.id);
        Ok(updates || last.state.is_unfinished())
    }

    /// The turn for the node with this uuid, which need not be there any more,
    /// unless somebody has it. For the background: requests wait for it.
    pub(super) async fn turn_if_free(&self, node: Uuid) -> Result<Option<Lease>, Failure> {
        let turn = self.store.lease_for(For::Background, Work::Node(node));
        Ok(turn.await?.ok())
    }

    /// `ironic`, to which nothing is sent any more once another server may have the
    /// turn for the node.
    pub(super) fn while_in_turn(&self, ironic: &Client, node: Uuid) -> Client {
        let hold = self.store.hold(Work::Node(node));
        ironic.clone().only_while(move || hold.is_certain())
    }
}

fn busy(node: &Node) -> Failure {
    Failure::new(
        Cause::Conflict,
        format!(
            "node `{}` is being registered or deregistered right now: ask again when that is done",
            node.name
        ),
    )
}

/// The turn of a caller's request. However that ends, by a panic or by a database
/// that fails too, the background then looks for what it has left.
pub(super) struct Request<'a> {
    turn: Option<Lease>,
    left_over: Option<&'a Notify>,
}

impl Request<'_> {
    /// It has ended as it should: nothing is left.
    pub(super) async fn ended(mut self) {
        self.left_over = None;
        if let Some(turn) = self.turn.take() {
            turn.give_back().await;
        }
    }
}

impl Drop for Request<'_> {
    fn drop(&mut self) {
        // First: what is left is finished under the turn.
        drop(self.turn.take());
        if let Some(left_over) = self.left_over {
            left_over.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures::FutureExt as _;

    use super::super::tests::registrar;
    use super::*;
    use crate::store::Store;
    use crate::store::tests::{node, pod_manager};

    #[tokio::test]
    async fn a_request_waits_for_the_background_and_is_refused_beside_another() {
        let store = Arc::new(Store::open("sqlite::memory:", None).await.unwrap());
        let rack = pod_manager("a", "https://a.example");
        store.insert_pod_manager(&rack).await.unwrap();
        let machine = node("one", rack.uuid, "/redfish/v1/Nodes/1");
        store.insert_node(&machine).await.unwrap();
        let registrar = registrar(&store).await;

        let request = registrar.in_turn("one").await;
        let (_, request) = request.unwrap_or_else(|failure| panic!("{failure}"));
        let beside = registrar.in_turn("one").await.err().unwrap();
        assert_eq!(beside.cause, Cause::Conflict);
        assert!(
            registrar
                .turn_if_free(machine.uuid)
                .await
                .unwrap()
                .is_none()
        );
        request.ended().await;

        let look = registrar.turn_if_free(machine.uuid).await.unwrap().unwrap();
        let mut waiting = std::pin::pin!(registrar.in_turn("one"));
        let meanwhile = tokio::time::timeout(Duration::from_millis(300), &mut waiting).await;
        assert!(meanwhile.is_err(), "it waits");
        look.give_back().await;
        let waited = waiting.await;
        assert!(waited.is_ok(), "{}", waited.err().unwrap());
    }

    #[tokio::test]
    async fn a_request_that_ends_otherwise_leaves_the_node_free_and_rings_for_the_background() {
        let store = Store::open("sqlite::memory:", None).await.unwrap();
        let left_over = Notify::new();
        let node = Work::Node(Uuid::from_u128(1));
        let turn = async || store.lease(node).await.unwrap().ok();
        let request = async || Request {
            turn: Some(turn().await.expect("free")),
            left_over: Some(&left_over),
        };
        request().await.ended().await;
        assert!(left_over.notified().now_or_never().is_none());
        let cut_off = request().await;
        assert!(turn().await.is_none());
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _request = cut_off;
            panic!("half-way");
        }));
        assert!(panicked.is_err());
        assert!(turn().await.is_some());
        assert!(left_over.notified().now_or_never().is_some());
    }
}

//! One registration of a node at a time.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use uuid::Uuid;

use crate::failure::{Cause, Failure};
use crate::node::Node;

use super::Registrar;

/// The nodes that are being registered or deregistered by this process.
#[derive(Clone, Default)]
pub(super) struct Turns(Arc<Mutex<HashSet<Uuid>>>);

/// The right to work on one node, given back when it is dropped.
pub(super) struct Turn {
    node: Uuid,
    turns: Turns,
}

impl Turns {
    /// The turn for `node`, unless somebody has it.
    pub(super) fn take(&self, node: &Node) -> Result<Turn, Failure> {
        self.take_if_free(node.uuid).ok_or_else(|| {
            Failure::new(
                Cause::Conflict,
                format!(
                    "node `{}` is being registered or deregistered right now: ask again when that is done",
                    node.name
                ),
            )
        })
    }

    /// The turn for the node with this uuid, which need not be there any more.
    pub(super) fn take_if_free(&self, node: Uuid) -> Option<Turn> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.insert(node).then(|| Turn {
            node,
            turns: self.clone(),
        })
    }
}

impl Registrar {
    /// The node with this uuid or name, with the turn for it: as it is once nobody
    /// else is at it any more.
    pub(super) async fn in_turn(&self, id: &str) -> Result<(Node, Request<'_>), Failure> {
        let node = self.nodes.get(id).await?;
        let turn = self.turns.take(&node)?;
        let node = self.nodes.get(&node.uuid.to_string()).await?;
        let request = Request {
            turn: Some(turn),
            left_over: Some(&self.left_over),
        };
        Ok((node, request))
    }
}

/// The turn of a caller's request. However that ends, by a panic or by a database
/// that fails too, the background then looks for what it has left.
pub(super) struct Request<'a> {
    turn: Option<Turn>,
    left_over: Option<&'a Notify>,
}

impl Request<'_> {
    /// It has ended as it should: nothing is left.
    pub(super) fn ended(mut self) {
        self.left_over = None;
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

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.node);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn a_request_that_ends_otherwise_leaves_the_node_free_and_rings_for_the_background() {
        let (turns, left_over) = (Turns::default(), Notify::new());
        let node = Uuid::from_u128(1);
        let request = || Request {
            turn: turns.take_if_free(node),
            left_over: Some(&left_over),
        };
        request().ended();
        assert!(left_over.notified().now_or_never().is_none());
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _request = request();
            panic!("half-way");
        }));
        assert!(panicked.is_err());
        assert!(turns.take_if_free(node).is_some());
        assert!(left_over.notified().now_or_never().is_some());
    }
}

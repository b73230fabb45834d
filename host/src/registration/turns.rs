//! One registration of a node at a time.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use crate::failure::{Cause, Failure};
use crate::node::Node;

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

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.node);
    }
}

//! What is on record of a node's registration.

use jiff::Timestamp;
use uuid::Uuid;

use crate::evaluate::Evaluation;
use crate::failure::{Cause, Failure};
use crate::store::{Step, Transition, Update};

use super::Registrar;

/// A node's newest registration, however it ended.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its id.
    pub id: Uuid,
    /// How far it is.
    pub state: &'static str,
    /// What is to be said about its state.
    pub detail: Option<String>,
    /// The node's uuid in Ironic.
    pub ironic_uuid: Uuid,
    /// The digest of what Ironic was asked for.
    pub enrollment_digest: String,
    /// What was evaluated, with the hooks and the chain that did it.
    pub evaluation: Evaluation,
    /// Where the node was last to be taken, if anywhere.
    pub transition: Option<Transition>,
    /// The newest of the updates that did not come into force and may have left
    /// something in Ironic.
    pub update: Option<Update>,
    /// The journal, as it was written.
    pub steps: Vec<Step>,
    /// When it began.
    pub created_at: Timestamp,
    /// When its state last changed.
    pub updated_at: Timestamp,
}

impl Registrar {
    /// The newest registration of the node with this uuid or name.
    pub async fn recorded(&self, id: &str) -> Result<Recorded, Failure> {
        let node = self.nodes.get(id).await?;
        let Some(last) = self.store.latest_registration(node.uuid).await? else {
            return Err(Failure::new(
                Cause::NotFound,
                format!("node `{}` was never registered", node.name),
            ));
        };
        Ok(Recorded {
            update: self.store.open_updates(last.id).await?.into_iter().next(),
            steps: self.store.steps(last.id).await?,
            transition: self.store.latest_transition(last.id).await?,
            id: last.id,
            state: last.state.name(),
            detail: last.detail,
            ironic_uuid: last.ironic_uuid,
            enrollment_digest: last.enrollment_digest,
            evaluation: serde_json::from_str(&last.evaluation).map_err(Failure::internal)?,
            created_at: last.created_at,
            updated_at: last.updated_at,
        })
    }
}

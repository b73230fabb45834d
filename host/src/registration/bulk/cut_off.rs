//! A node whose registration was cut off with the server: what was begun of it is
//! finished in the background, and is not to be begun again beside that.

use std::time::Duration;

use uuid::Uuid;

use crate::failure::Failure;
use crate::store::{BulkItem, RegistrationState};

use super::super::Registrar;
use super::{BulkResult, Bulks};

/// How long the background may take, and how often it is looked after.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(60), Duration::from_millis(100));

impl Bulks {
    /// What became of `item`, if it was registered all the same. None: it was not.
    pub(super) async fn after_cut_off(
        &self,
        item: &BulkItem,
    ) -> Result<Option<BulkResult>, Failure> {
        let (Some(node), Some(begun)) = (item.node, item.begun) else {
            return Ok(None);
        };
        let settled = async {
            while self.registrar.is_unsettled(node).await? {
                tokio::time::sleep(PATIENCE.1).await;
            }
            Ok::<_, Failure>(())
        };
        match tokio::time::timeout(PATIENCE.0, settled).await {
            Ok(settled) => settled?,
            // Registering it will say why.
            Err(_) => return Ok(None),
        }
        let last = self.store.latest_registration(node).await?;
        Ok(last
            .filter(|last| last.state == RegistrationState::Complete && last.created_at >= begun)
            .map(|last| BulkResult::Registered {
                registration: last.id,
                ironic_uuid: last.ironic_uuid,
                unchanged: false,
                warnings: Vec::new(),
            }))
    }
}

impl Registrar {
    /// Whether something of the node is still to be finished.
    async fn is_unsettled(&self, node: Uuid) -> Result<bool, Failure> {
        match self.turn_if_free(node).await? {
            Some(turn) => turn.give_back().await,
            None => return Ok(true),
        }
        self.is_unfinished(node).await
    }
}

//! The saga's journal, kept in the store.

use async_trait::async_trait;
use uuid::Uuid;

use crate::ironic::{Journal, JournalError, Outcome, Step};
use crate::store::{Moment, Store};

/// Writes every step of a registration into the store before it is sent and
/// after it is answered.
pub(super) struct StoreJournal<'a>(pub(super) &'a Store);

#[async_trait]
impl Journal for StoreJournal<'_> {
    async fn before(&self, registration: Uuid, step: &Step) -> Result<(), JournalError> {
        self.write(registration, step, Moment::Before, "{}").await
    }

    async fn after(
        &self,
        registration: Uuid,
        step: &Step,
        outcome: &Outcome,
    ) -> Result<(), JournalError> {
        let detail = serde_json::to_string(outcome).map_err(JournalError::new)?;
        self.write(registration, step, Moment::After, &detail).await
    }
}

impl StoreJournal<'_> {
    async fn write(
        &self,
        registration: Uuid,
        step: &Step,
        moment: Moment,
        detail: &str,
    ) -> Result<(), JournalError> {
        self.0
            .record_step(registration, &step.to_string(), moment, detail)
            .await
            .map_err(JournalError::new)
    }
}

//! The saga's journal, kept in the store.

use async_trait::async_trait;
use uuid::Uuid;

use crate::ironic::{Journal, JournalError, Outcome, Step};
use crate::store::{Moment, Store};

/// Writes every step of a registration into the store before it is sent and
/// after it is answered.
pub(super) struct StoreJournal<'a> {
    store: &'a Store,
    node: Uuid,
}

impl<'a> StoreJournal<'a> {
    /// That of registrations of `node`, whose turn is to be had.
    pub(super) fn of(store: &'a Store, node: Uuid) -> Self {
        Self { store, node }
    }
}

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
        self.store
            .record_step(self.node, registration, &step.to_string(), moment, detail)
            .await
            .map_err(JournalError::new)
    }
}

//! Where the steps of the saga are kept, so that one that was cut off can be
//! finished or undone.

use async_trait::async_trait;
use uuid::Uuid;

use super::{Outcome, Step};

/// Keeps the steps. `before` must have them on disk when it returns.
#[async_trait]
pub trait Journal: Send + Sync {
    /// `step` is about to be sent.
    async fn before(&self, registration: Uuid, step: &Step) -> Result<(), JournalError>;

    /// `step` ended so.
    async fn after(
        &self,
        registration: Uuid,
        step: &Step,
        outcome: &Outcome,
    ) -> Result<(), JournalError>;
}

/// The journal cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the journal of the registration cannot be written")]
pub struct JournalError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl JournalError {
    /// For this reason.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

/// A journal that keeps nothing, for those who need not survive a crash: tests.
#[derive(Clone, Copy, Debug)]
pub struct NoJournal;

#[async_trait]
impl Journal for NoJournal {
    async fn before(&self, _: Uuid, _: &Step) -> Result<(), JournalError> {
        Ok(())
    }

    async fn after(&self, _: Uuid, _: &Step, _: &Outcome) -> Result<(), JournalError> {
        Ok(())
    }
}

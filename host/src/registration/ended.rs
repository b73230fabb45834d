//! Forgetting what has ended long ago.

use std::time::Duration;

use jiff::Timestamp;

use crate::failure::Failure;
use crate::store;

use super::Registrar;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(60 * 60);

impl Registrar {
    /// Forgets registrations and what belongs to them, and bulk registrations, that
    /// ended too long ago. Goes on for as long as the process does.
    pub async fn keep_forgetting(&self) {
        loop {
            let before = store::now().checked_sub(self.ended);
            let before = before.unwrap_or(Timestamp::UNIX_EPOCH);
            match self.store.forget_ended(before).await.map_err(Failure::from) {
                Ok(0) => {}
                Ok(gone) => tracing::info!(gone, "old records of what has ended removed"),
                Err(failure) => {
                    tracing::warn!(error = %failure, source = failure.source.as_deref(), "old records of what has ended could not be removed");
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

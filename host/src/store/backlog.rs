//! How much is on record that is not at its end.

use super::pool::arguments;
use super::{Store, StoreError};
use crate::telemetry::Backlog;

/// One row for each thing that is counted.
const COUNT: &str = "SELECT 'registration' AS what, COUNT(*) AS number FROM registrations \
     WHERE state IN ('intended', 'applying', 'removing') \
     UNION ALL SELECT 'update', COUNT(*) FROM updates \
     WHERE state IN ('applying', 'taking-back') \
     UNION ALL SELECT 'transition', COUNT(*) FROM transitions WHERE state = 'running' \
     UNION ALL SELECT 'composition', COUNT(*) FROM compositions \
     WHERE state <> 'composed' OR registering IS NOT NULL \
     UNION ALL SELECT 'bulk-' || bulk_items.state, COUNT(*) FROM bulk_items \
     JOIN bulks ON bulks.id = bulk_items.bulk WHERE bulks.state = 'running' \
     AND bulk_items.state IN ('waiting', 'running') GROUP BY bulk_items.state";

impl Store {
    /// How much is not at its end.
    pub async fn backlog(&self) -> Result<Backlog, StoreError> {
        let mut backlog = Backlog::default();
        for row in &self.pool.rows(COUNT, arguments![]).await? {
            let number = u64::from(row.number("number")?);
            match row.text("what")?.as_str() {
                "registration" => backlog.registrations = number,
                "update" => backlog.updates = number,
                "transition" => backlog.transitions = number,
                "composition" => backlog.compositions = number,
                "bulk-waiting" => backlog.bulk_waiting = number,
                _ => backlog.bulk_running = number,
            }
        }
        Ok(backlog)
    }
}

//! Which node a BMC's system is registered as.

use uuid::Uuid;

use super::pool::arguments;
use super::{Store, StoreError};

impl Store {
    /// Notes that the system `bmc` is registered as `node`. Gives the other node
    /// where it is registered as that one: nothing is noted then.
    pub async fn claim_bmc(&self, bmc: &str, node: Uuid) -> Result<Option<Uuid>, StoreError> {
        let touched = self
            .pool
            .execute(
                "INSERT INTO bmcs (bmc, node) VALUES ($1, $2) \
                 ON CONFLICT (bmc) DO UPDATE SET node = excluded.node \
                 WHERE bmcs.node = excluded.node OR NOT EXISTS \
                 (SELECT 1 FROM registrations WHERE registrations.node = bmcs.node \
                 AND state IN ('intended', 'applying', 'complete', 'removing'))",
                arguments![bmc, node],
            )
            .await?;
        if touched > 0 {
            return Ok(None);
        }
        let sql = "SELECT node FROM bmcs WHERE bmc = $1";
        let rows = self.pool.rows(sql, arguments![bmc]).await?;
        rows.first().map(|row| row.uuid("node")).transpose()
    }

    /// Gives up what was noted of `node` but for the system `bmc`.
    pub async fn release_bmcs_but(&self, bmc: &str, node: Uuid) -> Result<(), StoreError> {
        let sql = "DELETE FROM bmcs WHERE node = $2 AND bmc <> $1";
        self.pool.execute(sql, arguments![bmc, node]).await?;
        Ok(())
    }
}

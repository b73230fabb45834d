//! Which node a BMC's system is registered as.

use uuid::Uuid;

use super::pool::{Transaction, arguments};
use super::{Store, StoreError, Work};

/// Notes it unless another node is in the way. What was in force for one that was
/// given up by force is not.
const CLAIM: &str = "INSERT INTO bmcs (bmc, node) VALUES ($1, $2) \
                     ON CONFLICT (bmc) DO UPDATE SET node = excluded.node \
                     WHERE bmcs.node = excluded.node OR NOT EXISTS \
                     (SELECT 1 FROM registrations WHERE registrations.node = bmcs.node \
                     AND (state IN ('intended', 'applying', 'removing') \
                     OR state IN ('complete', 'failed') AND epoch = \
                     (SELECT nodes.epoch FROM nodes WHERE nodes.uuid = bmcs.node)))";

impl Store {
    /// Notes that the system `bmc` is registered as `node`, under the lease of that.
    /// Gives the other node where it is registered as that one, or what failed may
    /// have left it so: nothing is noted then.
    pub async fn claim_bmc(&self, bmc: &str, node: Uuid) -> Result<Option<Uuid>, StoreError> {
        let mut transaction = self.begin_under(Work::Node(node)).await?;
        if claim_in(&mut transaction, bmc, node).await? {
            transaction.commit().await?;
            return Ok(None);
        }
        drop(transaction);
        self.holder(bmc).await
    }

    /// Which node `bmc` is noted as.
    pub(super) async fn holder(&self, bmc: &str) -> Result<Option<Uuid>, StoreError> {
        let sql = "SELECT node FROM bmcs WHERE bmc = $1";
        let rows = self.pool.rows(sql, arguments![bmc]).await?;
        rows.first().map(|row| row.uuid("node")).transpose()
    }

    /// Gives up what was noted of `node` but for the system `bmc`, under its lease.
    pub async fn release_bmcs_but(&self, bmc: &str, node: Uuid) -> Result<(), StoreError> {
        let sql = "DELETE FROM bmcs WHERE node = $2 AND bmc <> $1";
        let mut transaction = self.begin_under(Work::Node(node)).await?;
        transaction.execute(sql, arguments![bmc, node]).await?;
        Ok(transaction.commit().await?)
    }
}

/// Notes it with all else that `transaction` does. Gives whether it could.
pub(super) async fn claim_in(
    transaction: &mut Transaction,
    bmc: &str,
    node: Uuid,
) -> Result<bool, sqlx::Error> {
    // Waits for whoever notes it at the same time, whose registration the next
    // statement sees then.
    let wait = "INSERT INTO bmcs (bmc, node) VALUES ($1, $2) \
                ON CONFLICT (bmc) DO UPDATE SET node = bmcs.node";
    transaction.execute(wait, arguments![bmc, node]).await?;
    let touched = transaction.execute(CLAIM, arguments![bmc, node]).await?;
    Ok(touched > 0)
}

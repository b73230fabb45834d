//! Nodes that are composed, and what of it is not finished.

use jiff::Timestamp;
use uuid::Uuid;

use super::nodes::node_row;
use super::pool::{Argument, arguments};
use super::registrations::give_up;
use super::row::{Row, now};
use super::{Store, StoreError, Work, written};
use crate::node::{Composition, CompositionState, Node};

macro_rules! sent {
    ($now:literal) => {
        concat!(
            "UPDATE compositions SET sent_at = ",
            $now,
            ", updated_at = $2 WHERE node = $1 AND state = 'intended'"
        )
    };
}

pub(super) use sent;

impl Store {
    /// Puts the intent on record, before the pod manager is asked. This and what
    /// follows is written under the lease of the node only.
    pub async fn insert_composition(&self, new: &Composition) -> Result<(), StoreError> {
        let sql = "INSERT INTO compositions (node, podm_id, state, request, known, registering, \
                   created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let arguments = arguments![
            new.node,
            new.podm_id,
            new.state.name(),
            written(&new.request)?,
            written(&new.known)?,
            new.registering.as_deref(),
            new.created_at,
            new.updated_at,
        ];
        self.write_of(new.node, sql, arguments).await
    }

    /// The pod manager is about to be asked.
    pub async fn set_sent(&self, node: Uuid) -> Result<(), StoreError> {
        let sql = self.pool.dialect().sent;
        self.write_of(node, sql, arguments![node, now()]).await
    }

    /// The pod manager has made something, which is at `resource_uri`.
    pub async fn set_made(&self, node: Uuid, resource_uri: &str) -> Result<(), StoreError> {
        let sql = "UPDATE compositions SET state = 'made', resource_uri = $2, updated_at = $3 \
                   WHERE node = $1 AND state = 'intended'";
        let arguments = arguments![node, resource_uri, now()];
        self.write_of(node, sql, arguments).await
    }

    /// It is a node of ours: both are on record, or neither. `unmarked`: what was made
    /// does not bear our mark, for its service keeps no descriptions.
    pub async fn complete_composition(
        &self,
        node: &Node,
        redfish_uuid: Option<&str>,
        unmarked: bool,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_under(Work::Node(node.uuid)).await?;
        let (sql, arguments) = node_row(node);
        let inserted = transaction.execute(sql, arguments).await;
        inserted.map_err(|error| super::nodes::taken(error, node))?;
        let sql = "UPDATE compositions SET state = 'composed', resource_uri = $2, \
                   redfish_uuid = $3, unmarked = $4, updated_at = $5 \
                   WHERE node = $1 AND state = 'made'";
        let uri = node.resource_uri.as_str();
        let arguments = arguments![node.uuid, uri, redfish_uuid, i64::from(unmarked), now()];
        there(transaction.execute(sql, arguments).await?, node.uuid)?;
        Ok(transaction.commit().await?)
    }

    /// It is being given back from now on; false where it is not there, or a
    /// registration of its node is under way or in force, unless `force`.
    pub async fn set_removing(&self, node: Uuid, force: bool) -> Result<bool, StoreError> {
        let sql = match force {
            true => "UPDATE compositions SET state = 'removing', updated_at = $2 WHERE node = $1",
            false => {
                "UPDATE compositions SET state = 'removing', updated_at = $2 WHERE node = $1 \
                 AND NOT EXISTS (SELECT 1 FROM registrations WHERE registrations.node = $1 \
                 AND state IN ('intended', 'applying', 'complete', 'removing'))"
            }
        };
        let touched = self.under(Work::Node(node), sql, arguments![node, now()]);
        Ok(touched.await? > 0)
    }

    /// It stays what it was, a node of ours.
    pub async fn set_composed(&self, node: Uuid) -> Result<(), StoreError> {
        let sql = "UPDATE compositions SET state = 'composed', updated_at = $2 WHERE node = $1";
        self.write_of(node, sql, arguments![node, now()]).await
    }

    /// It need not be registered any more.
    pub async fn set_registered(&self, node: Uuid) -> Result<(), StoreError> {
        let sql = "UPDATE compositions SET registering = NULL WHERE node = $1";
        let touched = self.under(Work::Composition(node), sql, arguments![node]);
        touched.await.map(drop)
    }

    /// It is given back: neither it nor its node is on record any more.
    pub async fn forget_composition(&self, node: Uuid) -> Result<(), StoreError> {
        let mut transaction = self.begin_under(Work::Node(node)).await?;
        let sql = "DELETE FROM compositions WHERE node = $1";
        there(transaction.execute(sql, arguments![node]).await?, node)?;
        let sql = "DELETE FROM nodes WHERE uuid = $1";
        transaction.execute(sql, arguments![node]).await?;
        give_up(&mut transaction, node).await?;
        Ok(transaction.commit().await?)
    }

    /// Writes to the one row of `node`.
    async fn write_of(
        &self,
        node: Uuid,
        sql: &'static str,
        arguments: Vec<Argument>,
    ) -> Result<(), StoreError> {
        there(self.under(Work::Node(node), sql, arguments).await?, node)
    }

    /// That of this node, if it was composed.
    pub async fn composition(&self, node: Uuid) -> Result<Option<Composition>, StoreError> {
        let sql = "SELECT * FROM compositions WHERE node = $1";
        let rows = self.pool.rows(sql, arguments![node]).await?;
        rows.first().map(read).transpose()
    }

    /// Whether nodes of this pod manager that are composed have lost our mark, and none
    /// has kept it.
    pub async fn drops_marks(&self, pod_manager: Uuid) -> Result<bool, StoreError> {
        let sql = "SELECT unmarked FROM compositions WHERE podm_id = $1 \
                   AND unmarked IS NOT NULL ORDER BY unmarked LIMIT 1";
        let rows = self.pool.rows(sql, arguments![pod_manager]).await?;
        let least = rows.first().map(|row| row.get::<i64>("unmarked"));
        Ok(least.transpose()? == Some(1))
    }

    /// Those that are not finished, the oldest first: not composed yet, being given
    /// back, or to be registered still.
    pub async fn unfinished_compositions(&self) -> Result<Vec<Composition>, StoreError> {
        let sql = "SELECT * FROM compositions WHERE state <> 'composed' \
                   OR registering IS NOT NULL ORDER BY created_at, node";
        let rows = self.pool.rows(sql, arguments![]).await?;
        rows.iter().map(read).collect()
    }

    /// Runs `sql` if `work` is this server's, and says how many rows it touched.
    async fn under(
        &self,
        work: Work,
        sql: &'static str,
        arguments: Vec<Argument>,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.begin_under(work).await?;
        let touched = transaction.execute(sql, arguments).await?;
        transaction.commit().await?;
        Ok(touched)
    }
}

/// Refuses where no row was `touched`: it is not there, or not so far.
fn there(touched: u64, node: Uuid) -> Result<(), StoreError> {
    match touched {
        0 => Err(StoreError::NotFound {
            what: "composition",
            wanted: node.to_string(),
        }),
        _ => Ok(()),
    }
}

fn read(row: &Row) -> Result<Composition, StoreError> {
    Ok(Composition {
        node: row.uuid("node")?,
        podm_id: row.uuid("podm_id")?,
        state: row.parsed("state", |text| {
            CompositionState::ALL
                .into_iter()
                .find(|state| state.name() == text)
        })?,
        request: row.json("request")?,
        known: row.json("known")?,
        resource_uri: row.get("resource_uri")?,
        redfish_uuid: row.get("redfish_uuid")?,
        registering: row.get("registering")?,
        sent_at: row
            .get::<Option<i64>>("sent_at")?
            .and_then(|at| Timestamp::from_microsecond(at).ok()),
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

//! Nodes that are composed, and what of it is not finished.

use uuid::Uuid;

use super::nodes::node_row;
use super::pool::arguments;
use super::registrations::give_up;
use super::row::{Row, now};
use super::{Store, StoreError, written};
use crate::node::{Composition, CompositionState, Node};

impl Store {
    /// Puts the intent on record, before the pod manager is asked.
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
        self.pool.execute(sql, arguments).await?;
        Ok(())
    }

    /// The pod manager has made something, which is at `resource_uri`.
    pub async fn set_made(&self, node: Uuid, resource_uri: &str) -> Result<(), StoreError> {
        let sql = "UPDATE compositions SET state = 'made', resource_uri = $2, updated_at = $3 \
                   WHERE node = $1";
        let arguments = arguments![node, resource_uri, now()];
        self.pool.execute(sql, arguments).await?;
        Ok(())
    }

    /// It is a node of ours: both are on record, or neither.
    pub async fn complete_composition(
        &self,
        node: &Node,
        redfish_uuid: Option<&str>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        let (sql, arguments) = node_row(node);
        let inserted = transaction.execute(sql, arguments).await;
        inserted.map_err(|error| super::nodes::taken(error, node))?;
        let sql = "UPDATE compositions SET state = 'composed', resource_uri = $2, \
                   redfish_uuid = $3, updated_at = $4 WHERE node = $1";
        let uri = node.resource_uri.as_str();
        let arguments = arguments![node.uuid, uri, redfish_uuid, now()];
        transaction.execute(sql, arguments).await?;
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
        Ok(self.pool.execute(sql, arguments![node, now()]).await? > 0)
    }

    /// It stays what it was, a node of ours.
    pub async fn set_composed(&self, node: Uuid) -> Result<(), StoreError> {
        let sql = "UPDATE compositions SET state = 'composed', updated_at = $2 WHERE node = $1";
        self.pool.execute(sql, arguments![node, now()]).await?;
        Ok(())
    }

    /// It need not be registered any more.
    pub async fn set_registered(&self, node: Uuid) -> Result<(), StoreError> {
        let sql = "UPDATE compositions SET registering = NULL WHERE node = $1";
        self.pool.execute(sql, arguments![node]).await?;
        Ok(())
    }

    /// It is given back: neither it nor its node is on record any more.
    pub async fn forget_composition(&self, node: Uuid) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        for sql in [
            "DELETE FROM compositions WHERE node = $1",
            "DELETE FROM nodes WHERE uuid = $1",
        ] {
            transaction.execute(sql, arguments![node]).await?;
        }
        give_up(&mut transaction, node).await?;
        Ok(transaction.commit().await?)
    }

    /// That of this node, if it was composed.
    pub async fn composition(&self, node: Uuid) -> Result<Option<Composition>, StoreError> {
        let sql = "SELECT * FROM compositions WHERE node = $1";
        let rows = self.pool.rows(sql, arguments![node]).await?;
        rows.first().map(read).transpose()
    }

    /// Those that are not finished, the oldest first: not composed yet, being given
    /// back, or to be registered still.
    pub async fn unfinished_compositions(&self) -> Result<Vec<Composition>, StoreError> {
        let sql = "SELECT * FROM compositions WHERE state <> 'composed' \
                   OR registering IS NOT NULL ORDER BY created_at, node";
        let rows = self.pool.rows(sql, arguments![]).await?;
        rows.iter().map(read).collect()
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
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

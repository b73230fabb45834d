//! Nodes.

use uuid::Uuid;

use super::pod_managers::unique_index;
use super::pool::{Argument, arguments};
use super::registrations::give_up;
use super::row::Row;
use super::{Store, StoreError};
use crate::node::Node;

const WHAT: &str = "node";

/// `name` as it is compared: the databases' own ideas of case differ.
pub(super) fn fold(name: &str) -> String {
    name.to_lowercase()
}

impl Store {
    /// Keeps a new node.
    pub async fn insert_node(&self, new: &Node) -> Result<(), StoreError> {
        let (sql, arguments) = node_row(new);
        let inserted = self.pool.execute(sql, arguments).await;
        inserted.map(drop).map_err(|error| taken(error, new))
    }

    /// Replaces what is kept of the node with this uuid, all but `managed_by` and
    /// `epoch`: those go with its registrations, and a copy of the record that is
    /// older than one must not undo it.
    pub async fn update_node(&self, changed: &Node) -> Result<(), StoreError> {
        let touched = self
            .pool
            .execute(
                "UPDATE nodes SET name = $2, name_folded = $3, podm_id = $4, node_index = $5, \
                 resource_uri = $6, system_uri = $7, updated_at = $8, description = $9 \
                 WHERE uuid = $1",
                columns(changed),
            )
            .await
            .map_err(|error| taken(error, changed))?;
        found(touched, changed.uuid)
    }

    /// All nodes, by name.
    pub async fn nodes(&self) -> Result<Vec<Node>, StoreError> {
        let sql = "SELECT * FROM nodes ORDER BY name_folded";
        let rows = self.pool.rows(sql, arguments![]).await?;
        rows.iter().map(read).collect()
    }

    /// The nodes behind one pod manager, by name.
    pub async fn nodes_of(&self, pod_manager: Uuid) -> Result<Vec<Node>, StoreError> {
        let sql = "SELECT * FROM nodes WHERE podm_id = $1 ORDER BY name_folded";
        let rows = self.pool.rows(sql, arguments![pod_manager]).await?;
        rows.iter().map(read).collect()
    }

    /// The node with this uuid, or else with this name, without regard to case.
    pub async fn node(&self, wanted: &str) -> Result<Node, StoreError> {
        let rows = self
            .pool
            .rows(
                "SELECT * FROM nodes WHERE uuid = $1 OR name_folded = $1 \
                 ORDER BY CASE WHEN uuid = $1 THEN 0 ELSE 1 END",
                arguments![fold(wanted)],
            )
            .await?;
        match rows.first() {
            Some(row) => read(row),
            None => Err(StoreError::NotFound {
                what: WHAT,
                wanted: crate::text::tame(wanted, 200),
            }),
        }
    }

    /// Forgets a node. Its registrations stay on record. One with a registration
    /// that is under way or in force is refused unless `force`: what is in force is
    /// given up then, and what is under way is to be taken out again.
    pub async fn delete_node(&self, uuid: Uuid, force: bool) -> Result<(), StoreError> {
        let sql = match force {
            true => "DELETE FROM nodes WHERE uuid = $1",
            // One that begins meanwhile is refused its end without the node.
            false => {
                "DELETE FROM nodes WHERE uuid = $1 AND NOT EXISTS \
                 (SELECT 1 FROM registrations WHERE registrations.node = nodes.uuid \
                 AND state IN ('intended', 'applying', 'complete', 'removing'))"
            }
        };
        let mut transaction = self.pool.begin().await?;
        // First: whoever completes a registration of it at the same time has done so
        // by then, or cannot any more.
        let touched = transaction.execute(sql, arguments![uuid]).await?;
        if touched > 0 {
            give_up(&mut transaction, uuid).await?;
        }
        transaction.commit().await?;
        if touched == 0
            && !force
            && let Some(registered) = self.in_the_way(uuid).await?
        {
            return Err(registered);
        }
        found(touched, uuid)
    }
}

/// What keeps a new node.
pub(super) fn node_row(new: &Node) -> (&'static str, Vec<Argument>) {
    let sql = "INSERT INTO nodes (uuid, name, name_folded, podm_id, node_index, resource_uri, \
               system_uri, updated_at, description, managed_by, epoch, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let rest = arguments![
        new.managed_by.as_deref(),
        i64::from(new.epoch),
        new.created_at,
    ];
    (sql, columns(new).into_iter().chain(rest).collect())
}

/// What both queries write, in their order.
fn columns(of: &Node) -> Vec<Argument> {
    arguments![
        of.uuid,
        of.name.as_str(),
        fold(&of.name),
        of.podm_id,
        of.index.as_str(),
        of.resource_uri.as_str(),
        of.system_uri.as_str(),
        of.updated_at,
        of.description.as_deref(),
    ]
}

fn read(row: &Row) -> Result<Node, StoreError> {
    Ok(Node {
        uuid: row.uuid("uuid")?,
        name: row.text("name")?,
        podm_id: row.uuid("podm_id")?,
        index: row.text("node_index")?,
        resource_uri: row.text("resource_uri")?,
        system_uri: row.text("system_uri")?,
        description: row.get("description")?,
        managed_by: row.get("managed_by")?,
        epoch: row.number("epoch")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

/// Refuses where no node was `touched`.
pub(super) fn found(touched: u64, uuid: Uuid) -> Result<(), StoreError> {
    match touched {
        0 => Err(StoreError::NotFound {
            what: WHAT,
            wanted: uuid.to_string(),
        }),
        _ => Ok(()),
    }
}

pub(super) fn taken(error: sqlx::Error, of: &Node) -> StoreError {
    let (field, value) = match unique_index(&error).as_deref() {
        Some("nodes_name_folded") => ("name", &of.name),
        Some("nodes_podm_id_resource_uri") => ("resource", &of.resource_uri),
        _ if is_foreign_key(&error) => {
            return StoreError::NotFound {
                what: "pod manager",
                wanted: of.podm_id.to_string(),
            };
        }
        _ => return error.into(),
    };
    StoreError::Duplicate {
        what: WHAT,
        field,
        value: value.clone(),
    }
}

pub(super) fn is_foreign_key(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|refusal| refusal.is_foreign_key_violation())
}

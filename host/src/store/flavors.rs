//! Flavours: named sets of what composed nodes are to have.

use uuid::Uuid;

use super::nodes::fold;
use super::pod_managers::unique_index;
use super::pool::arguments;
use super::row::Row;
use super::{Store, StoreError, written};
use crate::node::Flavor;

const WHAT: &str = "flavor";

impl Store {
    /// Keeps a new flavour.
    pub async fn insert_flavor(&self, new: &Flavor) -> Result<(), StoreError> {
        let sql = "INSERT INTO flavors (uuid, name, name_folded, properties, created_at, updated_at) \
                   VALUES ($1, $2, $3, $4, $5, $6)";
        let arguments = arguments![
            new.uuid,
            new.name.as_str(),
            fold(&new.name),
            written(&new.properties)?,
            new.created_at,
            new.updated_at,
        ];
        let inserted = self.pool.execute(sql, arguments).await;
        inserted.map(drop).map_err(|error| taken(error, new))
    }

    /// Replaces what is kept of the flavour with this uuid.
    pub async fn update_flavor(&self, changed: &Flavor) -> Result<(), StoreError> {
        let sql = "UPDATE flavors SET name = $2, name_folded = $3, properties = $4, updated_at = $5 \
                   WHERE uuid = $1";
        let arguments = arguments![
            changed.uuid,
            changed.name.as_str(),
            fold(&changed.name),
            written(&changed.properties)?,
            changed.updated_at,
        ];
        let touched = self.pool.execute(sql, arguments).await;
        found(
            touched.map_err(|error| taken(error, changed))?,
            changed.uuid,
        )
    }

    /// All of them, by name.
    pub async fn flavors(&self) -> Result<Vec<Flavor>, StoreError> {
        let sql = "SELECT * FROM flavors ORDER BY name_folded";
        let rows = self.pool.rows(sql, arguments![]).await?;
        rows.iter().map(read).collect()
    }

    /// The one with this uuid or name.
    pub async fn flavor(&self, wanted: &str) -> Result<Flavor, StoreError> {
        let sql = "SELECT * FROM flavors WHERE uuid = $1 OR name_folded = $1 \
                   ORDER BY CASE WHEN uuid = $1 THEN 0 ELSE 1 END";
        let rows = self.pool.rows(sql, arguments![fold(wanted)]).await?;
        match rows.first() {
            Some(row) => read(row),
            None => Err(StoreError::NotFound {
                what: WHAT,
                wanted: crate::text::tame(wanted, 200),
            }),
        }
    }

    /// Forgets a flavour. Nodes that were composed by it stay as they are.
    pub async fn delete_flavor(&self, uuid: Uuid) -> Result<(), StoreError> {
        let sql = "DELETE FROM flavors WHERE uuid = $1";
        found(self.pool.execute(sql, arguments![uuid]).await?, uuid)
    }
}

fn read(row: &Row) -> Result<Flavor, StoreError> {
    Ok(Flavor {
        uuid: row.uuid("uuid")?,
        name: row.text("name")?,
        properties: row.json("properties")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

fn found(touched: u64, uuid: Uuid) -> Result<(), StoreError> {
    match touched {
        0 => Err(StoreError::NotFound {
            what: WHAT,
            wanted: uuid.to_string(),
        }),
        _ => Ok(()),
    }
}

fn taken(error: sqlx::Error, of: &Flavor) -> StoreError {
    match unique_index(&error).as_deref() {
        Some("flavors_name_folded") => StoreError::Duplicate {
            what: WHAT,
            field: "name",
            value: of.name.clone(),
        },
        _ => error.into(),
    }
}

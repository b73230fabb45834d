//! Pod managers.

use uuid::Uuid;

use super::nodes::fold;
use super::pool::{Argument, arguments};
use super::row::Row;
use super::{Store, StoreError, sqlite};
use crate::node::{CredentialsSource, PodManager, PodManagerDriver, ServiceAuth, VerifyCa};

const WHAT: &str = "pod manager";

impl Store {
    /// Keeps a new pod manager.
    pub async fn insert_pod_manager(&self, new: &PodManager) -> Result<(), StoreError> {
        self.pool
            .execute(
                "INSERT INTO pod_managers (uuid, name, name_folded, url, address, driver, \
                 credentials_name, credentials_username, credentials_sealed, verify_ca, \
                 ironic_verify_ca, configured, updated_at, auth, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
                columns(new)
                    .into_iter()
                    .chain(arguments![new.created_at])
                    .collect(),
            )
            .await
            .map(drop)
            .map_err(|error| taken(error, new))
    }

    /// Replaces what is kept of the pod manager with this uuid.
    pub async fn update_pod_manager(&self, changed: &PodManager) -> Result<(), StoreError> {
        let touched = self
            .pool
            .execute(
                "UPDATE pod_managers SET name = $2, name_folded = $3, url = $4, address = $5, \
                 driver = $6, credentials_name = $7, credentials_username = $8, \
                 credentials_sealed = $9, verify_ca = $10, ironic_verify_ca = $11, \
                 configured = $12, updated_at = $13, auth = $14 WHERE uuid = $1",
                columns(changed),
            )
            .await
            .map_err(|error| taken(error, changed))?;
        found(touched, changed.uuid)
    }

    /// All pod managers, by name.
    pub async fn pod_managers(&self) -> Result<Vec<PodManager>, StoreError> {
        let sql = "SELECT * FROM pod_managers ORDER BY name_folded";
        let rows = self.pool.rows(sql, arguments![]).await?;
        rows.iter().map(read).collect()
    }

    /// The pod manager with this uuid, or else with this name, without regard to
    /// case.
    pub async fn pod_manager(&self, wanted: &str) -> Result<PodManager, StoreError> {
        self.find_pod_manager(wanted)
            .await?
            .ok_or_else(|| StoreError::NotFound {
                what: WHAT,
                wanted: crate::text::tame(wanted, 200),
            })
    }

    async fn find_pod_manager(&self, wanted: &str) -> Result<Option<PodManager>, StoreError> {
        let rows = self
            .pool
            .rows(
                "SELECT * FROM pod_managers WHERE uuid = $1 OR name_folded = $1 \
                 ORDER BY CASE WHEN uuid = $1 THEN 0 ELSE 1 END",
                arguments![fold(wanted)],
            )
            .await?;
        rows.first().map(read).transpose()
    }

    /// Forgets a pod manager that has no nodes.
    pub async fn delete_pod_manager(&self, uuid: Uuid) -> Result<(), StoreError> {
        let sql = "DELETE FROM pod_managers WHERE uuid = $1";
        let touched =
            self.pool
                .execute(sql, arguments![uuid])
                .await
                .map_err(|error| match error {
                    sqlx::Error::Database(refusal) if refusal.is_foreign_key_violation() => {
                        StoreError::InUse {
                            what: WHAT,
                            wanted: uuid.to_string(),
                            by: "nodes",
                        }
                    }
                    error => error.into(),
                })?;
        found(touched, uuid)
    }

    /// Keeps a pod manager that the configuration declares. One of the same name
    /// stays the one it was (`uuid`, `created_at`), whoever made it, and takes
    /// over everything else. What is kept then is returned.
    pub async fn upsert_configured(&self, declared: &PodManager) -> Result<PodManager, StoreError> {
        let mut kept = PodManager {
            configured: true,
            ..declared.clone()
        };
        match self.find_pod_manager(&declared.name).await? {
            Some(known) => {
                kept.uuid = known.uuid;
                kept.created_at = known.created_at;
                self.update_pod_manager(&kept).await?;
            }
            None => match self.insert_pod_manager(&kept).await {
                // Another server that starts now was quicker.
                Err(StoreError::Duplicate { field: "name", .. }) => {
                    let known = self.pod_manager(&declared.name).await?;
                    kept.uuid = known.uuid;
                    kept.created_at = known.created_at;
                }
                inserted => inserted?,
            },
        }
        Ok(kept)
    }

    /// Leaves pod managers that the configuration no longer declares to the API:
    /// all but `declared` are not `configured` any more. They are not forgotten,
    /// for nodes may stand behind them.
    pub async fn release_configured(&self, declared: &[Uuid]) -> Result<(), StoreError> {
        for known in self.pod_managers().await? {
            if known.configured && !declared.contains(&known.uuid) {
                let sql = "UPDATE pod_managers SET configured = 0 WHERE uuid = $1";
                self.pool.execute(sql, arguments![known.uuid]).await?;
            }
        }
        Ok(())
    }
}

/// Everything but `created_at`, in the order of both queries.
fn columns(of: &PodManager) -> Vec<Argument> {
    let (name, username, sealed) = match &of.credentials {
        CredentialsSource::Absent => (None, None, None),
        CredentialsSource::Named(name) => (Some(name.as_str()), None, None),
        CredentialsSource::Sealed { username, sealed } => {
            (None, Some(username.as_str()), Some(sealed.clone()))
        }
    };
    arguments![
        of.uuid,
        of.name.as_str(),
        fold(&of.name),
        of.url.as_str(),
        address(of),
        of.driver.name(),
        name,
        username,
        sealed,
        json(&of.verify_ca),
        of.ironic_verify_ca.as_ref().map(json).as_deref(),
        i64::from(of.configured),
        of.updated_at,
        of.auth.name(),
    ]
}

/// One form for all spellings of a service's address.
fn address(of: &PodManager) -> String {
    match url::Url::parse(of.address()) {
        Ok(url) => url.as_str().trim_end_matches('/').to_owned(),
        Err(_) => of.address().to_owned(),
    }
}

fn json(verify_ca: &VerifyCa) -> String {
    match verify_ca {
        VerifyCa::Check(check) => check.to_string(),
        VerifyCa::File(path) => serde_json::Value::from(path.as_str()).to_string(),
    }
}

fn read(row: &Row) -> Result<PodManager, StoreError> {
    let credentials = match row.get::<Option<String>>("credentials_name")? {
        Some(name) => CredentialsSource::Named(name),
        None => sealed(row)?,
    };
    Ok(PodManager {
        uuid: row.uuid("uuid")?,
        name: row.text("name")?,
        url: row.text("url")?,
        driver: row.parsed("driver", |text| {
            PodManagerDriver::ALL
                .into_iter()
                .find(|driver| driver.name() == text)
        })?,
        credentials,
        auth: row.parsed("auth", |text| {
            ServiceAuth::ALL
                .into_iter()
                .find(|auth| auth.name() == text)
        })?,
        verify_ca: row.json("verify_ca")?,
        ironic_verify_ca: row.optional_json("ironic_verify_ca")?,
        configured: row.number("configured")? != 0,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

/// The credentials in the columns `credentials_username` and
/// `credentials_sealed`.
pub(super) fn sealed(row: &Row) -> Result<CredentialsSource, StoreError> {
    let username = row.get::<Option<String>>("credentials_username")?;
    let sealed = row.get::<Option<Vec<u8>>>("credentials_sealed")?;
    Ok(match (username, sealed) {
        (Some(username), Some(sealed)) => CredentialsSource::Sealed { username, sealed },
        _ => CredentialsSource::Absent,
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

fn taken(error: sqlx::Error, of: &PodManager) -> StoreError {
    let (field, value) = match unique_index(&error).as_deref() {
        Some("pod_managers_name_folded") => ("name", &of.name),
        Some("pod_managers_address") => ("url", &of.url),
        _ => return error.into(),
    };
    StoreError::Duplicate {
        what: WHAT,
        field,
        value: value.clone(),
    }
}

/// The unique index that stood in a query's way. PostgreSQL names it, SQLite
/// names its columns.
pub(super) fn unique_index(error: &sqlx::Error) -> Option<String> {
    let refusal = error.as_database_error()?;
    if !refusal.is_unique_violation() {
        return None;
    }
    match refusal.constraint() {
        Some(name) => Some(name.to_owned()),
        None => sqlite::unique_index(refusal.message()),
    }
}

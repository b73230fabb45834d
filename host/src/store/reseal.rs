//! Sealing anew what is sealed, with the newest key, and putting another key in the
//! place of the one there is.

use uuid::Uuid;

use super::key_file;
use super::pool::arguments;
use super::{Purpose, Store, StoreError};

/// A table with what is sealed: how it is read, and how one is replaced. One that was
/// changed meanwhile is left alone, for it is sealed with the newest key then.
struct Table {
    read: &'static str,
    write: &'static str,
    purpose: fn(Uuid) -> Purpose,
}

const TABLES: [Table; 3] = [
    Table {
        read: "SELECT uuid AS id, uuid AS whose, credentials_sealed FROM pod_managers \
               WHERE credentials_sealed IS NOT NULL",
        write: "UPDATE pod_managers SET credentials_sealed = $3 \
                WHERE uuid = $1 AND credentials_sealed = $2",
        purpose: Purpose::PodManager,
    },
    Table {
        read: "SELECT id, id AS whose, credentials_sealed FROM registrations \
               WHERE credentials_sealed IS NOT NULL",
        write: "UPDATE registrations SET credentials_sealed = $3 \
                WHERE id = $1 AND credentials_sealed = $2",
        purpose: Purpose::Registration,
    },
    Table {
        read: "SELECT id, registration AS whose, credentials_sealed FROM updates \
               WHERE credentials_sealed IS NOT NULL",
        write: "UPDATE updates SET credentials_sealed = $3 \
                WHERE id = $1 AND credentials_sealed = $2",
        purpose: Purpose::Registration,
    },
];

impl Store {
    /// Seals everything anew that an older key of the key file sealed. Servers that
    /// know both keys may go on meanwhile. Gives how many passwords it were.
    pub async fn reseal(&self) -> Result<u64, StoreError> {
        let mut resealed = 0;
        for table in TABLES {
            for row in &self.pool.rows(table.read, arguments![]).await? {
                let purpose = (table.purpose)(row.uuid("whose")?);
                let sealed: Vec<u8> = row.get("credentials_sealed")?;
                if self.sealer.is_newest(purpose, &sealed) {
                    continue;
                }
                let secret = self.sealer.unseal(purpose, &sealed)?;
                let anew = self.sealer.seal(purpose, &secret)?;
                let arguments = arguments![row.uuid("id")?, Some(sealed), Some(anew)];
                resealed += self.pool.execute(table.write, arguments).await?;
            }
        }
        let sql = "UPDATE sealing SET fingerprint = $1, comparing = $2 WHERE id = 1";
        let comparing = Some(self.sealer.seal_comparing()?);
        let arguments = arguments![self.sealer.fingerprint(), comparing];
        self.pool.execute(sql, arguments).await?;
        Ok(resealed)
    }

    /// Puts a new key in the place of the one there is, with nobody else at the
    /// database: see [`Store::serve`]. Cut off at any moment it leaves a key file that
    /// opens everything. Gives how many passwords were sealed anew.
    pub async fn rotate_key(
        url: &str,
        key_file: Option<&std::path::Path>,
    ) -> Result<u64, StoreError> {
        let before = Self::open(url, key_file).await?;
        before.serve().await?;
        if let Some(other) = before.present().await?.first() {
            return Err(StoreError::ServedBy {
                name: other.name.clone(),
            });
        }
        let Some(path) = &before.key_file else {
            return Ok(0);
        };
        let newest = key_file::random()?;
        let mut keys = vec![newest.clone()];
        keys.extend(key_file::read(path)?.unwrap_or_default());
        key_file::replace(path, &keys)?;
        let with_both = Self::open(url, key_file).await?;
        let resealed = with_both.reseal().await?;
        with_both.close().await;
        key_file::replace(path, &[newest])?;
        Ok(resealed)
    }
}

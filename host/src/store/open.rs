//! Opening the database and the key that belongs to it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::entries::Entries;
use super::key_file::{self, Key};
use super::leases::Leases;
use super::pool::{Pool, arguments};
use super::seal::Sealer;
use super::{StoreError, postgres, sqlite};

/// What Valence remembers.
pub struct Store {
    pub(super) pool: Pool,
    /// For what must not wait until those of `pool` are free: that this server is there,
    /// and holds on to what it works on.
    pub(super) beside: Pool,
    pub(super) sealer: Sealer,
    pub(super) entries: Entries,
    pub(super) leases: Arc<Leases>,
    /// The file of a SQLite database.
    file: Option<PathBuf>,
    /// Where the keys are; none for one in memory.
    pub(super) key_file: Option<PathBuf>,
    /// Held while this process serves with it.
    serving: OnceLock<File>,
}

impl Store {
    /// Opens the database at `url` (`sqlite:///path`, `sqlite::memory:` or
    /// `postgres://…`), brings its tables up to date, and reads the key that its
    /// secrets are sealed with.
    ///
    /// A SQLite file that does not exist is made, and so is its key, beside it
    /// (`valence.key` for `valence.db`) unless `key_file` names another place.
    pub async fn open(url: &str, key_file: Option<&Path>) -> Result<Self, StoreError> {
        let (pool, beside, file) = if url.starts_with("sqlite:") {
            let (connections, file) = sqlite::open(url).await?;
            let beside = Pool::Sqlite(connections.clone());
            (Pool::Sqlite(connections), beside, file)
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            if key_file.is_none() {
                return Err(StoreError::KeyFileUnnamed);
            }
            let pool = postgres::open(url).await?;
            (
                Pool::Postgres(pool),
                Pool::Postgres(postgres::beside(url)?),
                None,
            )
        } else {
            return Err(StoreError::Url);
        };
        let made = file.as_ref().map(|file| file.with_extension("key"));
        let key_file: Option<PathBuf> = key_file.map(Path::to_owned).or(made);
        let sealer = unlock(&pool, key_file.as_deref()).await?;
        let is_shared = matches!(pool, Pool::Postgres(_));
        Ok(Self {
            leases: Arc::new(Leases::new(is_shared)),
            file,
            key_file,
            serving: OnceLock::new(),
            pool,
            beside,
            sealer,
            entries: Entries::default(),
        })
    }

    /// Whether the keys in `key_file`, if it is there, can be used for a database. None is
    /// made.
    pub fn check_key_file(key_file: &Path) -> Result<(), StoreError> {
        key_file::read(key_file).map(drop)
    }

    /// Makes this process one that serves with the database. Of a SQLite file that is
    /// one at a time, and what its predecessor worked on is its own at once;
    /// on PostgreSQL there may be others, whose work is theirs.
    pub async fn serve(&self) -> Result<(), StoreError> {
        if let Some(file) = &self.file {
            let _ = self.serving.set(sqlite::claim(file)?);
            self.pool
                .execute("DELETE FROM leases", arguments![])
                .await?;
        }
        self.sweep_leases().await
    }

    /// Whether the database answers.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.pool.rows("SELECT 1", arguments![]).await?;
        Ok(())
    }

    /// Waits until what is being written is written, and closes the database.
    pub async fn close(&self) {
        self.beside.close().await;
        self.pool.close().await;
    }
}

/// The sealer with the keys of this database. The fingerprint of one of them stands in
/// the database from the first start, so that a lost or changed key is found out
/// here and not at the first password.
async fn unlock(pool: &Pool, key_file: Option<&Path>) -> Result<Sealer, StoreError> {
    let stored = sealing(pool).await?;
    let keys: Vec<Key> = match key_file {
        None => vec![key_file::random()?],
        Some(path) => match key_file::read(path)? {
            Some(keys) => keys,
            None if stored.is_some() => {
                return Err(StoreError::KeyFileGone {
                    path: path.to_owned(),
                });
            }
            None => key_file::make(path)?,
        },
    };
    let wrong = || StoreError::WrongKey {
        key_file: key_file.map_or_else(String::new, |path| path.display().to_string()),
    };
    let mut sealer = Sealer::new(&keys).ok_or_else(wrong)?;
    pool.execute(
        "INSERT INTO sealing (id, fingerprint) VALUES (1, $1) ON CONFLICT DO NOTHING",
        arguments![sealer.fingerprint()],
    )
    .await?;
    let (fingerprint, comparing) = sealing(pool).await?.ok_or_else(wrong)?;
    match sealer.compare_as(&fingerprint, comparing.as_deref())? {
        true => Ok(sealer),
        false => Err(wrong()),
    }
}

/// The fingerprint of the key that seals, and what credentials are compared by.
async fn sealing(pool: &Pool) -> Result<Option<(String, Option<Vec<u8>>)>, StoreError> {
    let sql = "SELECT fingerprint, comparing FROM sealing WHERE id = 1";
    let rows = pool.rows(sql, arguments![]).await?;
    let read = |row: &super::row::Row| Ok((row.text("fingerprint")?, row.get("comparing")?));
    rows.first().map(read).transpose()
}

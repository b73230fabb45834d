//! The servers that share the database, and what each serves with.

use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use super::pool::arguments;
use super::row::{Row, now};
use super::{Store, StoreError};

/// How long a server counts as there since it last said so.
const TERM: Duration = Duration::from_secs(15);

/// A server, and what it serves with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    /// Its process.
    pub id: Uuid,
    /// The machine that it runs on, and where it listens.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The digest of its chain of hooks.
    pub chain: String,
    /// The digest of what of its configuration is to be the same everywhere.
    pub configuration: String,
    /// When it was started.
    pub started: Timestamp,
}

macro_rules! appear {
    ($now:literal) => {
        concat!(
            "INSERT INTO replicas (id, name, version, chain, configuration, started, expires) \
             VALUES ($1, $2, $3, $4, $5, $6, ",
            $now,
            " + $7) ON CONFLICT (id) DO UPDATE SET chain = excluded.chain, \
             expires = excluded.expires"
        )
    };
}

macro_rules! present {
    ($now:literal) => {
        concat!(
            "SELECT * FROM replicas WHERE expires >= ",
            $now,
            " ORDER BY started, id"
        )
    };
}

macro_rules! forget {
    ($now:literal) => {
        concat!("DELETE FROM replicas WHERE expires < ", $now)
    };
}

pub(super) use {appear, forget, present};

impl Store {
    /// Notes that this server is there, and what it serves with. Gives all that are.
    pub async fn appear(&self, this: &Replica) -> Result<Vec<Replica>, StoreError> {
        let dialect = self.pool.dialect();
        let term = i64::try_from(TERM.as_micros()).unwrap_or(i64::MAX);
        let columns = arguments![
            this.id,
            this.name.as_str(),
            this.version.as_str(),
            this.chain.as_str(),
            this.configuration.as_str(),
            this.started,
            term,
        ];
        self.beside.execute(dialect.forget, arguments![]).await?;
        self.beside.execute(dialect.appear, columns).await?;
        self.present().await
    }

    /// The servers that are there.
    pub async fn present(&self) -> Result<Vec<Replica>, StoreError> {
        let sql = self.beside.dialect().present;
        let rows = self.beside.rows(sql, arguments![]).await?;
        rows.iter().map(read).collect()
    }

    /// What this server is, at its start.
    pub fn this_replica(&self, name: String, chain: String, configuration: String) -> Replica {
        Replica {
            id: self.replica(),
            name,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            chain,
            configuration,
            started: now(),
        }
    }
}

fn read(row: &Row) -> Result<Replica, StoreError> {
    Ok(Replica {
        id: row.uuid("id")?,
        name: row.text("name")?,
        version: row.text("version")?,
        chain: row.text("chain")?,
        configuration: row.text("configuration")?,
        started: row.time("started")?,
    })
}

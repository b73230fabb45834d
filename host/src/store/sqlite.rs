//! What is SQLite's own: where its file is, how it is opened, and how it says
//! which rule was broken.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use rustix::fs::FlockOperation;
use rustix::io::Errno;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqlitePool, Transaction};

use super::StoreError;
use super::compositions::sent;
use super::leases::{clock, renew, renew_all, sweep, take};
use super::migrations::{SQLITE, migrator};
use super::pool::Dialect;
use super::replicas::{appear, forget, present};
use super::transitions::{set_out, to_carry_on};

/// The database's clock, in microseconds since 1970.
macro_rules! by_its_clock {
    (renew_all) => {
        renew_all!("CAST(unixepoch('subsec') * 1000000 AS INTEGER)", "")
    };
    ($statement:ident) => {
        $statement!("CAST(unixepoch('subsec') * 1000000 AS INTEGER)")
    };
}

pub(super) static DIALECT: Dialect = Dialect {
    take: by_its_clock!(take),
    renew: by_its_clock!(renew),
    renew_all: by_its_clock!(renew_all),
    sweep: by_its_clock!(sweep),
    appear: by_its_clock!(appear),
    present: by_its_clock!(present),
    forget: by_its_clock!(forget),
    to_carry_on: by_its_clock!(to_carry_on),
    set_out: by_its_clock!(set_out),
    sent: by_its_clock!(sent),
    clock: by_its_clock!(clock),
    // One writes at a time anyway.
    lock: "",
};

/// Connections to one database. SQLite lets one write at a time: those who wait for
/// its lock sleep and try again, those who wait for a connection are woken in turn.
#[derive(Clone)]
pub(super) struct Connections {
    /// The one that writes.
    pub(super) writer: SqlitePool,
    /// Those that read meanwhile.
    pub(super) readers: SqlitePool,
}

/// Opens the database at `url`, and makes it where there is none. Also gives the
/// path of its file, which one in memory has not.
pub(super) async fn open(url: &str) -> Result<(Connections, Option<PathBuf>), StoreError> {
    let options = SqliteConnectOptions::from_str(url).map_err(|_| StoreError::Url)?;
    let in_memory = url.contains(":memory:") || url.contains("mode=memory");
    let file = (!in_memory).then(|| options.get_filename().to_owned());
    if let Some(file) = &file {
        prepare(file)?;
    }
    let options = options
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10));
    // It lives as long as its connection, if it is in memory.
    let one = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None);
    let connections = match &file {
        Some(_) => {
            // FULL: an intent must be on the disk before Ironic hears of it.
            let options = options
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full);
            let writer = one.connect_with(options.clone()).await?;
            let readers = SqlitePoolOptions::new().max_connections(4);
            Connections {
                readers: readers.connect_lazy_with(options),
                writer,
            }
        }
        None => {
            let writer = one.connect_with(options).await?;
            Connections {
                readers: writer.clone(),
                writer,
            }
        }
    };
    migrator(SQLITE)
        .run(&connections.writer)
        .await
        .map_err(StoreError::Migration)?;
    Ok((connections, file))
}

/// Makes the file, and its directory, so that only their owner may read them.
/// SQLite gives its other files the mode of this one.
fn prepare(file: &Path) -> Result<(), StoreError> {
    if let Some(directory) = file.parent().filter(|path| !path.as_os_str().is_empty()) {
        let mut make = DirBuilder::new();
        make.recursive(true).mode(0o700);
        make.create(directory)
            .map_err(|source| StoreError::Directory {
                path: directory.to_owned(),
                source,
            })?;
    }
    let mut make = OpenOptions::new();
    make.write(true).create_new(true).mode(0o600);
    match make.open(file) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(StoreError::File {
            path: file.to_owned(),
            source,
        }),
    }
}

/// Takes the database in `file` for this process, until what this gives is dropped:
/// by the lock of a file beside it, for SQLite's own come and go with each write.
pub(super) fn claim(file: &Path) -> Result<File, StoreError> {
    let path = file.with_extension("lock");
    let mut open = OpenOptions::new();
    let lock = open.write(true).create(true).truncate(false).mode(0o600);
    let failed = |source| StoreError::File {
        path: path.clone(),
        source,
    };
    let lock = lock.open(&path).map_err(failed)?;
    match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(lock),
        Err(Errno::WOULDBLOCK) => Err(StoreError::Served {
            path: file.to_owned(),
        }),
        Err(error) => Err(failed(error.into())),
    }
}

/// Takes the write lock at once: one taken later could fail instead of wait.
pub(super) async fn begin(pool: &SqlitePool) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
    pool.begin_with("BEGIN IMMEDIATE").await
}

/// The unique index that `message` complains of: `UNIQUE constraint failed: t.a,
/// t.b` is of the index `t_a_b`.
pub(super) fn unique_index(message: &str) -> Option<String> {
    let columns = message.strip_prefix("UNIQUE constraint failed: ")?;
    let mut name = String::new();
    for column in columns.split(", ") {
        let (table, column) = column.split_once('.')?;
        if name.is_empty() {
            name.push_str(table);
        }
        name.push('_');
        name.push_str(column);
    }
    Some(name)
}

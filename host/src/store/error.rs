//! What can go wrong with what is remembered.

use std::path::PathBuf;

use uuid::Uuid;

use super::{RegistrationState, Work};
use crate::failure::{Cause, Failure};

/// What can go wrong with what is remembered.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such record.
    #[error("there is no {what} `{wanted}`")]
    NotFound {
        /// What kind of record.
        what: &'static str,
        /// What was asked for.
        wanted: String,
    },
    /// A value that must be unique is another record's.
    #[error("there is a {what} with the {field} `{value}` already")]
    Duplicate {
        /// What kind of record.
        what: &'static str,
        /// Which of its values.
        field: &'static str,
        /// The value.
        value: String,
    },
    /// A record on which others depend.
    #[error("the {what} `{wanted}` has {by} still; delete them first")]
    InUse {
        /// What kind of record.
        what: &'static str,
        /// Which.
        wanted: String,
        /// What depends on it.
        by: &'static str,
    },
    /// The node has a registration that is under way or in force.
    #[error(
        "node `{node}` has a registration that is {} already: `{registration}`",
        state.name()
    )]
    Registered {
        /// The node's uuid in Valence.
        node: Uuid,
        /// The registration that is in the way.
        registration: Uuid,
        /// How far it is.
        state: RegistrationState,
    },
    /// The system behind the BMC is registered as another node.
    #[error(
        "the system is registered as another node already{}",
        node.map(|node| format!(": `{node}`")).unwrap_or_default()
    )]
    SystemTaken {
        /// That node's uuid in Valence, if it is still on record.
        node: Option<Uuid>,
    },
    /// The registration is not in a state from which this could be done.
    #[error(
        "registration `{registration}` is {}, not {}: it has gone on meanwhile; ask again",
        is.name(),
        needed.name()
    )]
    State {
        /// The registration.
        registration: Uuid,
        /// The state that it is in.
        is: RegistrationState,
        /// The state that it had to be in.
        needed: RegistrationState,
    },
    /// `[store] url` cannot be understood. It is not repeated: it may hold a
    /// password.
    #[error(
        "the database's url is to be `sqlite:///path/to/file`, `sqlite::memory:` or `postgres://…`"
    )]
    Url,
    /// A directory that is needed cannot be made.
    #[error(
        "the directory `{}` for the database cannot be made; make it, or name another place in `[store] url`",
        path.display()
    )]
    Directory {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The database's file cannot be made or opened.
    #[error("the database `{}` cannot be opened", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Another process serves with this file.
    #[error(
        "the database `{}` is served by another valence already; several servers share a PostgreSQL database, and each SQLite file is one's alone",
        path.display()
    )]
    Served {
        /// Which.
        path: PathBuf,
    },
    /// A server is at the database, which is to be left alone for this.
    #[error(
        "`{name}` serves with this database: stop it first, or seal anew with several keys in the key file, as docs/operations.md says"
    )]
    ServedBy {
        /// Which.
        name: String,
    },
    /// The lease on what was to be written is not this server's any more.
    #[error(
        "another server has taken over {work}, since this one was too slow: what had been begun is finished there"
    )]
    TakenOver {
        /// What.
        work: Work,
    },
    /// PostgreSQL has no directory in which a key could be made.
    #[error(
        "a PostgreSQL database needs `[store] key_file`: a file with the key that seals passwords, the same for every server"
    )]
    KeyFileUnnamed,
    /// The key file cannot be read or made.
    #[error("the key file `{}` cannot be read or made", path.display())]
    KeyFile {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Others than its owner may read or write the key file.
    #[error("the key file `{}` is open to others than its owner (mode {mode:04o}); `chmod 600` it", path.display())]
    KeyFileOpen {
        /// Which.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// What is in the key file is no key.
    #[error("the key file `{}` holds no key: it is to hold 64 hexadecimal digits, or several keys, one a line", path.display())]
    KeyFileBad {
        /// Which.
        path: PathBuf,
    },
    /// There are secrets, and the key that sealed them is gone.
    #[error("the key file `{}` is missing, and this database was sealed with it; put it back, or name it in `[store] key_file`", path.display())]
    KeyFileGone {
        /// Which.
        path: PathBuf,
    },
    /// The key is not the one with which the database's secrets were sealed.
    #[error(
        "the key in `{key_file}` is not the one that this database was sealed with; name the right one in `[store] key_file`"
    )]
    WrongKey {
        /// The key file.
        key_file: String,
    },
    /// A sealed secret does not open: it was changed, or belongs elsewhere.
    #[error(
        "a sealed password does not open: it was altered, or belongs to another record; give it anew"
    )]
    Unsealing,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random(#[source] getrandom::Error),
    /// A value in the database that Valence did not write.
    #[error("column `{column}` holds a value that cannot be understood: {reason}")]
    Corrupt {
        /// Where.
        column: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The database's tables are not those of this version.
    #[error(
        "the database's tables cannot be brought up to this version of valence; where a newer one has written them, run that one: there is no way back"
    )]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// There is no connection to the database at a start.
    #[error(
        "the database at `{at}` cannot be reached, or does not let us in: start it, or see `[store] url`"
    )]
    Away {
        /// Its host and port, or its socket.
        at: String,
        /// Why not.
        source: sqlx::Error,
    },
    /// The database failed.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl StoreError {
    /// What the caller of Valence is told.
    pub fn into_failure(self) -> Failure {
        match self {
            Self::NotFound { .. } => Failure::new(Cause::NotFound, self.to_string()),
            Self::Duplicate { .. }
            | Self::InUse { .. }
            | Self::Registered { .. }
            | Self::SystemTaken { .. }
            | Self::ServedBy { .. }
            | Self::TakenOver { .. }
            | Self::State { .. } => Failure::new(Cause::Conflict, self.to_string()),
            Self::Url
            | Self::Directory { .. }
            | Self::File { .. }
            | Self::Served { .. }
            | Self::KeyFileUnnamed
            | Self::KeyFile { .. }
            | Self::KeyFileOpen { .. }
            | Self::KeyFileBad { .. }
            | Self::KeyFileGone { .. }
            | Self::WrongKey { .. }
            | Self::Migration(_)
            | Self::Away { .. } => {
                Failure::new(Cause::BadConfiguration, self.to_string()).because(self)
            }
            Self::Unsealing | Self::Random(_) | Self::Corrupt { .. } | Self::Database(_) => {
                Failure::internal(self)
            }
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        error.into_failure()
    }
}

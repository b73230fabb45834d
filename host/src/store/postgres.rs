//! What is PostgreSQL's own.

use std::str::FromStr as _;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgConnection, PgPool};

use super::StoreError;
use super::compositions::sent;
use super::leases::{clock, renew, renew_all, sweep, take};
use super::migrations::{POSTGRES, migrator};
use super::pool::Dialect;
use super::replicas::{appear, forget, present};
use super::transitions::{set_out, to_carry_on};

/// The database's clock, in microseconds since 1970.
macro_rules! by_its_clock {
    (renew_all) => {
        renew_all!(
            "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT",
            " FOR UPDATE SKIP LOCKED"
        )
    };
    ($statement:ident) => {
        $statement!("(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT")
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
    lock: " FOR SHARE",
};

/// For how long a transaction may stand still, as PostgreSQL writes it: as long as a
/// lease holds. A server that is stopped in the midst of one locks rows that whoever
/// takes its work over needs.
const STANDING_STILL: (&str, &str) = ("idle_in_transaction_session_timeout", "10s");

/// For how long a statement may take, as PostgreSQL writes it: longer than a transaction
/// may stand still, so that whoever waits for that has its turn. One that waits for a
/// lock is ended by the database, and so never carried out after its caller was told that
/// it failed. What `lent.rs` does is for a database that is not there to do so.
const STATEMENT: (&str, &str) = ("statement_timeout", "15s");

/// A connection of its own to the database at `url`, opened when it is needed.
pub(super) fn beside(url: &str) -> Result<PgPool, StoreError> {
    let options = options(url)?.options([STATEMENT]);
    let one = PgPoolOptions::new().max_connections(1);
    Ok(one.connect_lazy_with(options))
}

fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(url).map_err(|_| StoreError::Url)?;
    Ok(options.options([STANDING_STILL]))
}

/// Opens the database at `url`, which must exist.
pub(super) async fn open(url: &str) -> Result<PgPool, StoreError> {
    // Bringing the tables up to date takes as long as it takes.
    let plain = options(url)?;
    let one = PgPoolOptions::new().max_connections(1);
    let one = match one.connect_with(plain.clone()).await {
        Ok(one) => one,
        Err(error) => return Err(away(&plain, error).await),
    };
    migrator(POSTGRES)
        .run(&one)
        .await
        .map_err(StoreError::Migration)?;
    one.close().await;
    let pool = PgPoolOptions::new().max_connections(16);
    Ok(pool
        .connect_with(options(url)?.options([STATEMENT]))
        .await?)
}

/// Why there is no connection. A pool only says that time is up, and one try says why.
async fn away(options: &PgConnectOptions, error: sqlx::Error) -> StoreError {
    let source = match error {
        sqlx::Error::PoolTimedOut => match PgConnection::connect_with(options).await {
            Err(error) => error,
            Ok(_) => error,
        },
        error => error,
    };
    let at = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    StoreError::Away { at, source }
}

//! What is PostgreSQL's own.

use std::str::FromStr as _;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::StoreError;
use super::migrations::{POSTGRES, migrator};

/// Opens the database at `url`, which must exist.
pub(super) async fn open(url: &str) -> Result<PgPool, StoreError> {
    let options = PgConnectOptions::from_str(url).map_err(|_| StoreError::Url)?;
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .connect_with(options)
        .await?;
    migrator(POSTGRES)
        .run(&pool)
        .await
        .map_err(StoreError::Migration)?;
    Ok(pool)
}

//! Columns as the types that the records have.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Postgres, Row as _, Sqlite, Type};
use uuid::Uuid;

use super::StoreError;

/// One row of either database.
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The column as the database has it.
    pub(super) fn get<'r, T>(&'r self, column: &'static str) -> Result<T, StoreError>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>,
    {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    pub(super) fn text(&self, column: &'static str) -> Result<String, StoreError> {
        self.get(column)
    }

    /// Text that is a `T`.
    pub(super) fn parsed<T>(
        &self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        let text = self.text(column)?;
        parse(&text).ok_or_else(|| StoreError::Corrupt {
            column,
            reason: format!("`{}` is none of its values", crate::text::tame(&text, 80)),
        })
    }

    pub(super) fn uuid(&self, column: &'static str) -> Result<Uuid, StoreError> {
        self.parsed(column, |text| text.parse().ok())
    }

    pub(super) fn optional_uuid(&self, column: &'static str) -> Result<Option<Uuid>, StoreError> {
        match self.get::<Option<String>>(column)? {
            Some(_) => self.uuid(column).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn time(&self, column: &'static str) -> Result<Timestamp, StoreError> {
        let microseconds = self.get(column)?;
        Timestamp::from_microsecond(microseconds).map_err(|error| StoreError::Corrupt {
            column,
            reason: error.to_string(),
        })
    }

    pub(super) fn number(&self, column: &'static str) -> Result<u32, StoreError> {
        let number: i64 = self.get(column)?;
        u32::try_from(number).map_err(|error| StoreError::Corrupt {
            column,
            reason: error.to_string(),
        })
    }

    pub(super) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        let text = self.text(column)?;
        serde_json::from_str(&text).map_err(|error| StoreError::Corrupt {
            column,
            reason: error.to_string(),
        })
    }

    pub(super) fn optional_json<T: DeserializeOwned>(
        &self,
        column: &'static str,
    ) -> Result<Option<T>, StoreError> {
        match self.get::<Option<String>>(column)? {
            Some(_) => self.json(column).map(Some),
            None => Ok(None),
        }
    }
}

/// The time, to the microsecond: as exact as the database keeps it, so that a
/// record equals what is read back.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

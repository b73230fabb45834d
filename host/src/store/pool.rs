//! One face over the two databases: the same query goes to either.

use sqlx::{PgPool, Sqlite};

use super::leases::Fence;
use super::lent::{Lent, Open};
use super::row::Row;
use super::{StoreError, postgres, sqlite};

/// A value for a `$n` of a query.
pub(super) enum Argument {
    /// For TEXT columns.
    Text(Option<String>),
    /// For BIGINT columns.
    Integer(i64),
    /// For BLOB and BYTEA columns.
    Bytes(Option<Vec<u8>>),
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<Option<&str>> for Argument {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<uuid::Uuid> for Argument {
    fn from(uuid: uuid::Uuid) -> Self {
        Self::Text(Some(uuid.to_string()))
    }
}

impl From<Option<uuid::Uuid>> for Argument {
    fn from(uuid: Option<uuid::Uuid>) -> Self {
        Self::Text(uuid.map(|uuid| uuid.to_string()))
    }
}

impl From<jiff::Timestamp> for Argument {
    fn from(time: jiff::Timestamp) -> Self {
        Self::Integer(time.as_microsecond())
    }
}

impl From<i64> for Argument {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<Option<Vec<u8>>> for Argument {
    fn from(bytes: Option<Vec<u8>>) -> Self {
        Self::Bytes(bytes)
    }
}

/// The arguments of a query, in the order of its `$n`.
macro_rules! arguments {
    ($($value:expr),* $(,)?) => { vec![$($crate::store::pool::Argument::from($value)),*] };
}
pub(super) use arguments;

/// What the two say differently.
pub(super) struct Dialect {
    /// Takes a lease that nobody has, and gives its epoch.
    pub(super) take: &'static str,
    /// Renews a lease.
    pub(super) renew: &'static str,
    /// Renews all leases of a server, but those that somebody writes for right now.
    pub(super) renew_all: &'static str,
    /// Forgets leases that ended long ago.
    pub(super) sweep: &'static str,
    /// Notes that a server is there.
    pub(super) appear: &'static str,
    /// The servers that are there.
    pub(super) present: &'static str,
    /// Forgets servers that went long ago.
    pub(super) forget: &'static str,
    /// The transitions that this server may carry on.
    pub(super) to_carry_on: &'static str,
    /// Puts a transition on record.
    pub(super) set_out: &'static str,
    /// Notes that a pod manager is about to be asked to make a node.
    pub(super) sent: &'static str,
    /// What its clock shows.
    pub(super) clock: &'static str,
    /// What keeps a row that was looked at as it is until the end of a statement.
    pub(super) lock: &'static str,
}

/// The connections to the database.
#[derive(Clone)]
pub(super) enum Pool {
    Sqlite(sqlite::Connections),
    Postgres(PgPool),
}

/// Several queries, all of which happen or none.
pub(super) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(Open),
}

/// `sql` with its arguments, for the one database or the other: their types
/// differ, the text does not.
macro_rules! query {
    ($sql:expr, $arguments:expr) => {{
        let mut query = sqlx::query($sql);
        for argument in $arguments {
            query = match argument {
                Argument::Text(value) => query.bind(value),
                Argument::Integer(value) => query.bind(value),
                Argument::Bytes(value) => query.bind(value),
            };
        }
        query
    }};
}

impl Pool {
    pub(super) fn dialect(&self) -> &'static Dialect {
        match self {
            Self::Sqlite(_) => &sqlite::DIALECT,
            Self::Postgres(_) => &postgres::DIALECT,
        }
    }

    /// The rows that `sql`, which writes, gives back.
    pub(super) async fn written(
        &self,
        sql: &'static str,
        arguments: Vec<Argument>,
    ) -> Result<Vec<Row>, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(to) => {
                let rows = query!(sql, arguments).fetch_all(&to.writer).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Self::Postgres(pool) => {
                let mut lent = Lent::of(pool).await?;
                let rows = query!(sql, arguments).fetch_all(lent.next());
                let rows = Lent::ended(rows).await;
                lent.note(rows)?.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// Runs `sql` and says how many rows it touched.
    pub(super) async fn execute(
        &self,
        sql: &'static str,
        arguments: Vec<Argument>,
    ) -> Result<u64, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(to) => {
                let done = query!(sql, arguments).execute(&to.writer).await?;
                done.rows_affected()
            }
            Self::Postgres(pool) => {
                let mut lent = Lent::of(pool).await?;
                let done = Lent::ended(query!(sql, arguments).execute(lent.next())).await;
                lent.note(done)?.rows_affected()
            }
        })
    }

    /// The rows that `sql` finds.
    pub(super) async fn rows(
        &self,
        sql: &'static str,
        arguments: Vec<Argument>,
    ) -> Result<Vec<Row>, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(of) => {
                let rows = query!(sql, arguments).fetch_all(&of.readers).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Self::Postgres(pool) => {
                let mut lent = Lent::of(pool).await?;
                let rows = query!(sql, arguments).fetch_all(lent.next());
                let rows = Lent::ended(rows).await;
                lent.note(rows)?.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// Begins a transaction that will write.
    pub(super) async fn begin(&self) -> Result<Transaction, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(to) => Transaction::Sqlite(sqlite::begin(&to.writer).await?),
            Self::Postgres(pool) => Transaction::Postgres(Open::begin(pool).await?),
        })
    }

    /// Waits until all connections are closed.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(both) => {
                both.readers.close().await;
                both.writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Transaction {
    /// Goes on only if `fence` stands, which it does then until the end.
    pub(super) async fn hold(&mut self, fence: &Fence) -> Result<(), StoreError> {
        let sql = "UPDATE leases SET owner = owner WHERE work = $1 AND owner = $2 AND epoch = $3";
        match self.execute(sql, fence.arguments()).await? {
            0 => Err(StoreError::TakenOver { work: fence.work }),
            _ => Ok(()),
        }
    }

    /// Runs `sql` and says how many rows it touched.
    pub(super) async fn execute(
        &mut self,
        sql: &'static str,
        arguments: Vec<Argument>,
    ) -> Result<u64, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(of) => query!(sql, arguments)
                .execute(&mut **of)
                .await?
                .rows_affected(),
            Self::Postgres(of) => {
                let lent = of.lent()?;
                let done = Lent::ended(query!(sql, arguments).execute(lent.next())).await;
                lent.note(done)?.rows_affected()
            }
        })
    }

    /// Makes it all happen. Dropped without, none of it does.
    pub(super) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(transaction) => transaction.commit().await,
        }
    }
}

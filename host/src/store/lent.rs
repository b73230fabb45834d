//! A connection to PostgreSQL while somebody uses it.
//!
//! A database whose host has gone without a word answers nothing, and its connections
//! stay open until the kernel gives them up, a quarter of an hour later. So no statement
//! is waited for longer than [`PATIENCE`], and a connection on which one did not come to
//! its end, for that or because its caller has gone, is closed: back in the pool it would
//! keep a place there for as long.

use std::io;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgQueryResult;
use sqlx::{PgConnection, PgPool, Postgres};

/// How long a statement is waited for: longer than the database lets one take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection out of the pool.
pub(super) struct Lent {
    connection: PoolConnection<Postgres>,
    /// Whether no statement is under way on it.
    is_free: bool,
}

impl Lent {
    pub(super) async fn of(pool: &PgPool) -> Result<Self, sqlx::Error> {
        Ok(Self {
            connection: pool.acquire().await?,
            is_free: true,
        })
    }

    /// Where the next statement goes.
    pub(super) fn next(&mut self) -> &mut PgConnection {
        self.is_free = false;
        &mut self.connection
    }

    /// What the statement that went to [`Self::next`] comes to.
    pub(super) async fn ended<T>(
        statement: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        let answer = tokio::time::timeout(PATIENCE, statement).await;
        answer.unwrap_or_else(|_| Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into())))
    }

    /// Notes how it ended.
    pub(super) fn note<T>(&mut self, ended: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        self.is_free = matches!(ended, Ok(_) | Err(sqlx::Error::Database(_)));
        ended
    }

    async fn say(&mut self, words: &'static str) -> Result<PgQueryResult, sqlx::Error> {
        let said = Self::ended(sqlx::query(words).execute(self.next())).await;
        self.note(said)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if !self.is_free {
            self.connection.close_on_drop();
        }
    }
}

/// A transaction that is under way.
pub(super) struct Open(Option<Lent>);

impl Open {
    pub(super) async fn begin(pool: &PgPool) -> Result<Self, sqlx::Error> {
        let mut lent = Lent::of(pool).await?;
        lent.say("BEGIN").await?;
        Ok(Self(Some(lent)))
    }

    /// Its connection, which it has until its end.
    pub(super) fn lent(&mut self) -> Result<&mut Lent, sqlx::Error> {
        self.0.as_mut().ok_or(sqlx::Error::PoolClosed)
    }

    pub(super) async fn commit(mut self) -> Result<(), sqlx::Error> {
        match self.0.take() {
            Some(mut lent) => lent.say("COMMIT").await.map(drop),
            None => Ok(()),
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let Some(mut lent) = self.0.take() else {
            return;
        };
        if !lent.is_free {
            // The end of its connection is its own.
            return;
        }
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn(async move { lent.say("ROLLBACK").await });
            }
            Err(_) => lent.is_free = false,
        }
    }
}

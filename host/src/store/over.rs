//! What is forgotten of registrations and updates that are over: the passwords that
//! were sealed for them. Nobody needs them any more.

use uuid::Uuid;

use super::pool::{Transaction, arguments};

/// Of a registration that is over, and of the updates of one that are.
/// An update that failed may be tried again for as long as its registration goes on.
const FORGET: [&str; 2] = [
    "UPDATE registrations SET credentials_username = NULL, credentials_sealed = NULL \
     WHERE id = $1 AND state IN ('undone', 'removed', 'failed')",
    "UPDATE updates SET credentials_username = NULL, credentials_sealed = NULL \
     WHERE (registration = $1 OR id = $1) AND (state IN ('done', 'undone') \
     OR state = 'failed' AND EXISTS (SELECT 1 FROM registrations \
     WHERE registrations.id = updates.registration \
     AND registrations.state IN ('undone', 'removed', 'failed')))",
];

/// Forgets the passwords of what is over of the registration or update `id`.
pub(super) async fn forget_passwords(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<(), sqlx::Error> {
    for sql in FORGET {
        transaction.execute(sql, arguments![id]).await?;
    }
    Ok(())
}

/// The same, of all registrations of a node that have failed.
pub(super) async fn forget_passwords_of(
    transaction: &mut Transaction,
    node: Uuid,
) -> Result<(), sqlx::Error> {
    for sql in [
        "UPDATE registrations SET credentials_username = NULL, credentials_sealed = NULL \
         WHERE node = $1 AND state = 'failed'",
        "UPDATE updates SET credentials_username = NULL, credentials_sealed = NULL \
         WHERE state IN ('done', 'undone', 'failed') AND registration IN \
         (SELECT id FROM registrations WHERE node = $1 AND state = 'failed')",
    ] {
        transaction.execute(sql, arguments![node]).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

//! Updates: the intent to change a registration that is in force, or to adopt a
//! node, and what became of it.

use jiff::Timestamp;
use uuid::Uuid;

use super::over::forget_passwords;
use super::pod_managers::sealed;
use super::pool::arguments;
use super::row::{Row, now};
use super::transitions::Transition;
use super::{Registration, Store, StoreError, Work};
use crate::node::CredentialsSource;

/// How far an update is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UpdateState {
    /// Being written to Ironic.
    Applying,
    /// Ironic refused, and what had been changed is to be taken back.
    TakingBack,
    /// In force, or followed by one that is.
    Done,
    /// Ironic refused, and what had been changed is as it was.
    Undone,
    /// Given up half-way.
    Failed,
}

impl UpdateState {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Applying,
        Self::TakingBack,
        Self::Done,
        Self::Undone,
        Self::Failed,
    ];

    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Applying => "applying",
            Self::TakingBack => "taking-back",
            Self::Done => "done",
            Self::Undone => "undone",
            Self::Failed => "failed",
        }
    }

    /// Whether something is still to be done: what a start looks for.
    pub fn is_unfinished(self) -> bool {
        matches!(self, Self::Applying | Self::TakingBack)
    }
}

/// The intent to change what a registration comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// Its identity.
    pub id: Uuid,
    /// The registration that it changes.
    pub registration: Uuid,
    /// How far it is.
    pub state: UpdateState,
    /// As in [`Registration`].
    pub evaluation: String,
    /// As in [`Registration`].
    pub enrollment_digest: String,
    /// As in [`Registration`].
    pub credentials_hmac: String,
    /// As in [`Registration`].
    pub credentials: CredentialsSource,
    /// As in [`Registration`].
    pub chain_digest: String,
    /// What belonged to the node before, of what is changed, as JSON.
    pub before: String,
    /// What is to be said about its state, for people.
    pub detail: Option<String>,
    /// When it was intended.
    pub created_at: Timestamp,
}

pub(super) const UNFINISHED: &str = "SELECT * FROM updates \
                                     WHERE state IN ('applying', 'taking-back') \
                                     ORDER BY created_at, id";

impl Store {
    /// Puts a new update on record, with where the node is to be taken after it. One
    /// that was given up half-way before counts as failed from now on, and what was
    /// to follow that follows this one.
    pub async fn begin_update(
        &self,
        node: Uuid,
        new: &Update,
        transition: Option<&Transition>,
    ) -> Result<(), StoreError> {
        let at = now();
        let (username, sealed) = columns(&new.credentials);
        let mut transaction = self.begin_under(Work::Node(node)).await?;
        if let Some(transition) = transition {
            let columns = transition.columns();
            let sql = self.pool.dialect().set_out;
            transaction.execute(sql, columns).await?;
        }
        transaction
            .execute(
                "UPDATE updates SET state = 'failed', updated_at = $2 \
                 WHERE registration = $1 AND state IN ('applying', 'taking-back')",
                arguments![new.registration, at],
            )
            .await?;
        transaction
            .execute(
                "INSERT INTO updates (id, registration, state, evaluation, enrollment_digest, \
                 credentials_hmac, credentials_username, credentials_sealed, chain_digest, \
                 before, detail, created_at, updated_at, transition) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, \
                 COALESCE($14, (SELECT id FROM transitions WHERE registration = $2 \
                 AND state = 'running' AND EXISTS (SELECT 1 FROM updates AS former \
                 WHERE former.transition = transitions.id AND former.state = 'failed'))))",
                arguments![
                    new.id,
                    new.registration,
                    new.state.name(),
                    new.evaluation.as_str(),
                    new.enrollment_digest.as_str(),
                    new.credentials_hmac.as_str(),
                    username,
                    sealed,
                    new.chain_digest.as_str(),
                    new.before.as_str(),
                    new.detail.as_deref(),
                    new.created_at,
                    at,
                    transition.map(|transition| transition.id),
                ],
            )
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Those of a registration that may have left something in Ironic and did not
    /// come into force, the newest first.
    pub async fn open_updates(&self, registration: Uuid) -> Result<Vec<Update>, StoreError> {
        let rows = self
            .pool
            .rows(
                "SELECT * FROM updates WHERE registration = $1 \
                 AND state IN ('applying', 'taking-back', 'failed') ORDER BY created_at DESC, id",
                arguments![registration],
            )
            .await?;
        rows.iter().map(read).collect()
    }

    /// Those that were cut off, the oldest first.
    pub async fn unfinished_updates(&self) -> Result<Vec<Update>, StoreError> {
        let rows = self.pool.rows(UNFINISHED, arguments![]).await?;
        rows.iter().map(read).collect()
    }

    /// It did not come into force, or will not.
    pub async fn end_update(
        &self,
        node: Uuid,
        id: Uuid,
        state: UpdateState,
        detail: Option<&str>,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE updates SET state = $2, detail = $3, updated_at = $4 \
                   WHERE id = $1 AND state IN ('applying', 'taking-back')";
        let at = now();
        let arguments = arguments![id, state.name(), detail, at];
        let mut transaction = self.begin_under(Work::Node(node)).await?;
        let touched = transaction.execute(sql, arguments).await?;
        if touched > 0 && state != UpdateState::Done {
            // What was to follow the update does not. What was under way goes on.
            let sql = "UPDATE transitions SET state = 'cancelled', updated_at = $2, \
                       detail = 'the update that it was asked for with was not made' \
                       WHERE state = 'running' \
                       AND id = (SELECT transition FROM updates WHERE id = $1)";
            transaction.execute(sql, arguments![id, at]).await?;
        }
        forget_passwords(&mut transaction, id).await?;
        Ok(transaction.commit().await?)
    }

    /// It is in force: the registration is what the update made of it, or neither.
    pub async fn complete_update(
        &self,
        registration: &Registration,
        done: &Update,
    ) -> Result<(), StoreError> {
        let at = now();
        let (username, sealed) = columns(&done.credentials);
        let mut transaction = self.begin_under(Work::Node(registration.node)).await?;
        // First, as where the node is given up by force: each would wait for the other.
        transaction
            .execute(
                "UPDATE nodes SET updated_at = $2 WHERE uuid = $1",
                arguments![registration.node, at],
            )
            .await?;
        let touched = transaction
            .execute(
                "UPDATE registrations SET evaluation = $2, enrollment_digest = $3, \
                 credentials_hmac = $4, credentials_username = $5, credentials_sealed = $6, \
                 chain_digest = $7, detail = NULL, updated_at = $8 \
                 WHERE id = $1 AND state = 'complete'",
                arguments![
                    registration.id,
                    done.evaluation.as_str(),
                    done.enrollment_digest.as_str(),
                    done.credentials_hmac.as_str(),
                    username,
                    sealed,
                    done.chain_digest.as_str(),
                    at,
                ],
            )
            .await?;
        if touched == 0 {
            drop(transaction);
            let is = self.registration(registration.id).await?.state;
            return Err(StoreError::State {
                registration: registration.id,
                is,
                needed: super::RegistrationState::Complete,
            });
        }
        transaction
            .execute(
                "UPDATE updates SET state = 'done', updated_at = $2 \
                 WHERE registration = $1 AND state IN ('applying', 'taking-back', 'failed')",
                arguments![registration.id, at],
            )
            .await?;
        forget_passwords(&mut transaction, registration.id).await?;
        Ok(transaction.commit().await?)
    }
}

fn columns(credentials: &CredentialsSource) -> (Option<&str>, Option<Vec<u8>>) {
    match credentials {
        CredentialsSource::Sealed { username, sealed } => {
            (Some(username.as_str()), Some(sealed.clone()))
        }
        CredentialsSource::Absent | CredentialsSource::Named(_) => (None, None),
    }
}

fn read(row: &Row) -> Result<Update, StoreError> {
    Ok(Update {
        id: row.uuid("id")?,
        registration: row.uuid("registration")?,
        state: row.parsed("state", |text| {
            UpdateState::ALL
                .into_iter()
                .find(|state| state.name() == text)
        })?,
        evaluation: row.text("evaluation")?,
        enrollment_digest: row.text("enrollment_digest")?,
        credentials_hmac: row.text("credentials_hmac")?,
        credentials: sealed(row)?,
        chain_digest: row.text("chain_digest")?,
        before: row.text("before")?,
        detail: row.get("detail")?,
        created_at: row.time("created_at")?,
    })
}

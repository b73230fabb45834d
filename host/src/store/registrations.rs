//! Registrations: the lasting record of a node's enrolment, from intent to
//! deregistration.

use jiff::Timestamp;
use uuid::Uuid;

use super::nodes::found;
use super::over::{forget_passwords, forget_passwords_of};
use super::pod_managers::{sealed, unique_index};
use super::pool::{Transaction, arguments};
use super::row::{Row, now};
use super::transitions::{self, Transition};
use super::{Store, StoreError, Work, bmcs};
use crate::node::CredentialsSource;

const WHAT: &str = "registration";

/// How far a registration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RegistrationState {
    /// On record; Ironic has heard nothing yet.
    Intended,
    /// Being written to Ironic.
    Applying,
    /// In force.
    Complete,
    /// Ironic refused, and what had been made is gone again.
    Undone,
    /// Being taken out of Ironic.
    Removing,
    /// Out of Ironic.
    Removed,
    /// Given up, with something left to look at: `detail` says what.
    Failed,
}

impl RegistrationState {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Intended,
        Self::Applying,
        Self::Complete,
        Self::Undone,
        Self::Removing,
        Self::Removed,
        Self::Failed,
    ];

    /// The name in the database and in replies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Applying => "applying",
            Self::Complete => "complete",
            Self::Undone => "undone",
            Self::Removing => "removing",
            Self::Removed => "removed",
            Self::Failed => "failed",
        }
    }

    /// Whether something is still to be done: what a start looks for.
    pub fn is_unfinished(self) -> bool {
        matches!(self, Self::Intended | Self::Applying | Self::Removing)
    }

    /// Whether it is not in force and will not be.
    fn is_over(self) -> bool {
        matches!(self, Self::Undone | Self::Removed | Self::Failed)
    }
}

/// The lasting record of one node's enrolment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Its identity.
    pub id: Uuid,
    /// The node's uuid in Valence.
    pub node: Uuid,
    /// The node's epoch then.
    pub epoch: u32,
    /// The node's uuid in Ironic.
    pub ironic_uuid: Uuid,
    /// How far it is.
    pub state: RegistrationState,
    /// The `Evaluation` that is applied, as JSON.
    pub evaluation: String,
    /// The enrollment's digest, as hexadecimal.
    pub enrollment_digest: String,
    /// What `Store::credentials_hmac` said of the credentials given to Ironic.
    pub credentials_hmac: String,
    /// The credentials of the request's body, sealed for this registration.
    /// Absent: those that the enrollment names, or the pod manager's.
    pub credentials: CredentialsSource,
    /// The digest of the hook chain.
    pub chain_digest: String,
    /// What is to be said about its state, for people.
    pub detail: Option<String>,
    /// When it was intended.
    pub created_at: Timestamp,
    /// When its state last changed.
    pub updated_at: Timestamp,
}

impl Store {
    /// Puts a new registration on record. Of two for one node at a time, the
    /// second is refused, and so is one of a node that is registered.
    pub async fn begin_registration(&self, new: &Registration) -> Result<(), StoreError> {
        self.begin_registration_with(new, None, None).await
    }

    /// The same, together with where the node is to be taken afterwards, and the
    /// system `bmc` that it is then registered as. Where that is another node's,
    /// nothing is put on record.
    pub async fn begin_registration_with(
        &self,
        new: &Registration,
        transition: Option<&Transition>,
        bmc: Option<&str>,
    ) -> Result<(), StoreError> {
        let (username, sealed) = match &new.credentials {
            CredentialsSource::Sealed { username, sealed } => {
                (Some(username.as_str()), Some(sealed.clone()))
            }
            CredentialsSource::Absent | CredentialsSource::Named(_) => (None, None),
        };
        let mut transaction = self.begin_under(Work::Node(new.node)).await?;
        let inserted = transaction
            .execute(
                "INSERT INTO registrations (id, node, epoch, ironic_uuid, state, evaluation, \
                 enrollment_digest, credentials_hmac, credentials_username, credentials_sealed, \
                 chain_digest, detail, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
                arguments![
                    new.id,
                    new.node,
                    i64::from(new.epoch),
                    new.ironic_uuid,
                    new.state.name(),
                    new.evaluation.as_str(),
                    new.enrollment_digest.as_str(),
                    new.credentials_hmac.as_str(),
                    username,
                    sealed,
                    new.chain_digest.as_str(),
                    new.detail.as_deref(),
                    new.created_at,
                    new.updated_at,
                ],
            )
            .await;
        match inserted {
            Ok(_) => {
                if let Some(transition) = transition {
                    let columns = transition.columns();
                    let sql = self.pool.dialect().set_out;
                    transaction.execute(sql, columns).await?;
                }
                if let Some(bmc) = bmc
                    && !bmcs::claim_in(&mut transaction, bmc, new.node).await?
                {
                    drop(transaction);
                    return Err(StoreError::SystemTaken {
                        node: self.holder(bmc).await?,
                    });
                }
                Ok(transaction.commit().await?)
            }
            Err(error) if unique_index(&error).as_deref() == Some("registrations_node") => {
                drop(transaction);
                Err(self.in_the_way(new.node).await?.unwrap_or(error.into()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Which registration keeps the node from another.
    pub(super) async fn in_the_way(&self, node: Uuid) -> Result<Option<StoreError>, StoreError> {
        let rows = self
            .pool
            .rows(
                "SELECT * FROM registrations WHERE node = $1 \
                 AND state IN ('intended', 'applying', 'complete', 'removing')",
                arguments![node],
            )
            .await?;
        let known = rows.first().map(read).transpose()?;
        Ok(known.map(|known| StoreError::Registered {
            node,
            registration: known.id,
            state: known.state,
        }))
    }

    /// The registration with this id.
    pub async fn registration(&self, id: Uuid) -> Result<Registration, StoreError> {
        let sql = "SELECT * FROM registrations WHERE id = $1";
        let rows = self.pool.rows(sql, arguments![id]).await?;
        match rows.first() {
            Some(row) => read(row),
            None => Err(missing(id)),
        }
    }

    /// The same, without its evaluation, which is most of it.
    pub async fn brief_registration(&self, id: Uuid) -> Result<Registration, StoreError> {
        let sql = "SELECT id, node, epoch, ironic_uuid, state, '' AS evaluation, \
                   enrollment_digest, credentials_hmac, credentials_username, \
                   credentials_sealed, chain_digest, detail, created_at, updated_at \
                   FROM registrations WHERE id = $1";
        let rows = self.pool.rows(sql, arguments![id]).await?;
        rows.first().map_or_else(|| Err(missing(id)), read)
    }

    /// The node's newest registration, however it ended: the one that is under way
    /// or in force, if there is one, for clocks can be set back.
    pub async fn latest_registration(
        &self,
        node: Uuid,
    ) -> Result<Option<Registration>, StoreError> {
        let rows = self
            .pool
            .rows(
                "SELECT * FROM registrations WHERE node = $1 \
                 ORDER BY CASE WHEN state IN ('intended', 'applying', 'complete', 'removing') \
                 THEN 0 ELSE 1 END, epoch DESC, created_at DESC LIMIT 1",
                arguments![node],
            )
            .await?;
        rows.first().map(read).transpose()
    }

    /// All registrations, the newest first.
    pub async fn registrations(&self) -> Result<Vec<Registration>, StoreError> {
        let sql = "SELECT * FROM registrations ORDER BY created_at DESC, id";
        let rows = self.pool.rows(sql, arguments![]).await?;
        rows.iter().map(read).collect()
    }

    /// Those, however they ended, that have this node in Ironic.
    pub async fn registrations_at(&self, ironic: Uuid) -> Result<Vec<Uuid>, StoreError> {
        let sql = "SELECT id FROM registrations WHERE ironic_uuid = $1";
        let rows = self.pool.rows(sql, arguments![ironic]).await?;
        rows.iter().map(|row| row.uuid("id")).collect()
    }

    /// Those that were cut off, the oldest first.
    pub async fn unfinished_registrations(&self) -> Result<Vec<Registration>, StoreError> {
        let rows = self.pool.rows(UNFINISHED, arguments![]).await?;
        rows.iter().map(read).collect()
    }

    /// Takes `of` from one state to the next. One that is in another
    /// state than `from` is left as it is: somebody else was quicker.
    pub async fn set_registration_state(
        &self,
        of: &Registration,
        from: RegistrationState,
        to: RegistrationState,
        detail: Option<&str>,
    ) -> Result<(), StoreError> {
        let at = now();
        let mut transaction = self.begin_under(Work::Node(of.node)).await?;
        let touched = transaction
            .execute(
                SET_STATE,
                arguments![of.id, from.name(), to.name(), detail, at],
            )
            .await?;
        if touched == 0 {
            drop(transaction);
            return Err(self.not_in_state(of.id, from).await);
        }
        if to.is_over() {
            let arguments = arguments![of.id, at];
            transaction.execute(transitions::CANCEL, arguments).await?;
            forget_passwords(&mut transaction, of.id).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// The node is in Ironic: the registration is complete and the node managed
    /// by Ironic, or neither. Of a node that was given up meanwhile it cannot be.
    pub async fn complete_registration(&self, done: &Registration) -> Result<(), StoreError> {
        self.finish(
            done,
            RegistrationState::Applying,
            RegistrationState::Complete,
            "UPDATE nodes SET managed_by = 'ironic', updated_at = $2 WHERE uuid = $1",
        )
        .await
    }

    /// The node is out of Ironic: the registration is removed, and the node is
    /// nobody's and one epoch further, so that Ironic will know it by another
    /// uuid; or neither.
    pub async fn end_registration(&self, done: &Registration) -> Result<(), StoreError> {
        self.finish(
            done,
            RegistrationState::Removing,
            RegistrationState::Removed,
            "UPDATE nodes SET managed_by = NULL, epoch = epoch + 1, updated_at = $2 \
             WHERE uuid = $1",
        )
        .await
    }

    async fn finish(
        &self,
        done: &Registration,
        from: RegistrationState,
        to: RegistrationState,
        node: &'static str,
    ) -> Result<(), StoreError> {
        let at = now();
        let mut transaction = self.begin_under(Work::Node(done.node)).await?;
        let touched = transaction
            .execute(
                SET_STATE,
                arguments![done.id, from.name(), to.name(), None::<&str>, at],
            )
            .await?;
        if touched == 0 {
            drop(transaction);
            return Err(self.not_in_state(done.id, from).await);
        }
        let touched = transaction.execute(node, arguments![done.node, at]).await?;
        if !to.is_over() {
            found(touched, done.node)?;
        }
        if to.is_over() {
            let arguments = arguments![done.id, at];
            transaction.execute(transitions::CANCEL, arguments).await?;
            forget_passwords(&mut transaction, done.id).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    async fn not_in_state(&self, id: Uuid, needed: RegistrationState) -> StoreError {
        match self.registration(id).await {
            Ok(known) => StoreError::State {
                registration: id,
                is: known.state,
                needed,
            },
            Err(error) => error,
        }
    }
}

/// Ends the registration of `node` that is in force, for the node is not there any
/// more. Ironic has it still.
pub(super) async fn give_up(transaction: &mut Transaction, node: Uuid) -> Result<(), sqlx::Error> {
    for sql in [
        "UPDATE registrations SET state = 'failed', updated_at = $2, detail = 'the node was given \
         up by force; node `' || ironic_uuid || '` stays in ironic: adopt it, or delete it there' \
         WHERE node = $1 AND state = 'complete'",
        "UPDATE transitions SET state = 'cancelled', updated_at = $2, \
         detail = 'the node was given up' WHERE state = 'running' \
         AND registration IN (SELECT id FROM registrations WHERE node = $1 AND state = 'failed')",
    ] {
        transaction.execute(sql, arguments![node, now()]).await?;
    }
    forget_passwords_of(transaction, node).await
}

pub(super) const UNFINISHED: &str = "SELECT * FROM registrations \
                                     WHERE state IN ('intended', 'applying', 'removing') \
                                     ORDER BY created_at, id";

const SET_STATE: &str = "UPDATE registrations SET state = $3, detail = $4, updated_at = $5 \
                         WHERE id = $1 AND state = $2";

fn missing(id: Uuid) -> StoreError {
    StoreError::NotFound {
        what: WHAT,
        wanted: id.to_string(),
    }
}

fn read(row: &Row) -> Result<Registration, StoreError> {
    Ok(Registration {
        id: row.uuid("id")?,
        node: row.uuid("node")?,
        epoch: row.number("epoch")?,
        ironic_uuid: row.uuid("ironic_uuid")?,
        state: row.parsed("state", |text| {
            RegistrationState::ALL
                .into_iter()
                .find(|state| state.name() == text)
        })?,
        evaluation: row.text("evaluation")?,
        enrollment_digest: row.text("enrollment_digest")?,
        credentials_hmac: row.text("credentials_hmac")?,
        credentials: sealed(row)?,
        chain_digest: row.text("chain_digest")?,
        detail: row.get("detail")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

//! Transitions: where a registered node is to be taken in Ironic, and how far
//! it is.

use jiff::Timestamp;
use uuid::Uuid;

use super::pool::arguments;
use super::row::{Row, now};
use super::{Store, StoreError, Work};
use crate::failure::Cause;
use crate::node::{Goal, Target};

/// How far a transition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransitionState {
    /// On its way, or to be begun once its registration is complete.
    Running,
    /// The node is where it was to be taken.
    Done,
    /// It did not get there.
    Failed,
    /// Nobody wants it any more: the registration has ended, or never began.
    Cancelled,
}

impl TransitionState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Running, Self::Done, Self::Failed, Self::Cancelled];

    /// The name in the database and in replies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The lasting record of where a registered node is to be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Its identity.
    pub id: Uuid,
    /// The registration of the node.
    pub registration: Uuid,
    /// Where to.
    pub goal: Goal,
    /// How far it is.
    pub state: TransitionState,
    /// The verb of Ironic's that it last began.
    pub verb: Option<String>,
    /// Ironic's `provision_state`, as last seen.
    pub provision_state: Option<String>,
    /// Whose fault it is that it failed.
    pub cause: Option<Cause>,
    /// What is to be said about it, for people.
    pub detail: Option<String>,
    /// Ironic's `last_error`, where that is why it failed; escaped and cut.
    pub last_error: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When anything of it last changed.
    pub updated_at: Timestamp,
}

impl Transition {
    /// One to `goal`, of which nothing is done yet.
    pub fn new(registration: Uuid, goal: Goal) -> Self {
        let at = now();
        Self {
            id: Uuid::new_v4(),
            registration,
            goal,
            state: TransitionState::Running,
            verb: None,
            provision_state: None,
            cause: None,
            detail: None,
            last_error: None,
            created_at: at,
            updated_at: at,
        }
    }

    pub(super) fn columns(&self) -> Vec<super::pool::Argument> {
        arguments![
            self.id,
            self.registration,
            self.goal.target.name(),
            i64::from(self.goal.inspect),
            self.state.name(),
            self.created_at,
        ]
    }
}

pub(super) const CANCEL: &str = "UPDATE transitions SET state = 'cancelled', updated_at = $2, \
                                 detail = 'its registration has ended' \
                                 WHERE registration = $1 AND state = 'running'";

// What was asked of Ironic since is told by the journal, whose entries are dated so too.
macro_rules! set_out {
    ($now:literal) => {
        concat!(
            "INSERT INTO transitions (id, registration, target, inspect, state, created_at, \
             updated_at) VALUES ($1, $2, $3, $4, $5, ",
            $now,
            ", $6)"
        )
    };
}

macro_rules! to_carry_on {
    ($now:literal) => {
        concat!(
            "SELECT transitions.id AS id FROM transitions \
             JOIN registrations ON registrations.id = transitions.registration \
             LEFT JOIN leases ON leases.work = 'transition ' || transitions.id \
             WHERE transitions.state = 'running' AND registrations.state = 'complete' \
             AND NOT EXISTS (SELECT 1 FROM updates \
             WHERE updates.registration = transitions.registration \
             AND updates.state IN ('applying', 'taking-back')) \
             AND (leases.owner IS NULL OR leases.owner = $1 OR leases.expires < ",
            $now,
            ") ORDER BY transitions.created_at, transitions.id"
        )
    };
}

pub(super) use {set_out, to_carry_on};

impl Store {
    /// Puts one on record, of a registration of `node` that is there already.
    pub async fn begin_transition(&self, node: Uuid, new: &Transition) -> Result<(), StoreError> {
        let mut transaction = self.begin_under(Work::Node(node)).await?;
        let sql = self.pool.dialect().set_out;
        transaction.execute(sql, new.columns()).await?;
        Ok(transaction.commit().await?)
    }

    /// The transition with this id.
    pub async fn transition(&self, id: Uuid) -> Result<Transition, StoreError> {
        let sql = "SELECT * FROM transitions WHERE id = $1";
        let rows = self.pool.rows(sql, arguments![id]).await?;
        match rows.first() {
            Some(row) => read(row),
            None => Err(missing(id)),
        }
    }

    /// How far it is.
    pub async fn transition_state(&self, id: Uuid) -> Result<TransitionState, StoreError> {
        let sql = "SELECT state FROM transitions WHERE id = $1";
        let rows = self.pool.rows(sql, arguments![id]).await?;
        rows.first().map_or_else(|| Err(missing(id)), state)
    }

    /// The newest one of a registration, however it ended.
    pub async fn latest_transition(
        &self,
        registration: Uuid,
    ) -> Result<Option<Transition>, StoreError> {
        let sql = "SELECT * FROM transitions WHERE registration = $1 \
                   ORDER BY created_at DESC, id LIMIT 1";
        let rows = self.pool.rows(sql, arguments![registration]).await?;
        rows.first().map(read).transpose()
    }

    /// Those that are to be carried on now, the oldest first: everything else of
    /// their registrations is done, and no other server carries them on.
    pub async fn transitions_to_carry_on(&self) -> Result<Vec<Uuid>, StoreError> {
        let sql = self.pool.dialect().to_carry_on;
        let rows = self.pool.rows(sql, arguments![self.replica()]).await?;
        rows.iter().map(|row| row.uuid("id")).collect()
    }

    /// Keeps how far one is that is running: all of `now` that changes.
    /// One that has ended is left as it is.
    pub async fn keep_transition(&self, so_far: &Transition) -> Result<(), StoreError> {
        let cause = so_far.cause.map(serde_json::to_value);
        let cause = cause.transpose().map_err(|error| StoreError::Corrupt {
            column: "cause",
            reason: error.to_string(),
        })?;
        let mut transaction = self.begin_under(Work::Transition(so_far.id)).await?;
        transaction
            .execute(
                "UPDATE transitions SET state = $2, verb = $3, provision_state = $4, cause = $5, \
                 detail = $6, last_error = $7, updated_at = $8 \
                 WHERE id = $1 AND state = 'running'",
                arguments![
                    so_far.id,
                    so_far.state.name(),
                    so_far.verb.as_deref(),
                    so_far.provision_state.as_deref(),
                    cause.as_ref().and_then(serde_json::Value::as_str),
                    so_far.detail.as_deref(),
                    so_far.last_error.as_deref(),
                    now(),
                ],
            )
            .await?;
        Ok(transaction.commit().await?)
    }
}

fn missing(id: Uuid) -> StoreError {
    StoreError::NotFound {
        what: "transition",
        wanted: id.to_string(),
    }
}

fn state(row: &Row) -> Result<TransitionState, StoreError> {
    row.parsed("state", |text| {
        let mut states = TransitionState::ALL.into_iter();
        states.find(|state| state.name() == text)
    })
}

fn read(row: &Row) -> Result<Transition, StoreError> {
    let cause: Option<String> = row.get("cause")?;
    let cause = cause.map(|name| serde_json::from_value(name.into()));
    Ok(Transition {
        id: row.uuid("id")?,
        registration: row.uuid("registration")?,
        goal: Goal {
            target: row.parsed("target", |text| {
                Target::ALL.into_iter().find(|known| known.name() == text)
            })?,
            inspect: row.number("inspect")? != 0,
        },
        state: state(row)?,
        verb: row.get("verb")?,
        provision_state: row.get("provision_state")?,
        cause: cause.transpose().map_err(|error| StoreError::Corrupt {
            column: "cause",
            reason: error.to_string(),
        })?,
        detail: row.get("detail")?,
        last_error: row.get("last_error")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

//! Why a node was not registered or not removed, and what is left of the attempt.

use std::fmt;

use uuid::Uuid;

use super::{IronicError, IronicErrorKind, JournalError, Step};
use crate::failure::{Cause, Failure};

/// What another node has already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The name.
    Name(String),
    /// The uuid, under which stands a node without our mark.
    Uuid(Uuid),
    /// The MAC of a port.
    Mac(String),
}

/// The node that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its uuid in Ironic.
    pub uuid: String,
    /// Its name, where it has one; escaped.
    pub name: Option<String>,
    /// The registration whose mark it bears, ours or another Valence's.
    pub registration: Option<Uuid>,
}

/// What is wrong.
#[derive(Debug)]
pub enum Problem {
    /// Another node has what ours needs.
    Taken {
        /// What.
        what: Taken,
        /// Who.
        by: Holder,
    },
    /// Something of an earlier registration of this node, from another
    /// enrollment, stands in Ironic.
    Leftover(Uuid),
    /// The enrollment cannot be made into requests.
    Unfit {
        /// Where, in the canonical view.
        pointer: String,
        /// What is wrong there.
        message: String,
    },
    /// A request failed for good. Without a step: one that only looks.
    Request {
        /// What was to be done.
        step: Option<Step>,
        /// What came of it.
        error: Box<IronicError>,
        /// Whether it may have happened all the same, or may yet.
        in_doubt: bool,
    },
    /// The journal cannot be written, so nothing more was done.
    Journal {
        /// Why.
        error: JournalError,
        /// Whether the step that was to be noted has happened, or may have.
        in_doubt: bool,
    },
    /// The node to be removed bears no mark of ours.
    NotOurs {
        /// The node.
        uuid: Uuid,
        /// The registration whose mark it bears instead.
        mark: Option<Uuid>,
    },
    /// The node to be removed is not there, and may yet come to be: the request to
    /// create it was not answered.
    MayCome(Uuid),
    /// The node that is to be finished is in use or under way.
    Busy {
        /// The node.
        uuid: Uuid,
        /// Its provision state, for a sentence.
        state: String,
    },
    /// The node to be removed carries an instance.
    InUse {
        /// The node.
        uuid: Uuid,
        /// Its provision state, for a sentence.
        state: String,
    },
}

/// What is left in Ironic of an attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undo {
    /// This attempt changed nothing. What an earlier one left was not looked up.
    NothingMade,
    /// Nothing of the registration is there.
    Undone,
    /// Something is there or may yet come to be there, since Ironic did not
    /// answer: it is to be tried again.
    Pending,
    /// Something is there, and it is not ours to take out.
    Remains,
}

/// A registration or a removal that failed.
#[derive(Debug)]
pub struct ApplyError {
    /// Why.
    pub problem: Problem,
    /// What is left.
    pub undo: Undo,
}

impl Problem {
    /// A request that only looked failed for good.
    pub(super) fn reading(error: IronicError) -> Self {
        Self::Request {
            step: None,
            error: Box::new(error),
            in_doubt: false,
        }
    }

    /// Whether the same may well succeed later.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::Request { error, .. } if error.may_pass())
    }

    pub(super) fn in_doubt(&self) -> bool {
        matches!(
            self,
            Self::Request { in_doubt: true, .. } | Self::Journal { in_doubt: true, .. }
        )
    }

    /// Whether it says nothing of what was to be done: it may pass, Ironic could
    /// not even be looked at, or it is ours alone.
    pub(super) fn is_no_verdict(&self) -> bool {
        let looked = matches!(self, Self::Request { step: None, .. });
        looked || matches!(self, Self::Journal { .. }) || self.may_pass()
    }

    /// The same problem of a removal, with what is left after it. One that nobody
    /// has refused for good is still to come about.
    pub(super) fn of_removal(self) -> ApplyError {
        let is_locked = matches!(
            &self,
            Self::Request { step: Some(_), error, .. } if error.kind == IronicErrorKind::Locked
        );
        let undo = match is_locked || self.in_doubt() {
            true => Undo::Pending,
            false => Undo::NothingMade,
        };
        ApplyError {
            problem: self,
            undo,
        }
    }
}

impl ApplyError {
    /// Whether nothing of the attempt is in Ironic.
    pub fn undone(&self) -> bool {
        matches!(self.undo, Undo::NothingMade | Undo::Undone)
    }

    /// Whether the same may well succeed later.
    pub fn may_pass(&self) -> bool {
        self.problem.may_pass()
    }

    /// Whether it says nothing of what was to be done, so that what was cut off
    /// is to go on: it may pass, Ironic could not even be looked at, or the
    /// journal failed.
    pub fn is_no_verdict(&self) -> bool {
        self.problem.is_no_verdict()
    }

    /// For the caller of Valence.
    pub fn into_failure(self) -> Failure {
        let detail = self.to_string();
        let mut failure = match self.problem {
            Problem::Taken { what, .. } => {
                let pointer = match what {
                    Taken::Name(_) => "/node/name".into(),
                    Taken::Uuid(_) => "/node/uuid".into(),
                    Taken::Mac(mac) => crate::enrollment::child("/ports", &mac.to_lowercase()),
                };
                Failure::new(Cause::Conflict, "").at(pointer)
            }
            Problem::Leftover(_)
            | Problem::NotOurs { .. }
            | Problem::Busy { .. }
            | Problem::InUse { .. } => Failure::new(Cause::Conflict, ""),
            Problem::Unfit { pointer, .. } => {
                Failure::new(Cause::InvalidEnrollment, "").at(pointer)
            }
            Problem::Request { step, error, .. } => {
                let refused = error.kind == IronicErrorKind::Refused;
                let failure = error.into_failure();
                match step {
                    Some(step) if refused => failure.at(step.pointer()),
                    _ => failure,
                }
            }
            Problem::MayCome(_) => Failure::new(Cause::IronicUnavailable, ""),
            Problem::Journal { error, .. } => return Failure::internal(error),
        };
        failure.detail = detail;
        failure
    }
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)?;
        match self.undo {
            Undo::Remains => f.write_str("; something of this registration still stands in ironic: deregister the node, or register it again"),
            Undo::Pending if self.may_pass() => f.write_str("; it stays on record and is finished as soon as ironic answers"),
            Undo::Pending => f.write_str("; what was made is taken out as soon as ironic answers"),
            Undo::NothingMade | Undo::Undone => Ok(()),
        }
    }
}

impl std::error::Error for ApplyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            Problem::Journal { error, .. } => std::error::Error::source(error),
            _ => None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken { what, by } => write!(f, "{what} is taken in ironic by {by}"),
            Self::Leftover(uuid) => write!(
                f,
                "an earlier registration of this node left node `{uuid}` in ironic, made from another enrollment: deregister the node first"
            ),
            Self::Unfit { pointer, message } => write!(f, "`{pointer}`: {message}"),
            Self::Request {
                step: Some(step),
                error,
                ..
            } if error.kind == IronicErrorKind::Refused => {
                let hint = match error.status {
                    // It does not say which.
                    Some(406) => ": a field of it may be newer than the api version in use",
                    _ => "",
                };
                write!(f, "ironic refuses {}: {}{hint}", step.object(), error.text)
            }
            Self::Request { error, .. } => error.fmt(f),
            Self::Journal { error, .. } => error.fmt(f),
            Self::NotOurs {
                uuid,
                mark: Some(mark),
            } => write!(
                f,
                "node `{uuid}` in ironic bears the mark of registration `{mark}`, which is not one of this node's, so it is left alone: \
                 deregister it where it was registered, or remove it with ironic's own client"
            ),
            Self::NotOurs { uuid, mark: None } => write!(
                f,
                "node `{uuid}` in ironic bears no mark of valence (`extra.valence`), so it is left alone: remove it with ironic's own client"
            ),
            Self::MayCome(uuid) => write!(
                f,
                "ironic has not answered the request to create node `{uuid}`, and may yet carry it out"
            ),
            Self::Busy { uuid, state } => write!(
                f,
                "node `{uuid}`, which an earlier attempt left in ironic, is {state}: only a node that nobody uses and that ironic \
                 is not at work on is changed"
            ),
            Self::InUse { uuid, state } => write!(
                f,
                "node `{uuid}` carries an instance in ironic (it is {state}): undeploy it first"
            ),
        }
    }
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "the name `{name}`"),
            Self::Uuid(uuid) => write!(f, "the uuid `{uuid}`"),
            Self::Mac(mac) => write!(f, "the mac `{mac}`"),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "node `{name}` ({})", self.uuid)?,
            None => write!(f, "node `{}`", self.uuid)?,
        }
        match self.registration {
            Some(registration) => {
                write!(f, ", which bears the mark of registration `{registration}`")
            }
            None => Ok(()),
        }
    }
}

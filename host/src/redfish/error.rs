//! Why a document could not be read.

use serde::{Deserialize, Serialize};

use super::{PathError, ResourcePath};
use crate::failure::{Cause, Failure};

/// Why there is no such document to be had. The first is an answer, the others
/// are failures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum ReadError {
    /// The service has no such resource (404).
    #[error("`{path}` does not exist")]
    Absent {
        /// Which.
        path: ResourcePath,
    },
    /// Only when evaluating from records: nobody read it then.
    #[error("`{path}` was not recorded")]
    NotRecorded {
        /// Which.
        path: ResourcePath,
    },
    /// The service refuses our credentials (401, 403).
    #[error("`{path}`: the service refuses the credentials: {reason}")]
    Refused {
        /// Which.
        path: ResourcePath,
        /// Status and words of the service.
        reason: String,
    },
    /// The service fails at this resource, and would the next time (500, 501, 405, …).
    #[error("`{path}` could not be read: {reason}")]
    Broken {
        /// Which.
        path: ResourcePath,
        /// Status and words of the service.
        reason: String,
    },
    /// The service cannot be reached, or is not able to answer for now (429, 503, …).
    #[error("`{path}` could not be read: {reason}")]
    Unavailable {
        /// Which.
        path: ResourcePath,
        /// What happened.
        reason: String,
    },
    /// What came is no Redfish resource.
    #[error("`{path}` is no Redfish resource: {reason}")]
    Malformed {
        /// Which.
        path: ResourcePath,
        /// What is wrong with it.
        reason: String,
    },
    /// It took too long, or all of it did.
    #[error("`{path}` was not read in time: {reason}")]
    TimedOut {
        /// Which.
        path: ResourcePath,
        /// Which limit, and how to raise it.
        reason: String,
    },
    /// A limit on what is read from one service.
    #[error("`{path}` was not read: {reason}")]
    TooMuch {
        /// Which.
        path: ResourcePath,
        /// Which limit, and how to raise it.
        reason: String,
    },
    /// A link that leads where we do not go.
    #[error("{reason}")]
    BadLink {
        /// What is wrong with it.
        reason: String,
    },
}

impl ReadError {
    /// Whether the service said that there is no such resource.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent { .. })
    }

    /// What the caller is told. All texts of a service in it are escaped and cut.
    pub fn into_failure(self) -> Failure {
        let cause = match &self {
            Self::TimedOut { .. } => Cause::RedfishTimeout,
            _ => Cause::RedfishFailed,
        };
        Failure::new(cause, self.to_string()).because(self)
    }
}

impl From<PathError> for ReadError {
    fn from(error: PathError) -> Self {
        Self::BadLink {
            reason: error.to_string(),
        }
    }
}

/// `Ok(None)` where the service said that there is no such resource.
pub(crate) fn present<T>(read: Result<T, ReadError>) -> Result<Option<T>, ReadError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(error),
    }
}

//! Why a hook has no answer.

use std::fmt;

use crate::ReadError;

/// What most functions of a hook give.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// Why a hook has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Site policy says that this node is not to be registered. The caller of
    /// the register API reads the text.
    Denied(String),
    /// The hook could not do its work. The text goes to Valence's log; the
    /// caller only learns which hook failed.
    Failed(String),
    /// Not now: ask again, at best after so many seconds.
    Deferred(Option<u32>),
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(text) | Self::Failed(text) => out.write_str(text),
            Self::Deferred(Some(seconds)) => write!(out, "not now, but in {seconds} s"),
            Self::Deferred(None) => out.write_str("not now"),
        }
    }
}

impl std::error::Error for Error {}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

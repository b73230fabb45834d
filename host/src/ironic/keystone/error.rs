//! Why there is no token, in a sentence for whoever can do something about it.

use std::time::Duration;

use crate::ironic::{IronicError, IronicErrorKind};

/// The kinds of failure, by what is to be done about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is away, failed, or has too much to do: it may pass.
    Away,
    /// It did not answer in time.
    TimedOut,
    /// It knows us not, or not for this scope.
    Refused,
    /// What answers is no Keystone, or none of ours to trust.
    Unusable,
    /// Its catalogue leads to no Ironic.
    NoIronic,
}

/// Keystone let us down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ironic) struct KeystoneError {
    pub(super) kind: Kind,
    /// A whole sentence.
    pub(super) text: String,
    pub(super) status: Option<u16>,
    pub(super) request_id: Option<String>,
    pub(super) retry_after: Option<Duration>,
}

impl KeystoneError {
    pub(super) fn new(kind: Kind, text: String) -> Self {
        Self {
            kind,
            text,
            status: None,
            request_id: None,
            retry_after: None,
        }
    }

    /// Whether the same request may well succeed in a moment.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self.kind, Kind::Away | Kind::TimedOut)
    }
}

impl From<KeystoneError> for IronicError {
    fn from(error: KeystoneError) -> Self {
        let kind = match error.is_transient() {
            true => IronicErrorKind::KeystoneAway,
            false => IronicErrorKind::NoToken,
        };
        Self {
            status: error.status,
            request_id: error.request_id,
            retry_after: error.retry_after,
            ..Self::new(kind, error.text)
        }
    }
}

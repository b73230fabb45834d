//! Why there is no token, in a sentence for whoever can do something about it.

use std::time::Duration;

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
pub(crate) struct KeystoneError {
    pub(super) kind: Kind,
    /// A whole sentence.
    pub(crate) text: String,
    pub(crate) status: Option<u16>,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
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
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self.kind, Kind::Away | Kind::TimedOut)
    }
}

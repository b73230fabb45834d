//! Why a request to Ironic failed, and whether it may have happened all the same.

use std::fmt;
use std::time::Duration;

use crate::failure::{Cause, Failure, IronicAnswer};
use crate::openstack::keystone::KeystoneError;
use crate::tls::TlsError;

/// Why no client could be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The endpoint is no http address.
    #[error(
        "`{endpoint}` is no address of ironic: it is to look like `https://ironic.example:6385`, without username and password"
    )]
    Endpoint {
        /// The endpoint, without its password.
        endpoint: String,
    },
    /// There is no catalogue to look into.
    #[error("ironic's address is in keystone's catalogue only for who asks keystone")]
    NoCatalogue,
    /// Certificates cannot be checked as configured.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The HTTP library refuses.
    #[error("no http client for ironic can be made")]
    Http(#[from] reqwest::Error),
}

/// The kinds of failure, by what is to be done about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IronicErrorKind {
    /// It understood and will not: 400, 403, 406, 413 and the other 4xx.
    Refused,
    /// There is no such resource: 404.
    NotFound,
    /// Something is in the way: 409.
    Conflict,
    /// The node is locked by another operation: 409 that passes.
    Locked,
    /// It refuses our credentials: 401.
    Unauthorized,
    /// It failed or has too much to do: 5xx, 429.
    Unavailable,
    /// It did not answer in time.
    TimedOut,
    /// No connection: nothing was sent.
    Unreachable,
    /// A connection that broke.
    Transport,
    /// The answer is none of Ironic's.
    Garbage,
    /// Its certificate is not to be trusted.
    Untrusted,
    /// It and we have no version of the API in common.
    Version,
    /// Keystone gives us no token, or tells of no Ironic: Ironic was not asked.
    NoToken,
    /// Keystone cannot be reached or fails: Ironic was not asked.
    KeystoneAway,
}

impl IronicErrorKind {
    /// Its name in the metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::NotFound => "not-found",
            Self::Conflict => "conflict",
            Self::Locked => "locked",
            Self::Unauthorized => "unauthorized",
            Self::Unavailable => "unavailable",
            Self::TimedOut => "timed-out",
            Self::Unreachable => "unreachable",
            Self::Transport => "broken-off",
            Self::Garbage => "garbage",
            Self::Untrusted => "untrusted",
            Self::Version => "version",
            Self::NoToken => "no-token",
            Self::KeystoneAway => "keystone-away",
        }
    }
}

/// A request to Ironic that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IronicError {
    /// Which kind.
    pub kind: IronicErrorKind,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Ironic's `faultstring`, or what happened: escaped and cut, and free of
    /// the credentials that were sent.
    pub text: String,
    /// Ironic's `x-openstack-request-id`.
    pub request_id: Option<String>,
    /// Method and path.
    pub request: String,
    /// Where Ironic is.
    pub endpoint: String,
    /// When to ask again, where it says.
    pub retry_after: Option<Duration>,
}

impl IronicError {
    pub(crate) fn new(kind: IronicErrorKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            status: None,
            text: text.into(),
            request_id: None,
            request: String::new(),
            endpoint: String::new(),
            retry_after: None,
        }
    }

    /// Whether the same request may well succeed later.
    pub fn is_transient(&self) -> bool {
        use IronicErrorKind as Kind;
        matches!(
            self.kind,
            Kind::Locked
                | Kind::Unavailable
                | Kind::TimedOut
                | Kind::Unreachable
                | Kind::Transport
                | Kind::Garbage
                | Kind::KeystoneAway
        )
    }

    /// Whether Ironic may have done what was asked although this was the answer.
    pub fn may_have_happened(&self) -> bool {
        use IronicErrorKind as Kind;
        match self.kind {
            // 429: it was turned away at the door.
            Kind::Unavailable => self.status != Some(429),
            Kind::TimedOut | Kind::Transport | Kind::Garbage => true,
            _ => false,
        }
    }

    /// Whether the request may still be on its way to being done: nobody has
    /// said that it ended.
    pub(super) fn may_be_under_way(&self) -> bool {
        use IronicErrorKind as Kind;
        match self.kind {
            // Only a gateway answers so while Ironic may still be at it.
            Kind::Unavailable => self.status == Some(502),
            Kind::TimedOut | Kind::Transport | Kind::Garbage => true,
            _ => false,
        }
    }

    /// Whether Ironic has judged the request itself, so that earlier tries of it
    /// have come or will come to the same.
    pub(super) fn settles(&self) -> bool {
        use IronicErrorKind as Kind;
        matches!(self.kind, Kind::Refused | Kind::NotFound | Kind::Conflict)
    }

    /// Whether it may well succeed later, if only after the operator has mended
    /// the way to Ironic.
    pub fn may_pass(&self) -> bool {
        use IronicErrorKind as Kind;
        let mendable = matches!(
            self.kind,
            Kind::Unauthorized | Kind::Untrusted | Kind::Version | Kind::NoToken
        );
        mendable || self.is_transient()
    }

    /// For the caller of Valence.
    pub fn into_failure(self) -> Failure {
        use IronicErrorKind as Kind;
        let cause = match self.kind {
            Kind::Refused => Cause::InvalidEnrollment,
            Kind::NotFound | Kind::Conflict | Kind::Locked => Cause::Conflict,
            Kind::TimedOut => Cause::IronicTimeout,
            Kind::Unauthorized
            | Kind::Unavailable
            | Kind::Unreachable
            | Kind::Transport
            | Kind::Garbage
            | Kind::Untrusted
            | Kind::Version
            | Kind::NoToken
            | Kind::KeystoneAway => Cause::IronicUnavailable,
        };
        let mut failure = Failure::new(cause, self.to_string());
        failure.retry_after = match self.kind {
            _ if self.is_transient() => {
                let seconds = self.retry_after.map_or(5, |after| after.as_secs().max(1));
                Some(u32::try_from(seconds).unwrap_or(u32::MAX))
            }
            _ => None,
        };
        failure.ironic = Some(self.answer());
        failure
    }

    pub(super) fn answer(&self) -> IronicAnswer {
        IronicAnswer {
            status: self.status,
            faultstring: self.text.clone(),
            request_id: self.request_id.clone(),
        }
    }
}

impl fmt::Display for IronicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use IronicErrorKind as Kind;
        let Self {
            endpoint,
            request,
            text,
            ..
        } = self;
        let status = self
            .status
            .map(|status| format!(" with status {status}"))
            .unwrap_or_default();
        match self.kind {
            Kind::Refused => write!(f, "ironic refuses `{request}`{status}: {text}"),
            Kind::NotFound => write!(f, "ironic does not find what `{request}` is about: {text}"),
            Kind::Conflict => write!(
                f,
                "something in ironic is in the way of `{request}`: {text}"
            ),
            Kind::Locked => write!(f, "ironic is busy with the node: {text}"),
            Kind::Unauthorized => write!(
                f,
                "ironic at `{endpoint}` refuses our credentials: {text}; check what `[ironic]` or its cloud says about logging in"
            ),
            Kind::Unavailable => {
                write!(
                    f,
                    "ironic at `{endpoint}` failed `{request}`{status}: {text}"
                )
            }
            Kind::TimedOut => write!(
                f,
                "ironic at `{endpoint}` did not answer `{request}` in time: {text}"
            ),
            Kind::Unreachable | Kind::Transport => {
                write!(f, "ironic at `{endpoint}` cannot be reached: {text}")
            }
            Kind::Garbage => write!(
                f,
                "what answers at `{endpoint}` does not answer `{request}` as ironic does: {text}"
            ),
            Kind::Untrusted => write!(
                f,
                "the certificate of ironic at `{endpoint}` is not to be trusted: {text}; name its authority in `cacert` of `[ironic]`"
            ),
            Kind::Version => write!(f, "ironic at `{endpoint}` {text}"),
            Kind::NoToken | Kind::KeystoneAway => f.write_str(text),
        }
    }
}

impl std::error::Error for IronicError {}

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

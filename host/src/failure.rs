//! What is told to whom when something goes wrong.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whose fault a failure is, and of which kind. HTTP status, code and exit
/// status of each stand in one table: `api/causes.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The caller: a body, option or field that cannot be understood.
    BadRequest,
    /// The caller has no or bad credentials.
    Unauthorized,
    /// The caller may not do this.
    Forbidden,
    /// The caller asks too often.
    TooManyRequests,
    /// Site policy: a mapping or review hook said no.
    Denied,
    /// There is no such node, pod manager or route.
    NotFound,
    /// A name, MAC or uuid is taken; the node is registered, in progress, or
    /// managed by Ironic.
    Conflict,
    /// What hooks and caller made of the node breaks the contract, a grant or a
    /// rule of Ironic's, or Ironic definitely refused it.
    InvalidEnrollment,
    /// A hook trapped, broke a limit or said `failed`.
    HookFailed,
    /// The pod manager refused, failed or sent garbage.
    RedfishFailed,
    /// The pod manager was too slow.
    RedfishTimeout,
    /// Ironic cannot be reached or refuses our credentials.
    IronicUnavailable,
    /// Ironic was too slow.
    IronicTimeout,
    /// Ironic began what was asked for, and did not get it done.
    IronicFailed,
    /// Keystone cannot say who the caller is.
    KeystoneUnavailable,
    /// A hook said: not now.
    Deferred,
    /// Valence itself.
    Internal,
    /// The command line could not reach the server.
    Unreachable,
    /// The configuration is wrong.
    BadConfiguration,
    /// A policy test failed, drift was found, or a replay differs.
    Different,
}

impl Cause {
    /// Its name, as it is serialized.
    pub fn name(self) -> String {
        let name = serde_json::to_value(self).ok();
        let name = name.as_ref().and_then(serde_json::Value::as_str);
        name.unwrap_or_default().to_owned()
    }

    /// Whether it is the fault of what speaks Redfish: a pod manager, a BMC.
    pub fn is_of_redfish(self) -> bool {
        matches!(self, Self::RedfishFailed | Self::RedfishTimeout)
    }
}

/// What Ironic answered, passed on to the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IronicAnswer {
    /// Its HTTP status, where there was an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Its `faultstring`, escaped and cut.
    pub faultstring: String,
    /// Its `x-openstack-request-id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// A failure with an outside and an inside: `detail` is for the caller, the
/// source is for the log and is never shown outside.
#[derive(Debug)]
pub struct Failure {
    /// Whose fault.
    pub cause: Cause,
    /// What, where, and what to do: lower case, no full stop.
    pub detail: String,
    /// The hook concerned.
    pub hook: Option<String>,
    /// The JSON Pointer of the field concerned.
    pub field: Option<String>,
    /// What Ironic said.
    pub ironic: Option<IronicAnswer>,
    /// After how many seconds to ask again.
    pub retry_after: Option<u32>,
    /// What it comes from. For the log only.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Failure {
    /// A failure with an outside only.
    pub fn new(cause: Cause, detail: impl Into<String>) -> Self {
        Self {
            cause,
            detail: detail.into(),
            hook: None,
            field: None,
            ironic: None,
            retry_after: None,
            source: None,
        }
    }

    /// What a caller is told of a failure of ours.
    pub(crate) const OURS: &str =
        "valence could not do this; its log says why, under this request id";

    /// Ours: the caller learns no more than that.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            source: Some(source.into()),
            ..Self::new(Cause::Internal, Self::OURS)
        }
    }

    /// Names the hook.
    #[must_use]
    pub fn by_hook(mut self, hook: impl Into<String>) -> Self {
        self.hook = Some(hook.into());
        self
    }

    /// Names the field.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Adds what it comes from, for the log.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

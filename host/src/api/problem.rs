//! Failure → reply: one body that is at once Valence's (`code`, `status`,
//! `title`, `detail`, `request_id`) and that of RFC 9457 (`type`, `title`,
//! `status`, `detail`, `instance`).

use std::error::Error;
use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::failure::{Cause, Failure, IronicAnswer};
use crate::text::tame;

use super::causes::{self, Appearance};

/// The body of a reply that tells of a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// RFC 9457: which kind of problem; made of `code`.
    pub r#type: String,
    /// A title that is the same for all problems of a kind.
    pub title: String,
    /// The reply's HTTP status.
    pub status: u16,
    /// What, where, and what to do.
    pub detail: String,
    /// RFC 9457: the path that was asked for.
    pub instance: String,
    /// The kind of problem, as in the table of causes.
    pub code: String,
    /// Under which the log tells of it.
    pub request_id: String,
    /// The hook concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<String>,
    /// The JSON Pointer of the field concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What Ironic said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub ironic: Option<IronicAnswer>,
    /// After how many seconds to ask again; in the header `Retry-After` too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

/// A reply that is still to be written: handlers return it, and the envelope,
/// which knows the request's id and path, turns it into a [`Problem`].
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    appearance: Appearance,
    failure: Arc<Failure>,
}

impl Refusal {
    /// The caller's mistake.
    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Failure::new(Cause::BadRequest, detail).into()
    }

    /// There is no such thing.
    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Failure::new(Cause::NotFound, detail).into()
    }

    /// One of the failures that only HTTP knows.
    pub(super) fn of_http(appearance: Appearance, detail: impl Into<String>) -> Self {
        Self {
            appearance,
            failure: Arc::new(Failure::new(Cause::BadRequest, detail)),
        }
    }

    /// The kind of problem.
    pub(super) fn code(&self) -> &'static str {
        self.appearance.code
    }

    /// The reply, and the one line of the log that tells of it.
    pub(super) fn tell(&self, request_id: &str, path: &str) -> Response {
        let status = self.status();
        self.log(status);
        let failure = &self.failure;
        let problem = Problem {
            r#type: format!("urn:valence:problem:{}", self.appearance.code),
            title: self.appearance.title.to_owned(),
            status: status.as_u16(),
            detail: failure.detail.clone(),
            instance: tame(path, 512),
            code: self.appearance.code.to_owned(),
            request_id: request_id.to_owned(),
            hook: failure.hook.clone(),
            field: failure.field.clone(),
            ironic: failure.ironic.clone(),
            retry_after: failure.retry_after,
        };
        let mut response = (status, axum::Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = failure.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }

    /// A cause without a status of its own can't be the server's answer: that
    /// it got here is our mistake.
    fn status(&self) -> StatusCode {
        self.appearance
            .status
            .and_then(|status| StatusCode::from_u16(status).ok())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Once, here, and with all that the caller does not see.
    fn log(&self, status: StatusCode) {
        let code = self.appearance.code;
        let detail = tame(&self.failure.detail, 1000);
        let hook = self.failure.hook.as_deref();
        let source = chain(&self.failure).map(|chain| tame(&chain, 4000));
        let status_code = status.as_u16();
        if self.failure.cause == Cause::Internal {
            tracing::error!(code, status = status_code, hook, source, "{detail}");
        } else if status.is_server_error() {
            tracing::warn!(code, status = status_code, hook, source, "{detail}");
        } else {
            tracing::info!(code, status = status_code, hook, source, "{detail}");
        }
    }
}

/// What a failure comes from, outermost first.
fn chain(failure: &Failure) -> Option<String> {
    let mut sources = Vec::new();
    let mut next = failure.source();
    while let Some(error) = next {
        sources.push(error.to_string());
        next = error.source();
    }
    (!sources.is_empty()).then(|| sources.join(": "))
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self {
            appearance: causes::appearance(failure.cause),
            failure: Arc::new(failure),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn body_of(failure: Failure) -> (Response<()>, serde_json::Value) {
        let response = Refusal::from(failure).tell("req-1", "/v1/nodes/a/register");
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        (
            Response::from_parts(parts, ()),
            serde_json::from_slice(&bytes).unwrap(),
        )
    }

    #[tokio::test]
    async fn one_body_serves_valence_and_rfc_9457() {
        let mut failure = Failure::new(Cause::IronicUnavailable, "ironic refuses our credentials");
        failure.ironic = Some(IronicAnswer {
            status: Some(401),
            faultstring: "Incorrect username or password".into(),
            request_id: Some("req-2".into()),
        });
        failure.retry_after = Some(30);
        let (response, body) = body_of(failure).await;
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "30");
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        insta::assert_json_snapshot!(body, @r#"
        {
          "code": "ironic-unavailable",
          "detail": "ironic refuses our credentials",
          "instance": "/v1/nodes/a/register",
          "ironic": {
            "faultstring": "Incorrect username or password",
            "request_id": "req-2",
            "status": 401
          },
          "request_id": "req-1",
          "retry_after": 30,
          "status": 503,
          "title": "Ironic Is Unavailable",
          "type": "urn:valence:problem:ironic-unavailable"
        }
        "#);
    }

    #[tokio::test]
    async fn hook_and_field_are_named_and_sources_are_not() {
        let failure = Failure::new(Cause::InvalidEnrollment, "no legal name")
            .by_hook("site-naming")
            .at("/node/name")
            .because("the inside of it");
        let (response, body) = body_of(failure).await;
        assert_eq!(response.status(), 422);
        assert_eq!(body["hook"], "site-naming");
        assert_eq!(body["field"], "/node/name");
        assert!(!body.to_string().contains("inside"));
    }

    #[test]
    fn the_log_is_told_every_source() {
        let inner = Failure::new(Cause::Internal, "outer").because(
            Failure::new(Cause::Internal, "middle").because(std::io::Error::other("innermost")),
        );
        assert_eq!(chain(&inner).as_deref(), Some("middle: innermost"));
    }
}

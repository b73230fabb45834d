//! The body of a request: a JSON object of bounded size.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use serde_json::Value;

use crate::enrollment::Object;

use super::fields::kind;
use super::problem::Refusal;

/// What a body may take.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// The most that it may have, in bytes.
    pub largest: usize,
    /// A client that is slower than this with it is not waited for.
    pub patience: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self {
            largest: 1 << 20,
            patience: Duration::from_secs(30),
        }
    }
}

/// A body that has to be a JSON object. None at all is as good as `{}`: what is
/// missing in it is then told by name.
pub(super) struct JsonObject(pub(super) Object);

impl<S: Send + Sync> FromRequest<S> for JsonObject {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let limits: BodyLimits = parts.extensions.get().copied().unwrap_or_default();
        let declared = parts
            .headers
            .get(CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.parse::<usize>().ok());
        if declared.is_some_and(|length| length > limits.largest) {
            return Err(too_large(limits));
        }
        let bytes = read(body, limits).await?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(Object::new()));
        }
        if let Some(media_type) = parts.headers.get(CONTENT_TYPE)
            && !is_json(media_type.to_str().unwrap_or_default())
        {
            return Err(Refusal::bad_request(
                "the body is to be sent as `Content-Type: application/json`",
            ));
        }
        parse(&bytes).map(Self)
    }
}

async fn read(body: Body, limits: BodyLimits) -> Result<axum::body::Bytes, Refusal> {
    match tokio::time::timeout(limits.patience, to_bytes(body, limits.largest)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_length(&error) => Err(too_large(limits)),
        Ok(Err(_)) => Err(Refusal::bad_request("the body broke off")),
        Err(_) => Err(Refusal::bad_request(format!(
            "the body did not come within {} seconds",
            limits.patience.as_secs()
        ))),
    }
}

fn is_length(error: &axum::Error) -> bool {
    std::error::Error::source(error)
        .is_some_and(|source| source.is::<http_body_util::LengthLimitError>())
}

fn too_large(limits: BodyLimits) -> Refusal {
    Refusal::bad_request(format!(
        "the body is larger than {} KiB, which is `body` of `[server.limits]`",
        limits.largest >> 10
    ))
}

fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
        || essence
            .rsplit_once('+')
            .is_some_and(|(_, suffix)| suffix.eq_ignore_ascii_case("json"))
}

/// `bytes` as an object.
fn parse(bytes: &[u8]) -> Result<Object, Refusal> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value: Value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." {
            String::new()
        } else {
            format!(", in `{}`", crate::text::tame(&path, 200))
        };
        not_json(error.inner(), &place)
    })?;
    reader.end().map_err(|error| not_json(&error, ""))?;
    match value {
        Value::Object(object) => Ok(object),
        other => Err(Refusal::bad_request(format!(
            "the body is to be a JSON object, not {}",
            kind(&other)
        ))),
    }
}

fn not_json(error: &serde_json::Error, place: &str) -> Refusal {
    Refusal::bad_request(format!(
        "the body is no JSON: {}{place}",
        crate::text::tame(&error.to_string(), 200)
    ))
}

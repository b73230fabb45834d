//! One request to Keystone and its answer.

use std::error::Error as _;
use std::time::Instant;

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, Response};
use serde_json::Value;

use super::error::{KeystoneError, Kind};
use crate::openstack::answer;
use crate::secret::Secret;
use crate::telemetry;
use crate::text::tame;
use crate::tls;

/// The most that is taken of one answer; a catalogue of a large cloud has 100 KiB.
const LARGEST: usize = 4 << 20;

/// What came back.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// The body as JSON; `Null` where it is none.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Keystone's words about an error, without `secret`.
    pub(super) fn words(&self, secret: &Secret) -> String {
        answer::shown(&answer::words(&self.body), Some(secret.expose()))
    }

    /// An error about this reply, with what tells it apart from others.
    pub(super) fn error(&self, kind: Kind, text: String) -> KeystoneError {
        let id = self.headers.get("x-openstack-request-id");
        KeystoneError {
            status: Some(self.status),
            request_id: id.and_then(|id| Some(tame(id.to_str().ok()?, 80))),
            retry_after: answer::retry_after(&self.headers),
            ..KeystoneError::new(kind, text)
        }
    }
}

/// Sends `request` to the Keystone that `shown` is the address of.
pub(super) async fn send(request: RequestBuilder, shown: &str) -> Result<Reply, KeystoneError> {
    let sent = Instant::now();
    let ended = exchange(request, shown).await;
    let status = match &ended {
        Ok(reply) => Some(reply.status),
        Err(error) => error.status,
    };
    let outcome = status.map_or("no-answer".to_owned(), |status| status.to_string());
    telemetry::keystone_answered(outcome, sent.elapsed());
    ended
}

async fn exchange(request: RequestBuilder, shown: &str) -> Result<Reply, KeystoneError> {
    let request = request.header("Accept", "application/json");
    let mut response = request.send().await.map_err(|error| failed(error, shown))?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = body(&mut response, shown).await?;
    let reply = Reply {
        status,
        headers,
        body,
    };
    match status {
        408 | 429 | 500..=599 => {
            let words = tame(&answer::words(&reply.body), 200);
            let text = format!("keystone at `{shown}` failed with status {status}: {words}");
            Err(reply.error(Kind::Away, text))
        }
        _ => Ok(reply),
    }
}

async fn body(response: &mut Response, shown: &str) -> Result<Vec<u8>, KeystoneError> {
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| failed(error, shown))?
    {
        if body.len() + chunk.len() > LARGEST {
            let text = format!("what answers at `{shown}` sends more than a keystone does");
            return Err(KeystoneError::new(Kind::Unusable, text));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn failed(error: reqwest::Error, shown: &str) -> KeystoneError {
    if let Some(reason) = tls::untrusted(&error) {
        let text = format!(
            "the certificate of keystone at `{shown}` is not to be trusted: {reason}; name its authority by `cacert` of the cloud"
        );
        return KeystoneError::new(Kind::Unusable, text);
    }
    if error.is_timeout() {
        let text = format!("keystone at `{shown}` did not answer in time");
        return KeystoneError::new(Kind::TimedOut, text);
    }
    // Its own text repeats the address; the reason is at the end.
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        reason = error.to_string();
        source = error.source();
    }
    let reason = tame(&reason, 300);
    let text = format!("keystone at `{shown}` cannot be reached: {reason}");
    KeystoneError::new(Kind::Away, text)
}

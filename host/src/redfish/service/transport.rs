//! One request and its whole answer.

use std::error::Error as StdError;
use std::time::Instant;

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, StatusCode};

use crate::telemetry;
use crate::text::tame;
use crate::tls::untrusted;

/// Enough of an error's body to find its message in, in bytes.
const ERROR_BODY: usize = 64 << 10;

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// Uncompressed. Of anything but a success, no more than the beginning.
    pub(super) body: Vec<u8>,
}

/// Why nothing came back.
pub(super) enum Trouble {
    /// No connection, or it broke off. Asking again may help.
    Connection(String),
    /// The certificate is not to be trusted. Asking again does not help.
    Untrusted(&'static str),
    /// Not in time.
    TimedOut,
    /// More than is taken.
    TooLarge,
}

/// Sends `request` and takes an answer of `most` bytes at most.
pub(super) async fn send(request: RequestBuilder, most: usize) -> Result<Answer, Trouble> {
    let sent = Instant::now();
    let ended = exchange(request, most).await;
    telemetry::redfish_answered(outcome(&ended), sent.elapsed());
    ended
}

/// For the metrics.
fn outcome(ended: &Result<Answer, Trouble>) -> telemetry::Label {
    match ended {
        Ok(answer) => answer.status.as_u16().to_string().into(),
        Err(Trouble::Connection(_)) => "broken-off".into(),
        Err(Trouble::Untrusted(_)) => "untrusted".into(),
        Err(Trouble::TimedOut) => "timed-out".into(),
        Err(Trouble::TooLarge) => "too-large".into(),
    }
}

async fn exchange(request: RequestBuilder, most: usize) -> Result<Answer, Trouble> {
    let mut response = request.send().await.map_err(|error| trouble(&error))?;
    let status = response.status();
    let headers = response.headers().clone();
    let mut body = Vec::new();
    loop {
        // Chunks come uncompressed, and are counted so: a few bytes may become many.
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(_) if !status.is_success() => break,
            Err(error) => return Err(trouble(&error)),
        };
        if status.is_success() {
            if body.len() + chunk.len() > most {
                return Err(Trouble::TooLarge);
            }
        } else if body.len() + chunk.len() > ERROR_BODY {
            break;
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status,
        headers,
        body,
    })
}

fn trouble(error: &reqwest::Error) -> Trouble {
    if error.is_timeout() {
        return Trouble::TimedOut;
    }
    if let Some(reason) = untrusted(error) {
        return Trouble::Untrusted(reason);
    }
    // The error itself repeats the URL; what lies under it says what happened.
    let mut cause: &dyn StdError = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    Trouble::Connection(tame(&cause.to_string(), 200))
}

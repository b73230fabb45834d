//! What an answer of the service means for a read.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use super::super::{ReadError, ResourcePath, parse};
use super::transport::{Answer, Trouble};
use crate::text::tame;

/// The document in `answer`, or why there is none. `hidden` are texts that a
/// service might send back to us and that must not get into an error.
pub(super) fn document(
    path: &ResourcePath,
    answer: &Answer,
    hidden: &[&str],
) -> Result<Value, ReadError> {
    let path_of = || path.clone();
    match answer.status {
        StatusCode::OK => parse::object(path, &answer.body),
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(ReadError::Absent { path: path_of() }),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(ReadError::Refused {
            path: path_of(),
            reason: words(answer, hidden),
        }),
        StatusCode::NOT_MODIFIED => Err(ReadError::Malformed {
            path: path_of(),
            reason: "it has not changed, says the service, since nobody knows when (http 304)"
                .into(),
        }),
        status if status.is_redirection() => Err(ReadError::Broken {
            path: path_of(),
            reason: format!(
                "it redirects (http {}), which is not followed; is the pod manager's url right?",
                status.as_u16()
            ),
        }),
        status if may_pass(status) => Err(ReadError::Unavailable {
            path: path_of(),
            reason: words(answer, hidden),
        }),
        _ => Err(ReadError::Broken {
            path: path_of(),
            reason: words(answer, hidden),
        }),
    }
}

/// Whether a service that answers so may answer otherwise in a moment. 500 is none
/// of them: services give it for resources that they cannot put together.
pub(super) fn may_pass(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

/// The read that ended in `trouble`.
pub(super) fn no_answer(
    path: &ResourcePath,
    trouble: Trouble,
    timeout: Duration,
    most: usize,
) -> ReadError {
    let path = path.clone();
    match trouble {
        Trouble::Connection(reason) => ReadError::Unavailable { path, reason },
        Trouble::Untrusted(reason) => ReadError::Unavailable {
            path,
            reason: format!(
                "its certificate is not trusted ({reason}); `verify_ca` of the pod manager can name a file with it or with its authority"
            ),
        },
        Trouble::TimedOut => ReadError::TimedOut {
            path,
            reason: format!(
                "there was no whole answer within {timeout:?}; `[redfish] timeout` raises this"
            ),
        },
        Trouble::TooLarge => ReadError::TooMuch {
            path,
            reason: format!(
                "it is larger than {most} bytes; `[redfish] max_document_size` raises this"
            ),
        },
    }
}

/// Status, and the message of the error body (DSP0266, "Error responses").
pub(super) fn words(answer: &Answer, hidden: &[&str]) -> String {
    let status = format!("http {}", answer.status.as_u16());
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let message = body.as_ref().and_then(|body| {
        ["/error/@Message.ExtendedInfo/0/Message", "/error/message"]
            .iter()
            .find_map(|pointer| body.pointer(pointer)?.as_str())
    });
    match message {
        Some(message) if !hidden.iter().any(|hidden| message.contains(hidden)) => {
            format!("{status}: {}", tame(message, 200))
        }
        _ => status,
    }
}

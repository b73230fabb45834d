//! What every request and every reply goes through: its id, its deadline, a
//! panic that becomes an answer, and the writing of refusals.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use tracing::Instrument;
use uuid::Uuid;

use crate::failure::Failure;

use super::causes::TOO_SLOW;
use super::problem::Refusal;

/// The header that OpenStack's services name a request by.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-openstack-request-id");

/// Longer than a registration can take: its parts have deadlines of their own.
const DEADLINE: Duration = Duration::from_secs(300);

/// The request's id, for handlers whose reply holds it.
#[derive(Clone)]
pub(super) struct RequestId(pub(super) String);

/// Runs a request and dresses its reply.
pub(super) async fn envelope(mut request: Request, next: Next) -> Response {
    let id = request_id(&request);
    request.extensions_mut().insert(RequestId(id.clone()));
    let path = request.uri().path().to_owned();
    let span = tracing::info_span!(
        "request",
        id,
        method = %request.method(),
        path = crate::text::tame(&path, 512)
    );
    async {
        let began = Instant::now();
        let mut response = answer(request, next).await;
        if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
            let allow = response.headers_mut().remove(axum::http::header::ALLOW);
            response = refusal.tell(&id, &path);
            if let Some(allow) = allow {
                response
                    .headers_mut()
                    .insert(axum::http::header::ALLOW, allow);
            }
        }
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        let took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        tracing::debug!(status = response.status().as_u16(), took_us, "answered");
        response
    }
    .instrument(span)
    .await
}

async fn answer(request: Request, next: Next) -> Response {
    if let Err(refusal) = refuse_other_sites(&request) {
        return refusal.into_response();
    }
    let run = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(DEADLINE, run).await {
        Ok(Ok(response)) => response,
        // The panic hook has written what and where.
        Ok(Err(_)) => Refusal::from(Failure::internal("a handler panicked")).into_response(),
        Err(_) => Refusal::of_http(
            TOO_SLOW,
            format!(
                "not done after {} seconds; a registration that has begun goes on",
                DEADLINE.as_secs()
            ),
        )
        .into_response(),
    }
}

/// The caller's id if it has the form that OpenStack's have, else a new one.
fn request_id(request: &Request) -> String {
    request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| Uuid::parse_str(value.strip_prefix("req-")?).ok())
        .map_or_else(
            || format!("req-{}", Uuid::new_v4()),
            |id| format!("req-{id}"),
        )
}

/// A web page that somebody on this machine looks at must not reach a server
/// that asks for no password: browsers say on whose behalf they ask.
fn refuse_other_sites(request: &Request) -> Result<(), Refusal> {
    let header = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let Some(origin) = header("origin") else {
        return Ok(());
    };
    let own = header("host").unwrap_or_default();
    if origin
        .split_once("://")
        .is_some_and(|(_, host)| host == own)
    {
        return Ok(());
    }
    Err(Failure::new(
        crate::failure::Cause::Forbidden,
        "a web page of another site may not use this server",
    )
    .into())
}

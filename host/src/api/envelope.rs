//! What every request and every reply goes through: its id, its deadline, a
//! panic that becomes an answer, and the writing of refusals.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use tracing::Instrument;
use uuid::Uuid;

use crate::failure::{Cause, Failure};
use crate::telemetry::{self, Label};

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
    // One that is not of the API has any text.
    let pattern = request.extensions().get::<MatchedPath>();
    let route = pattern.map_or("none".into(), |path| path.as_str().to_owned().into());
    let method = method_of(request.method());
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
        telemetry::http_answered(method, route, response.status().as_u16(), began.elapsed());
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

/// A method as a label: callers may have their own.
fn method_of(method: &Method) -> Label {
    match method.as_str() {
        "GET" => "GET".into(),
        "HEAD" => "HEAD".into(),
        "POST" => "POST".into(),
        "PATCH" => "PATCH".into(),
        "DELETE" => "DELETE".into(),
        _ => "other".into(),
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
/// that asks for no password: browsers say on whose behalf they ask, and what name
/// they ask for. A page whose name was made to lead here says its own.
fn refuse_other_sites(request: &Request) -> Result<(), Refusal> {
    let hosts = request.headers().get_all(HOST);
    let named = hosts.iter().map(|host| host.to_str().unwrap_or_default());
    let asked = request.uri().authority().map(Authority::as_str);
    if !named.chain(asked).all(is_this_machine) {
        return Err(forbidden(
            "`Host` names neither an IP address nor `localhost`: a web page could have had its \
             own name lead here",
        ));
    }
    let Some(origin) = request.headers().get(ORIGIN) else {
        return Ok(());
    };
    let origin = origin.to_str().ok().and_then(|text| text.split_once("://"));
    let own = hosts.iter().next().and_then(|host| host.to_str().ok());
    if origin.is_some_and(|(_, host)| Some(host) == own.or(asked)) {
        return Ok(());
    }
    Err(forbidden(
        "a web page of another site may not use this server",
    ))
}

fn forbidden(detail: &str) -> Refusal {
    Failure::new(Cause::Forbidden, detail).into()
}

/// Whether `host`, with or without a port, is an address or `localhost`: nobody
/// else can have these lead here.
fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    match name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
    {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => name.eq_ignore_ascii_case("localhost") || name.parse::<Ipv4Addr>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_and_localhost_are_this_machine() {
        for host in [
            "localhost",
            "LocalHost:8181",
            "127.0.0.1",
            "127.0.0.1:8181",
            "[::1]",
            "[::1]:8181",
        ] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "",
            ":8181",
            "evil.example",
            "evil.example:8181",
            "localhost.evil.example",
            "127.0.0.1.evil.example:8181",
            "localhost:8181@evil.example",
            "[evil.example]:80",
            "[::1",
            "1",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}

//! What every request and every reply goes through: its id, the door, its deadline, a
//! panic that becomes an answer, the writing of refusals, and the audit.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{ALLOW, HOST, ORIGIN, WWW_AUTHENTICATE};
use axum::http::uri::Authority;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use tracing::Instrument;

use crate::access::{Audit, Door, Proxies, Role};
use crate::failure::{Cause, Failure};
use crate::openstack::{RequestId, in_request};
use crate::telemetry::{self, Label};

use super::base::Https;
use super::body::BodyLimits;
use super::causes::TOO_SLOW;
use super::problem::Refusal;
use super::{caller, rights};

/// The header that OpenStack's services name a request by.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-openstack-request-id");

/// Longer than a registration can take: its parts have deadlines of their own.
const DEADLINE: Duration = Duration::from_secs(300);

/// What every request has to come through.
#[derive(Clone)]
pub struct Entrance {
    /// Who is let in.
    pub door: Arc<Door>,
    /// Whose word counts for where a request comes from.
    pub proxies: Arc<Proxies>,
    /// What a body may take.
    pub limits: BodyLimits,
    /// Whether callers come by https.
    pub is_https: bool,
    /// Whether everybody may look at the metrics.
    pub open_metrics: bool,
}

/// Runs a request and dresses its reply.
pub(super) async fn envelope(
    State(entrance): State<Entrance>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = RequestId::new();
    let global = global_id(&request);
    // What is not of the API has none.
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map(|path| path.as_str().to_owned());
    let needed = rights::needed(request.method(), route.as_deref(), entrance.open_metrics);
    let shows_more = needed.is_none() && rights::shows_more(route.as_deref());
    let path = request.uri().path().to_owned();
    let is_change = needed.is_some_and(|role| role > Role::Reader);
    let mut audit = Audit::new(request.method().as_str(), &path, id, is_change);
    audit.global_request = global;
    audit.address = caller::address(&request, &entrance.proxies);
    let extensions = request.extensions_mut();
    extensions.insert(id);
    extensions.insert(entrance.limits);
    extensions.insert(Https(entrance.is_https));
    let span = tracing::info_span!(
        "request",
        id = %id,
        global = global.map(tracing::field::display),
        method = %request.method(),
        path = crate::text::tame(&path, 512)
    );
    let route = route.map_or("none".into(), Label::from);
    let method = method_of(request.method());
    // What it asks of others goes by the name of the whole undertaking.
    in_request(global.unwrap_or(id), async {
        let began = Instant::now();
        let mut response = answer(&entrance, request, needed, shows_more, next, &mut audit).await;
        let mut outcome = "done";
        if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
            let allow = response.headers_mut().remove(ALLOW);
            outcome = refusal.code();
            response = refusal.tell(&id.to_string(), &path);
            if let Some(allow) = allow {
                response.headers_mut().insert(ALLOW, allow);
            }
        }
        if response.status() == StatusCode::UNAUTHORIZED {
            audit.insist();
            let challenge = entrance.door.challenge().map(HeaderValue::try_from);
            if let Some(Ok(challenge)) = challenge {
                response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            }
        }
        if let Ok(value) = HeaderValue::try_from(id.to_string()) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        let status = response.status().as_u16();
        telemetry::http_answered(method, route, status, began.elapsed());
        audit.end(status, outcome);
        drop(audit);
        let took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        tracing::debug!(status, took_us, "answered");
        response
    })
    .instrument(span)
    .await
}

async fn answer(
    entrance: &Entrance,
    mut request: Request,
    needed: Option<Role>,
    shows_more: bool,
    next: Next,
    audit: &mut Audit,
) -> Response {
    let door = &entrance.door;
    if let Err(refusal) = refuse_other_sites(&request, door.is_for_this_machine_only()) {
        return refusal.into_response();
    }
    let proof = caller::proof(request.headers_mut());
    let admitted = match shows_more {
        true => door.admit_all(audit.address, proof).await,
        false => door.admit(audit.address, proof, needed).await,
    };
    match admitted {
        Ok(caller) => {
            audit.caller.clone_from(&caller.name);
            audit.role = caller.role.map(Role::name);
            request.extensions_mut().insert(caller);
        }
        Err(failure) => return Refusal::from(failure).into_response(),
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

/// The id of the undertaking that the caller says this belongs to, if it has the
/// form that OpenStack's have.
fn global_id(request: &Request) -> Option<RequestId> {
    let given = request.headers().get(REQUEST_ID)?;
    given.to_str().ok()?.parse().ok()
}

/// A web page that somebody looks at must not reach this server: browsers say on
/// whose behalf they ask, and send passwords along that they know. A server for this
/// machine only asks for none, so the name that it is asked by counts too: a page
/// whose name was made to lead here says its own.
fn refuse_other_sites(request: &Request, for_this_machine_only: bool) -> Result<(), Refusal> {
    let hosts = request.headers().get_all(HOST);
    let named = hosts.iter().map(|host| host.to_str().unwrap_or_default());
    let asked = request.uri().authority().map(Authority::as_str);
    if for_this_machine_only && !named.chain(asked).all(is_this_machine) {
        return Err(forbidden(
            "`Host` names neither an IP address nor `localhost`, and a web page could have had its \
             own name lead here: ask by this server's address, or set `auth` or `open` of `[api]`",
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

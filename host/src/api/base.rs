//! The address under which the caller reached us, for links in replies.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::Authority;

/// `http://HOST`, as the caller wrote it; empty when it wrote nothing that
/// could stand in an address, which makes links relative.
#[derive(Debug)]
pub(super) struct Base(pub(super) String);

/// Whether callers reach us by https.
#[derive(Clone, Copy)]
pub(super) struct Https(pub(super) bool);

impl<S: Send + Sync> FromRequestParts<S> for Base {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let host = parts
            .headers
            .get(HOST)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.parse::<Authority>().ok())
            .filter(|authority| !authority.as_str().contains('@'));
        let scheme = match parts.extensions.get() {
            Some(Https(true)) => "https",
            _ => "http",
        };
        Ok(Self(host.map_or_else(String::new, |host| {
            format!("{scheme}://{host}")
        })))
    }
}

//! The caller: what it shows at the door, and who it is afterwards.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::access::{Caller, Proof, Proxies};
use crate::secret::{Credentials, Secret};

const TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Takes out of the headers what is for the door alone.
pub(super) fn proof(headers: &mut HeaderMap) -> Proof {
    let basic = headers
        .remove(AUTHORIZATION)
        .and_then(|value| basic(value.to_str().ok()?));
    let token = headers.remove(TOKEN);
    let token = token.as_ref().and_then(|value| value.to_str().ok());
    Proof {
        basic,
        token: token.filter(|token| !token.is_empty()).map(Secret::new),
    }
}

/// `Basic BASE64` (RFC 7617).
fn basic(value: &str) -> Option<Credentials> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = Zeroizing::new(STANDARD.decode(encoded.trim()).ok()?);
    let (username, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some(Credentials {
        username: username.to_owned(),
        password: Secret::new(password),
    })
}

/// Where the request comes from, as far as `proxies` are to be believed.
pub(super) fn address(request: &Request, proxies: &Proxies) -> Option<IpAddr> {
    let ConnectInfo(address) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    let lines: Vec<_> = request.headers().get_all(FORWARDED).iter().collect();
    // What is no text is no address either.
    let lines = lines.iter().map(|line| line.to_str().unwrap_or_default());
    Some(proxies.behind(address.ip().to_canonical(), lines))
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let admitted = parts.extensions.get().cloned();
        // Nobody gets here but by the door; if somebody did, it would be for nothing.
        Ok(admitted.unwrap_or(Self {
            name: None,
            address: None,
            role: None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_and_a_password_are_read_and_taken_out() {
        let mut headers = HeaderMap::new();
        // ann:pass:word
        headers.insert(AUTHORIZATION, "bAsIc YW5uOnBhc3M6d29yZA==".parse().unwrap());
        headers.insert(TOKEN, "gAAAA".parse().unwrap());
        let shown = proof(&mut headers);
        let basic = shown.basic.unwrap();
        assert_eq!(
            (basic.username.as_str(), basic.password.expose()),
            ("ann", "pass:word")
        );
        assert_eq!(shown.token.unwrap().expose(), "gAAAA");
        assert!(headers.is_empty());
        for value in ["Basic", "Basic ", "Basic !", "Bearer YTpi", "Basic YQ=="] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            assert!(proof(&mut headers).basic.is_none(), "{value}");
        }
    }
}

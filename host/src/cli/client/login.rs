//! What the server is shown, so that it lets us in.

use std::time::Duration;

use reqwest::header::{HeaderValue, WWW_AUTHENTICATE};
use reqwest::{RequestBuilder, Response, StatusCode};

use crate::config::ServerLogin;
use crate::failure::{Cause, Failure};
use crate::openstack::Keystone;
use crate::secret::Secret;
use crate::tls;

use super::super::trouble::Trouble;
use super::Client;

impl Client {
    /// Sends it with what lets us in; once more, with a token, if the server asks for
    /// one and none was named.
    pub(super) async fn ask(&self, request: RequestBuilder) -> Result<Response, Trouble> {
        let again = request.try_clone();
        let request = match (&self.address.login, self.token.get()) {
            (ServerLogin::HttpBasic(login), _) => {
                request.basic_auth(&login.username, Some(login.password.expose()))
            }
            (ServerLogin::Token(token), _) | (_, Some(token)) => with_token(request, token),
            (ServerLogin::WhenAsked, None) => request,
        };
        let response = self.exchange(request).await?;
        let wants_token =
            response.status() == StatusCode::UNAUTHORIZED && asks_for_token(&response);
        match (&self.address.login, again) {
            (ServerLogin::WhenAsked, Some(again)) if wants_token && self.token.get().is_none() => {
                match self.token.get_or_try_init(|| self.get_token()).await? {
                    token if token.is_empty() => Ok(response),
                    token => self.exchange(with_token(again, token)).await,
                }
            }
            _ => Ok(response),
        }
    }

    async fn exchange(&self, request: RequestBuilder) -> Result<Response, Trouble> {
        let sent = request.send().await;
        sent.map_err(|error| self.unreachable(error))
    }

    /// A token by `OS_CLOUD` or the other variables; an empty one where there are none.
    async fn get_token(&self) -> Result<Secret, Trouble> {
        let Some((settings, verify_ca, certificate)) = self.address.keystone()? else {
            return Ok(Secret::default());
        };
        let http = tls::client_builder(&verify_ca, certificate.as_ref())
            .map_err(|error| {
                let detail = "the certificates of `clouds.yaml` cannot be used";
                Failure::new(Cause::BadConfiguration, detail).because(error)
            })?
            .timeout(Duration::from_secs(60))
            .build()
            .map_err(Failure::internal)?;
        let token = Keystone::new(http, settings).token().await;
        let token = token.map_err(|error| match error.is_transient() {
            true => Failure::new(Cause::KeystoneUnavailable, error.text),
            false => Failure::new(Cause::Unauthorized, error.text),
        })?;
        Ok(token.id().clone())
    }

    /// What is to be set so that a server that has refused us with `refusal` lets us in.
    /// None: it was shown something.
    pub(super) fn to_be_set(&self, refusal: &Response) -> Option<&'static str> {
        let is_nothing_shown = matches!(self.address.login, ServerLogin::WhenAsked)
            && self.token.get().is_none_or(Secret::is_empty);
        let is_asked = refusal.status() == StatusCode::UNAUTHORIZED && is_nothing_shown;
        is_asked.then(|| match asks_for_token(refusal) {
            true => "set `OS_CLOUD`, or `VALENCE_TOKEN` to a token",
            false => "set `VALENCE_USERNAME` and `VALENCE_PASSWORD`",
        })
    }
}

/// Whether a server that turned us away asks for a token of Keystone's.
fn asks_for_token(response: &Response) -> bool {
    let mut challenges = response.headers().get_all(WWW_AUTHENTICATE).iter();
    challenges.any(is_keystones)
}

fn is_keystones(challenge: &HeaderValue) -> bool {
    let scheme = challenge.as_bytes().get(..8);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"keystone"))
}

fn with_token(request: RequestBuilder, token: &Secret) -> RequestBuilder {
    match HeaderValue::from_str(token.expose()) {
        Ok(mut header) => {
            header.set_sensitive(true);
            request.header("X-Auth-Token", header)
        }
        // The server says that it wants one.
        Err(_) => request,
    }
}

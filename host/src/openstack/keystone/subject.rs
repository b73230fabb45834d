//! Whose a token is that somebody shows us. Keystone is asked with the token
//! itself, which may always be used to look at itself: no account of our own is
//! needed, and none of ours is worth stealing.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderValue;
use serde::Deserialize;
use tokio::sync::OnceCell;
use url::Url;

use super::error::{KeystoneError, Kind};
use super::{discover, exchange, refusal};
use crate::failure::{Cause, Failure};
use crate::node::VerifyCa;
use crate::secret::Secret;
use crate::text::tame;
use crate::tls;

/// Keystone, as far as it tells whose a token is.
pub struct TokenCheck {
    http: reqwest::Client,
    auth_url: Url,
    v3: OnceCell<Url>,
}

/// Whose a token is, and what it is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The user's name, and its domain's.
    pub user: (String, String),
    /// The project's id, name and domain's name, if it is good for one.
    pub project: Option<(String, String, String)>,
    /// Whether it is good for the whole system.
    pub is_of_system: bool,
    /// The names of the roles that the user has there.
    pub roles: Vec<String>,
    /// When it ends, by Keystone's clock.
    pub expires_at: Timestamp,
}

impl TokenCheck {
    /// By the Keystone at `auth_url`, whose certificate is checked as `verify_ca` says.
    pub fn new(auth_url: Url, verify_ca: &VerifyCa, timeout: Duration) -> Result<Self, Failure> {
        let unfit = |error: Box<dyn std::error::Error + Send + Sync>| {
            Failure::new(
                Cause::BadConfiguration,
                "keystone cannot be asked about tokens",
            )
            .at("api.cacert")
            .because(error)
        };
        let http = tls::client_builder(verify_ca, None)
            .map_err(|error| unfit(error.into()))?
            .timeout(timeout)
            .build()
            .map_err(|error| unfit(error.into()))?;
        Ok(Self {
            http,
            auth_url,
            v3: OnceCell::new(),
        })
    }

    /// Its address, as it was configured.
    pub fn auth_url(&self) -> &Url {
        &self.auth_url
    }

    /// Whose `token` is. None: it is nobody's, or no longer.
    pub(crate) async fn subject(&self, token: &Secret) -> Result<Option<Subject>, KeystoneError> {
        let Ok(mut header) = HeaderValue::from_str(token.expose()) else {
            return Ok(None);
        };
        header.set_sensitive(true);
        let v3 = self
            .v3
            .get_or_try_init(|| discover::v3(&self.http, &self.auth_url))
            .await?;
        let mut url = refusal::url(v3, "tokens");
        url.set_query(Some("nocatalog"));
        let request = self
            .http
            .get(url)
            .header("X-Auth-Token", header.clone())
            .header("X-Subject-Token", header);
        let reply = exchange::send(request, v3.as_str()).await?;
        let is_keystones = reply.json().pointer("/error/message").is_some();
        match reply.status {
            200 => {}
            401 | 403 | 404 if is_keystones => return Ok(None),
            status => {
                let text = format!(
                    "what answers at `{v3}` is no keystone: it answers with status {status}"
                );
                return Err(reply.error(Kind::Unusable, text));
            }
        }
        let answer: Answer = serde_json::from_slice(&reply.body).map_err(|_| {
            let text = format!("what answers at `{v3}` is no keystone: it tells no token");
            reply.error(Kind::Unusable, text)
        })?;
        Ok(answer.token.into_subject())
    }
}

#[derive(Deserialize)]
struct Answer {
    token: Body,
}

#[derive(Deserialize)]
struct Body {
    expires_at: String,
    user: Owned,
    project: Option<Owned>,
    #[serde(default)]
    system: Option<System>,
    #[serde(default)]
    roles: Vec<Named>,
}

#[derive(Deserialize)]
struct Owned {
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: String,
    domain: Named,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct System {
    #[serde(default)]
    all: bool,
}

impl Body {
    fn into_subject(self) -> Option<Subject> {
        let short = |text: &str| tame(text, 255);
        let project = self.project.map(|project| {
            let domain = short(&project.domain.name);
            (short(&project.id), short(&project.name), domain)
        });
        Some(Subject {
            user: (short(&self.user.name), short(&self.user.domain.name)),
            project,
            is_of_system: self.system.is_some_and(|system| system.all),
            roles: self.roles.into_iter().map(|role| role.name).collect(),
            expires_at: self.expires_at.parse().ok()?,
        })
    }
}

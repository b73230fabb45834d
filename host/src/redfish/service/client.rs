//! The client of one service.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{ACCEPT, LOCATION};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use url::Url;

use super::super::{ReadError, ResourcePath, Source, parse};
use super::answer::{document, no_answer};
use super::login::{Login, NoPass, Pass, Session, Sessions, with_token};
use super::origin::{Origin, Spelling};
use super::settings::{ServiceError, ServiceSettings};
use super::transport::{Answer, Trouble, send};
use crate::secret::{Credentials, Secret};
use crate::tls::client_builder;

/// Between a broken connection and the next try.
const PAUSE: Duration = Duration::from_millis(100);

/// A live Redfish service. One of these serves all registrations of its nodes;
/// it logs in when it is first read from.
pub struct Service {
    pub(super) wire: Wire,
    pub(super) login: Option<Login>,
    pub(super) permits: Semaphore,
}

/// What knows how to talk to the service, but not as whom.
pub(super) struct Wire {
    client: Client,
    pub(super) origin: Origin,
    timeout: Duration,
    pub(super) max_document: usize,
}

impl Service {
    /// The service of these settings. Nothing is sent yet.
    pub fn new(settings: ServiceSettings) -> Result<Self, ServiceError> {
        let origin = Origin::new(&settings.url)?;
        let client = client_builder(&settings.verify_ca, None)?
            // BMCs speak HTTP/1.1; what some say of HTTP/2 is not so.
            .http1_only()
            .gzip(true)
            .timeout(settings.timeout)
            .pool_idle_timeout(Duration::from_secs(15))
            .user_agent(concat!("valence/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(ServiceError::Client)?;
        Ok(Self {
            wire: Wire {
                client,
                origin,
                timeout: settings.timeout,
                max_document: settings.max_document,
            },
            login: settings.credentials.map(Login::new),
            permits: Semaphore::new(settings.concurrency.max(1)),
        })
    }

    /// Ends the session with the service, if there is one. The next read would
    /// log in again.
    pub async fn close(&self) {
        if let Some(login) = &self.login {
            login.close(&self.wire).await;
        }
    }

    async fn read(&self, path: &ResourcePath) -> Result<Value, ReadError> {
        let wire = &self.wire;
        let Some(login) = &self.login else {
            let answer = wire.get(path, |request| request).await;
            return document(
                path,
                &answer.map_err(|trouble| wire.no(path, trouble))?,
                &[],
            );
        };
        let get = async |pass: &Pass| {
            wire.get(path, |request| login.sign(request, pass))
                .await
                .map_err(|trouble| wire.no(path, trouble))
        };
        let no_pass = |no: NoPass| {
            match no {
            NoPass::Trouble(trouble) => wire.no(path, trouble),
            NoPass::Quiet => ReadError::Refused {
                path: path.clone(),
                reason: "it did so a moment ago, and is not asked again at once, lest it lock the account".into(),
            },
        }
        };

        let _turn = login.turn().await;
        let mut pass = login.pass(wire).await.map_err(no_pass)?;
        let mut answer = get(&pass).await?;
        // A session that is not honoured, then Basic; or a session renewed.
        while answer.status == StatusCode::UNAUTHORIZED {
            match login.instead_of(&pass, wire).await.map_err(no_pass)? {
                Some(other) => pass = other,
                None => break,
            }
            answer = get(&pass).await?;
        }
        if answer.status == StatusCode::OK {
            login.worked(&pass);
        }
        document(path, &answer, &login.hidden(&pass))
    }
}

#[async_trait]
impl Source for Service {
    async fn fetch(&self, path: &ResourcePath) -> Result<Value, ReadError> {
        let _permit = self
            .permits
            .acquire()
            .await
            .map_err(|_| ReadError::Unavailable {
                path: path.clone(),
                reason: "the service is being closed".into(),
            })?;
        self.read(path).await
    }
}

impl Wire {
    fn no(&self, path: &ResourcePath, trouble: Trouble) -> ReadError {
        no_answer(path, trouble, self.timeout, self.max_document)
    }

    /// The answer for `path`, in the spelling that the service answers to.
    async fn get(
        &self,
        path: &ResourcePath,
        sign: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Result<Answer, Trouble> {
        let is_root = *path == ResourcePath::root();
        let spelling = if is_root {
            Spelling::Slashed
        } else {
            Spelling::Bare
        };
        let answer = self.get_at(&self.origin.url(path, spelling), &sign).await?;
        let misspelt = answer.status.is_redirection() || is_root && answer.status.is_client_error();
        if !misspelt || matches!(answer.status.as_u16(), 401 | 403) {
            return Ok(answer);
        }
        let other = self.origin.url(path, spelling.other());
        let second = self.get_at(&other, &sign).await?;
        Ok(if second.status.is_success() {
            second
        } else {
            answer
        })
    }

    /// The answer for `url`, asked for twice if the connection breaks.
    async fn get_at(
        &self,
        url: &Url,
        sign: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Result<Answer, Trouble> {
        let once = || send(sign(self.request(Method::GET, url)), self.max_document);
        match once().await {
            Err(Trouble::Connection(_)) => {
                tokio::time::sleep(PAUSE).await;
                once().await
            }
            ended => ended,
        }
    }

    pub(super) fn request(&self, method: Method, url: &Url) -> RequestBuilder {
        self.client
            .request(method, url.clone())
            .header(ACCEPT, "application/json")
            .header("odata-version", "4.0")
    }

    /// Where sessions are made, as the service root says to anyone (DSP0266,
    /// "Session management").
    async fn sessions(&self) -> Result<Option<ResourcePath>, Trouble> {
        let path = ResourcePath::root();
        let answer = self.get(&path, |request| request).await?;
        if answer.status != StatusCode::OK {
            return Ok(None);
        }
        let link = parse::object(&path, &answer.body).ok().and_then(|root| {
            let link = root.pointer("/Links/Sessions/@odata.id")?.as_str()?;
            link.parse().ok()
        });
        Ok(link)
    }
}

impl Sessions for Wire {
    async fn open(&self, credentials: &Credentials) -> Result<Option<Session>, Trouble> {
        let Some(sessions) = self.sessions().await? else {
            return Ok(None);
        };
        let request = self
            .request(Method::POST, &self.origin.url(&sessions, Spelling::Bare))
            .json(&json!({
                "UserName": credentials.username,
                "Password": credentials.password.expose(),
            }));
        // Whatever is wrong with sessions here, Basic may do.
        let Ok(answer) = send(request, self.max_document).await else {
            return Ok(None);
        };
        if !answer.status.is_success() {
            return Ok(None);
        }
        let token = answer
            .headers
            .get("x-auth-token")
            .and_then(|token| token.to_str().ok())
            .filter(|token| !token.is_empty());
        let location = answer
            .headers
            .get(LOCATION)
            .and_then(|location| self.origin.path_in(location.to_str().ok()?))
            .or_else(|| {
                let body = parse::object(&sessions, &answer.body).ok()?;
                body.get("@odata.id")?.as_str()?.parse().ok()
            });
        Ok(token.map(|token| Session {
            token: Secret::new(token),
            location,
        }))
    }

    async fn close(&self, location: &ResourcePath, token: &Secret) {
        let url = self.origin.url(location, Spelling::Bare);
        let request = with_token(self.request(Method::DELETE, &url), token);
        // A session that stays open ends by itself.
        let _ = send(request, self.max_document).await;
    }
}

//! The client of one service.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::header::{ACCEPT, LOCATION};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::json;
use tokio::sync::Semaphore;
use url::Url;

use super::super::{ReadError, ResourcePath, parse};
use super::answer::no_answer;
use super::cache::Shelf;
use super::expand::Expand;
use super::login::{Login, Session, Sessions, with_token};
use super::origin::{Origin, Spelling, Spellings};
use super::patience::Patience;
use super::settings::{ServiceError, ServiceSettings};
use super::transport::{Answer, Trouble, send};
use crate::node::VerifyCa;
use crate::secret::{Credentials, Secret};
use crate::tls::client_builder;

/// For how long a connection that nobody uses is kept.
const IDLE: Duration = Duration::from_secs(15);

/// A live Redfish service. One of these serves all registrations of its nodes;
/// it logs in when it is first read from.
pub struct Service {
    pub(super) wire: Arc<Wire>,
    pub(super) login: Option<Arc<Login>>,
    pub(super) permits: Semaphore,
    /// Of these so many may be had by hooks that go after documents by themselves: half,
    /// so that what a service never answers holds up none but who asked for it.
    pub(super) extra: Semaphore,
    pub(super) shelf: Shelf,
    pub(super) expand: Expand,
}

/// What knows how to talk to the service, but not as whom.
pub(super) struct Wire {
    client: Client,
    /// What makes one like it for writes, once the first is sent.
    for_writes: (OnceLock<Client>, VerifyCa),
    pub(super) origin: Origin,
    pub(super) spellings: Spellings,
    timeout: Duration,
    retry_for: Duration,
    pub(super) max_document: usize,
}

impl Service {
    /// The service of these settings. Nothing is sent yet.
    pub fn new(settings: ServiceSettings) -> Result<Self, ServiceError> {
        let origin = Origin::new(&settings.url)?;
        let client = client(&settings.verify_ca, settings.timeout, usize::MAX)?;
        Ok(Self {
            wire: Arc::new(Wire {
                client,
                for_writes: (OnceLock::new(), settings.verify_ca),
                origin,
                spellings: Spellings::default(),
                timeout: settings.timeout,
                retry_for: settings.retry_for,
                max_document: settings.max_document,
            }),
            login: settings
                .credentials
                .map(|credentials| Arc::new(Login::new(credentials, settings.auth))),
            permits: Semaphore::new(settings.concurrency.max(1)),
            extra: Semaphore::new((settings.concurrency / 2).max(1)),
            shelf: settings.cache.shelf(),
            expand: Expand::of(settings.expand),
        })
    }

    /// Ends the session with the service, if there is one. The next read would
    /// log in again.
    pub async fn close(&self) {
        if let Some(login) = &self.login {
            login.close(&*self.wire).await;
        }
    }
}

/// A client that keeps so many connections for later at most.
fn client(verify_ca: &VerifyCa, timeout: Duration, idle: usize) -> Result<Client, ServiceError> {
    client_builder(verify_ca, None)?
        // BMCs speak HTTP/1.1; what some say of HTTP/2 is not so.
        .http1_only()
        .gzip(true)
        .timeout(timeout)
        // Before most services close them.
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(idle)
        .user_agent(concat!("valence/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(ServiceError::Client)
}

fn spoken(request: RequestBuilder) -> RequestBuilder {
    request
        .header(ACCEPT, "application/json")
        .header("odata-version", "4.0")
}

impl Wire {
    pub(super) fn no(&self, path: &ResourcePath, trouble: Trouble) -> ReadError {
        no_answer(path, trouble, self.timeout, self.max_document)
    }

    /// The answer for `path`, in the spelling that the service answers to.
    pub(super) async fn get(
        &self,
        path: &ResourcePath,
        sign: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Result<Answer, Trouble> {
        let is_root = *path == ResourcePath::root();
        let spelling = self.spellings.of(is_root);
        let answer = self.get_at(&self.origin.url(path, spelling), &sign).await?;
        let misspelt = match answer.status {
            StatusCode::NOT_MODIFIED | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => false,
            status => status.is_redirection() || is_root && status.is_client_error(),
        };
        if !misspelt {
            return Ok(answer);
        }
        let other = self.origin.url(path, spelling.other());
        let second = self.get_at(&other, &sign).await?;
        if second.status.is_success() || second.status == StatusCode::NOT_MODIFIED {
            self.spellings.note(is_root, spelling.other());
            return Ok(second);
        }
        Ok(answer)
    }

    /// The answer for `url`, asked for again if what came may pass.
    async fn get_at(
        &self,
        url: &Url,
        sign: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Result<Answer, Trouble> {
        let mut patience = Patience::of(self.retry_for);
        loop {
            let ended = send(sign(self.request(Method::GET, url)), self.max_document).await;
            match patience.pause_after(&ended) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return ended,
            }
        }
    }

    pub(super) fn request(&self, method: Method, url: &Url) -> RequestBuilder {
        spoken(self.client.request(method, url.clone()))
    }

    /// The same on a connection of its own. One that was idle the service may have
    /// closed by now, which shows only when something is sent on it; a read is sent
    /// again then, a write cannot be.
    pub(super) fn write_request(&self, method: Method, url: &Url) -> RequestBuilder {
        let (fresh, verify_ca) = &self.for_writes;
        let fresh = fresh.get_or_init(|| {
            let client = client(verify_ca, self.timeout, 0);
            // As it was made once, it can be made; but its authority is in a file.
            client.unwrap_or_else(|_| self.client.clone())
        });
        spoken(fresh.request(method, url.clone()))
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

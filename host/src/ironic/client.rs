//! The client: sends requests, within bounds, and makes sense of the answers.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::Value;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::access::{Access, Entry};
use super::answer;
use super::call::Call;
use super::error::{ClientError, IronicError, IronicErrorKind as Kind};
use super::offered::Offered;
use super::pace::{Pace, Place, request};
use super::patience::Patience;
use super::settings::Settings;
use crate::openstack::answer::{retry_after, shown, words};
use crate::openstack::{RequestId, current_request};
use crate::rules::{IronicProfile, Microversion};
use crate::telemetry;
use crate::text::tame;
use crate::tls;

/// The most that is taken of one answer, decompressed, in bytes.
const LARGEST_ANSWER: usize = 4 << 20;

/// The longest that a connection may take. A lease is looked at before: it may not
/// be over when what is sent gets out.
const CONNECTING: Duration = Duration::from_secs(3);

/// How long what may pass is tried again before a registration gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client of one Ironic. Clones share its connections and bounds.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    /// The registration in whose name it asks; Ironic's log has it too.
    registration: Option<Uuid>,
    patience: Duration,
    /// Whether it may send; none: it may.
    only_while: Option<Arc<dyn Fn() -> bool + Send + Sync>>,
}

struct Shared {
    http: reqwest::Client,
    access: Access,
    api_version: Option<Microversion>,
    negotiated: Mutex<Negotiated>,
    /// How often the root was asked, whatever came of it.
    asked: AtomicU64,
    pace: Pace,
    owner_refused: AtomicBool,
    timeout: Duration,
}

/// What came of asking for the API's versions.
#[derive(Default)]
struct Negotiated {
    profile: Option<IronicProfile>,
    /// What came of it the last time, if it was no profile.
    failure: Option<IronicError>,
}

impl Client {
    /// A client for `settings`. Ironic is asked nothing yet.
    pub fn new(settings: Settings) -> Result<Self, ClientError> {
        let http = tls::client_builder(&settings.verify_ca, settings.certificate.as_ref())?
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout.min(CONNECTING))
            .build()?;
        Ok(Self {
            shared: Arc::new(Shared {
                timeout: settings.timeout,
                access: Access::new(settings.endpoint, settings.auth, &http)?,
                http,
                api_version: settings.api_version,
                negotiated: Mutex::default(),
                asked: AtomicU64::new(0),
                pace: Pace::new(settings.max_concurrency),
                owner_refused: AtomicBool::new(false),
            }),
            registration: None,
            patience: PATIENCE,
            only_while: None,
        })
    }

    /// The same client, trying for so long what may pass (30 s by default).
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The same client, which sends nothing when `this` does not hold. What it does
    /// not send counts as a connection that could not be had.
    #[must_use]
    pub fn only_while(mut self, this: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.only_while = Some(Arc::new(this));
        self
    }

    fn unbound(&self) -> Self {
        Self {
            only_while: None,
            ..self.clone()
        }
    }

    pub(super) fn for_registration(&self, registration: Uuid) -> Self {
        Self {
            registration: Some(registration),
            ..self.clone()
        }
    }

    /// How long what may pass is tried again.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// How long a request that nobody waits for any more may still be carried out.
    pub fn lingering(&self) -> Duration {
        self.shared.timeout * 2
    }

    /// Waits for the right to apply one registration. There are a few more such
    /// rights than requests at a time: with them kept until it is done, the first of
    /// many registrations are done before the last begin.
    pub async fn place(&self) -> Place {
        self.shared.pace.place().await
    }

    /// Whether this Ironic is known to refuse `owner` on creation.
    pub(super) fn owner_refused(&self) -> bool {
        self.shared.owner_refused.load(Ordering::Relaxed)
    }

    pub(super) fn remember_owner_refused(&self) {
        self.shared.owner_refused.store(true, Ordering::Relaxed);
    }

    /// What this Ironic can take. Asked once, then kept; what may pass is tried
    /// again, but not for long, as with everything that is asked before a write.
    pub async fn profile(&self) -> Result<IronicProfile, IronicError> {
        let mut patience = Patience::of(self.brief());
        loop {
            match self.negotiated().await {
                Err(error) if patience.wait_after(&error).await => {}
                result => return result,
            }
        }
    }

    /// How long reads are tried before anything is written: so much shorter,
    /// since nobody is worse off for hearing early that Ironic is down.
    pub(super) fn brief(&self) -> Duration {
        self.patience / 6
    }

    async fn negotiated(&self) -> Result<IronicProfile, IronicError> {
        let asked = self.shared.asked.load(Ordering::Acquire);
        let mut negotiated = self.shared.negotiated.lock().await;
        if let Some(known) = negotiated.profile {
            return Ok(known);
        }
        // Whoever waited for another's answer has it: an Ironic that hangs is not
        // waited for by one after the other.
        let same_question = asked != self.shared.asked.load(Ordering::Acquire);
        if let (Some(error), true) = (&negotiated.failure, same_question) {
            return Err(error.clone());
        }
        // It is a read, and its answer is for all who wait for it: whether this one
        // may send is of no account.
        let answer = self.unbound().negotiate().await;
        self.shared.asked.fetch_add(1, Ordering::Release);
        negotiated.profile = answer.as_ref().ok().copied();
        negotiated.failure = answer.as_ref().err().cloned();
        answer
    }

    /// Negotiates anew, unless somebody else has since `refused` was in use.
    async fn negotiated_after(&self, refused: IronicProfile) -> Result<IronicProfile, IronicError> {
        let mut negotiated = self.shared.negotiated.lock().await;
        if negotiated.profile == Some(refused) {
            negotiated.profile = None;
        }
        drop(negotiated);
        self.negotiated().await
    }

    async fn negotiate(&self) -> Result<IronicProfile, IronicError> {
        const NAME: &str = "GET /";
        let entry = self.shared.access.entry().await?;
        let request = self.shared.http.get(entry.root.clone());
        let (headers, body) = match self.exchange(entry, request, NAME, None).await {
            // Ironic's root is there for everybody.
            Err(error) if matches!(error.kind, Kind::NotFound | Kind::Refused) => {
                return Err(IronicError {
                    kind: Kind::Garbage,
                    ..error
                });
            }
            result => result?,
        };
        let Some(offered) = Offered::read(&headers, &body) else {
            let text = "its root tells no API versions";
            return Err(self.error(Kind::Garbage, NAME, text));
        };
        let api = offered
            .choose(self.shared.api_version)
            .map_err(|text| self.error(Kind::Version, NAME, text))?;
        tracing::debug!(%api, newest = %offered.newest, "negotiated ironic's api version");
        Ok(IronicProfile {
            api,
            ..IronicProfile::default()
        })
    }

    /// The answer's body; `Null` where it has none.
    pub(super) async fn send(&self, call: &Call<'_>) -> Result<Value, IronicError> {
        let profile = self.negotiated().await?;
        match self.send_in(profile.api, call).await {
            // It was exchanged for an older one while we were running. Nothing has
            // happened yet.
            Err(error) if error.status == Some(406) => {
                let now = self.negotiated_after(profile).await?;
                if now == profile {
                    return Err(error);
                }
                tracing::warn!(before = %profile.api, now = %now.api, "ironic's api has changed");
                self.send_in(now.api, call).await
            }
            result => result,
        }
    }

    async fn send_in(&self, api: Microversion, call: &Call<'_>) -> Result<Value, IronicError> {
        let entry = self.shared.access.entry().await?;
        let mut url = entry.root.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("v1").extend(&call.path);
        }
        let mut request = self
            .shared
            .http
            .request(call.method.clone(), url)
            .header("X-OpenStack-Ironic-API-Version", api.to_string())
            .query(&call.query)
            .query(&call.fields_in(api));
        // What no caller waits for any more goes by its registration.
        let id = current_request().or(self.registration.map(RequestId::of));
        if let Some(id) = id {
            request = request.header("X-OpenStack-Request-Id", id.to_string());
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let name = call.name();
        let (_, body) = self
            .exchange(
                entry,
                request,
                &name,
                call.hide.map(|secret| secret.expose()),
            )
            .await?;
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body)
            .map_err(|_| self.error(Kind::Garbage, &name, "the answer is no JSON"))
    }

    /// `None` where Ironic says that there is no such thing.
    pub(super) async fn find(&self, call: &Call<'_>) -> Result<Option<Value>, IronicError> {
        match self.send(call).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.kind == Kind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn exchange(
        &self,
        entry: Entry,
        request: RequestBuilder,
        name: &str,
        hide: Option<&str>,
    ) -> Result<(HeaderMap, Vec<u8>), IronicError> {
        let turn = self.shared.pace.turn().await;
        self.may_send(name)?;
        let sent = Instant::now();
        let result = self.answer(entry, request, name, hide).await;
        let outcome = result
            .as_ref()
            .err()
            .map_or("ok", |error| error.kind.name());
        telemetry::ironic_answered(&request::kind(name), outcome, sent.elapsed());
        turn.ended(name, result.as_ref().err());
        result
    }

    async fn answer(
        &self,
        mut entry: Entry,
        request: RequestBuilder,
        name: &str,
        hide: Option<&str>,
    ) -> Result<(HeaderMap, Vec<u8>), IronicError> {
        // A body of ours is no stream, so it can be sent again.
        let spare = request.try_clone();
        let mut response = self.once(&entry, request, name).await?;
        if response.status() == StatusCode::UNAUTHORIZED
            && let Some(request) = spare
            && let Some(other) = self.shared.access.another(&entry).await?
        {
            // It was turned away at the door, so nothing has happened yet.
            entry = other;
            response = self.once(&entry, request, name).await?;
        }
        let status = response.status();
        let headers = response.headers().clone();
        let body = self.body(&mut response, name).await?;
        if status.is_success() {
            return Ok((headers, body));
        }
        let words = words(&body);
        Err(IronicError {
            status: Some(status.as_u16()),
            request_id: headers
                .get("x-openstack-request-id")
                .and_then(|id| Some(tame(id.to_str().ok()?, 80))),
            retry_after: retry_after(&headers),
            ..self.error(
                answer::kind(status.as_u16(), &words, answer::is_ironics(&body)),
                name,
                match entry.remark(status.as_u16()) {
                    Some(remark) => format!("{}; {remark}", shown(&words, hide)),
                    None => shown(&words, hide),
                },
            )
        })
    }

    async fn once(
        &self,
        entry: &Entry,
        request: RequestBuilder,
        name: &str,
    ) -> Result<Response, IronicError> {
        let request = self.shared.access.show(entry, request);
        let request = request.header("Accept", "application/json");
        // Another token may have taken its time.
        self.may_send(name)?;
        request
            .send()
            .await
            .map_err(|error| self.transport(name, error))
    }

    /// That what `name` is for is ours still.
    fn may_send(&self, name: &str) -> Result<(), IronicError> {
        if self.only_while.as_ref().is_none_or(|holds| holds()) {
            return Ok(());
        }
        let text = "not sent: another server may have taken over what it is for";
        Err(self.error(Kind::Unreachable, name, text))
    }

    async fn body(&self, response: &mut Response, name: &str) -> Result<Vec<u8>, IronicError> {
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.transport(name, error))?
        {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                let text = format!("the answer is larger than {LARGEST_ANSWER} bytes");
                return Err(self.error(Kind::Garbage, name, text));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn transport(&self, name: &str, error: reqwest::Error) -> IronicError {
        let kind = if error.is_connect() {
            Kind::Unreachable
        } else if error.is_timeout() {
            Kind::TimedOut
        } else {
            Kind::Transport
        };
        if let Some(reason) = tls::untrusted(&error) {
            return self.error(Kind::Untrusted, name, reason);
        }
        // Its own text repeats the address; the reason is at the end.
        let error = error.without_url();
        let mut innermost = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            innermost = error.to_string();
            source = error.source();
        }
        self.error(kind, name, tame(&innermost, 300))
    }

    /// An answer to `call` that Ironic would not give.
    pub(super) fn garbage(&self, call: &Call<'_>, text: &str) -> IronicError {
        self.error(Kind::Garbage, &call.name(), text)
    }

    /// What keeps `call` from being sent.
    pub(super) fn kept_off(&self, call: &Call<'_>, text: impl Into<String>) -> IronicError {
        self.error(Kind::Conflict, &call.name(), text)
    }

    fn error(&self, kind: Kind, request: &str, text: impl Into<String>) -> IronicError {
        IronicError {
            request: request.to_owned(),
            endpoint: self.shared.access.shown(),
            ..IronicError::new(kind, text)
        }
    }
}

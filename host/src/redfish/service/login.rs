//! How we are let in: by a session where the service offers one, else by Basic
//! authentication.
//!
//! BMCs lock accounts after a few wrong passwords and have few sessions. So one
//! request logs in for all, a session is renewed only when it had worked, and a
//! password that is refused, from the first or since it was changed, is sent by
//! one request at a time and then not for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::RequestBuilder;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use tokio::sync::{Mutex, MutexGuard, OwnedMutexGuard};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::super::ResourcePath;
use super::transport::Trouble;
use crate::node::ServiceAuth;
use crate::secret::{Credentials, Secret};

/// For how long a service is not asked again that does not let us in. Long enough
/// for all reads that go out together, too short for whoever mends the password.
const QUIET: Duration = Duration::from_secs(5);

/// What is sent along with requests.
#[derive(Clone)]
pub(super) struct Pass {
    /// Counts the passes of a service; what was refused with an old one may be
    /// allowed with the present.
    number: u64,
    kind: Kind,
    since: Instant,
}

#[derive(Clone)]
enum Kind {
    Session(Session),
    Basic,
}

/// A session that is younger has not ended by itself.
const YOUNG: Duration = Duration::from_secs(30);

impl Pass {
    /// Whether it may have been honoured once, though nothing was read with it then.
    fn may_have_ended(&self) -> bool {
        self.since.elapsed() > YOUNG
    }
}

/// A session of the service's `SessionService`.
#[derive(Clone)]
pub(super) struct Session {
    /// Its `X-Auth-Token`.
    pub(super) token: Secret,
    /// Where it can be deleted.
    pub(super) location: Option<ResourcePath>,
}

/// What opens and closes sessions.
pub(super) trait Sessions: Send + Sync + 'static {
    /// A new session; none where the service gives none.
    fn open(
        &self,
        credentials: &Credentials,
    ) -> impl Future<Output = Result<Option<Session>, Trouble>> + Send;
    /// Ends the session at `location`.
    fn close(&self, location: &ResourcePath, token: &Secret) -> impl Future<Output = ()> + Send;
}

/// What is said where there is [`NoPass::NoSession`].
pub(super) const NO_SESSION: &str = "it gives no session; with `auth = \"auto\"` of the pod manager Basic authentication would be tried";

/// Why there is no pass.
pub(super) enum NoPass {
    /// The service could not be asked.
    Trouble(Trouble),
    /// It has just refused, and is not asked again yet.
    Quiet,
    /// It gives no session, and Basic authentication is not wanted.
    NoSession,
}

pub(super) struct Login {
    credentials: Credentials,
    auth: ServiceAuth,
    basic: Secret,
    state: Arc<Mutex<State>>,
    /// The number of the newest pass with which something could be read.
    worked: AtomicU64,
    /// The number of the newest pass that may hold a wrong password.
    doubted: AtomicU64,
    /// Held by the one request that tries a pass that is in doubt.
    trying: Mutex<()>,
}

#[derive(Default)]
struct State {
    passes: u64,
    current: Option<Pass>,
    quiet_until: Option<Instant>,
}

impl Login {
    pub(super) fn new(credentials: Credentials, auth: ServiceAuth) -> Self {
        let pair = Secret::new(format!(
            "{}:{}",
            credentials.username,
            credentials.password.expose()
        ));
        Self {
            basic: Secret::new(BASE64_STANDARD.encode(pair.expose())),
            credentials,
            auth,
            state: Arc::default(),
            worked: AtomicU64::new(0),
            // The first.
            doubted: AtomicU64::new(1),
            trying: Mutex::default(),
        }
    }

    /// Waits until something could be read, or nobody else is trying to. As long
    /// as the password is in doubt, whoever asks holds the guard until it has its
    /// answer: a wrong one is to be sent once, not once for each read.
    pub(super) async fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        if !self.is_in_doubt() {
            return None;
        }
        let guard = self.trying.lock().await;
        self.is_in_doubt().then_some(guard)
    }

    /// Whether nothing could be read yet with a password that may be wrong.
    fn is_in_doubt(&self) -> bool {
        self.worked.load(Ordering::Relaxed) < self.doubted.load(Ordering::Relaxed)
    }

    /// The pass to go with the next request. The first one logs in.
    pub(super) async fn pass(
        self: &Arc<Self>,
        sessions: &Arc<impl Sessions>,
    ) -> Result<Pass, NoPass> {
        let state = self.state().await;
        if state
            .quiet_until
            .is_some_and(|until| Instant::now() < until)
        {
            return Err(NoPass::Quiet);
        }
        if let Some(pass) = &state.current {
            return Ok(pass.clone());
        }
        self.log_in(state, sessions, None).await
    }

    /// Notes that something could be read with `pass` that is not for everybody.
    pub(super) fn worked(&self, pass: &Pass) {
        self.worked.fetch_max(pass.number, Ordering::Relaxed);
    }

    /// Another pass to try once, after `refused` was answered with 401. None if
    /// there is no other: then it is this resource that is refused to us.
    pub(super) async fn instead_of(
        self: &Arc<Self>,
        refused: &Pass,
        sessions: &Arc<impl Sessions>,
    ) -> Result<Option<Pass>, NoPass> {
        let mut state = self.state().await;
        if state.quiet_until.is_some() {
            return Ok(None);
        }
        if let Some(current) = &state.current
            && current.number != refused.number
        {
            // What is refused to the same name and password is so again.
            let same = matches!((&current.kind, &refused.kind), (Kind::Basic, Kind::Basic));
            return Ok((!same).then(|| current.clone()));
        }
        let worked = self.worked.load(Ordering::Relaxed);
        match &refused.kind {
            Kind::Session(old) if worked == refused.number || refused.may_have_ended() => {
                let old = old.location.clone();
                self.log_in(state, sessions, old).await.map(Some)
            }
            // Some services give tokens that they do not honour.
            Kind::Session(_) if worked == 0 && self.auth == ServiceAuth::Auto => {
                Ok(Some(self.take_basic(&mut state)))
            }
            // It may be this resource, or the password is another since.
            Kind::Basic if worked >= refused.number => {
                self.take_basic(&mut state);
                Ok(None)
            }
            Kind::Basic => {
                state.be_quiet();
                Ok(None)
            }
            Kind::Session(_) => {
                if worked == 0 {
                    state.be_quiet();
                }
                Ok(None)
            }
        }
    }

    /// Ends the session, if there is one.
    pub(super) async fn close(&self, sessions: &impl Sessions) {
        let mut state = self.state.lock().await;
        if let Some(Pass {
            kind:
                Kind::Session(Session {
                    token,
                    location: Some(location),
                }),
            ..
        }) = state.current.take()
        {
            sessions.close(&location, &token).await;
        }
    }

    /// `request` with `pass`.
    pub(super) fn sign(&self, request: RequestBuilder, pass: &Pass) -> RequestBuilder {
        match &pass.kind {
            Kind::Session(session) => with_token(request, &session.token),
            Kind::Basic => with_header(
                request,
                AUTHORIZATION.as_str(),
                &Secret::new(format!("Basic {}", self.basic.expose())),
            ),
        }
    }

    /// Every text that a hostile service could send back to get it logged.
    pub(super) fn hidden<'a>(&'a self, pass: &'a Pass) -> Vec<&'a str> {
        let mut hidden = vec![self.credentials.password.expose(), self.basic.expose()];
        if let Kind::Session(session) = &pass.kind {
            hidden.push(session.token.expose());
        }
        hidden.retain(|text| !text.is_empty());
        hidden
    }

    /// A pass of name and password, of which nobody knows yet whether they are right.
    fn take_basic(&self, state: &mut State) -> Pass {
        let pass = state.take(Kind::Basic);
        self.doubted.store(pass.number, Ordering::Relaxed);
        pass
    }

    async fn state(&self) -> OwnedMutexGuard<State> {
        Arc::clone(&self.state).lock_owned().await
    }

    /// A new pass. Goes on if whoever asks for it goes away: the service opens the
    /// session all the same, and has few of them. Who comes meanwhile waits for it, as
    /// `state` is locked until then. The session at `old` is ended with the new one.
    async fn log_in(
        self: &Arc<Self>,
        mut state: OwnedMutexGuard<State>,
        sessions: &Arc<impl Sessions>,
        old: Option<ResourcePath>,
    ) -> Result<Pass, NoPass> {
        state.quiet_until = None;
        state.current = None;
        if self.auth == ServiceAuth::Basic {
            return Ok(self.take_basic(&mut state));
        }
        let (login, sessions) = (Arc::clone(self), Arc::clone(sessions));
        let opening = async move {
            let opened = sessions
                .open(&login.credentials)
                .await
                .map_err(NoPass::Trouble)?;
            match opened {
                Some(session) => {
                    let token = session.token.clone();
                    let pass = state.take(Kind::Session(session));
                    if let Some(old) = &old {
                        sessions.close(old, &token).await;
                    }
                    Ok(pass)
                }
                None if login.auth == ServiceAuth::Auto => Ok(login.take_basic(&mut state)),
                None => {
                    state.be_quiet();
                    Err(NoPass::NoSession)
                }
            }
        };
        let opening = tokio::spawn(opening.in_current_span());
        let opened = opening.await;
        opened.unwrap_or_else(|error| {
            let broken = Trouble::Connection(error.to_string());
            Err(NoPass::Trouble(broken))
        })
    }
}

impl State {
    /// Leaves the service alone for a while.
    fn be_quiet(&mut self) {
        self.quiet_until = Some(Instant::now() + QUIET);
        self.current = None;
    }

    fn take(&mut self, kind: Kind) -> Pass {
        self.passes += 1;
        let pass = Pass {
            number: self.passes,
            kind,
            since: Instant::now(),
        };
        self.current = Some(pass.clone());
        pass
    }
}

/// `request` with the token of a session.
pub(super) fn with_token(request: RequestBuilder, token: &Secret) -> RequestBuilder {
    with_header(request, "x-auth-token", token)
}

/// A token that cannot stand in a header is left out: the service then refuses.
fn with_header(request: RequestBuilder, name: &'static str, value: &Secret) -> RequestBuilder {
    match HeaderValue::from_str(value.expose()) {
        Ok(mut value) => {
            value.set_sensitive(true);
            request.header(name, value)
        }
        Err(_) => request,
    }
}

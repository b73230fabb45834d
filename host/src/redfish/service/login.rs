//! How we are let in: by a session where the service offers one, else by Basic
//! authentication.
//!
//! BMCs lock accounts after a few wrong passwords and have few sessions. So one
//! request logs in for all, a session is renewed only when it had worked, and
//! when nothing ever worked the service is left alone for a while.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::RequestBuilder;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

use super::super::ResourcePath;
use super::transport::Trouble;
use crate::node::ServiceAuth;
use crate::secret::{Credentials, Secret};

/// For how long a service is not asked again that never let us in. Long enough
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
pub(super) trait Sessions {
    /// A new session; none where the service gives none.
    async fn open(&self, credentials: &Credentials) -> Result<Option<Session>, Trouble>;
    /// Ends the session at `location`.
    async fn close(&self, location: &ResourcePath, token: &Secret);
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
    state: Mutex<State>,
    /// The number of the newest pass with which something could be read.
    worked: AtomicU64,
    /// Held by the one request that tries a pass that never worked.
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
            state: Mutex::default(),
            worked: AtomicU64::new(0),
            trying: Mutex::default(),
        }
    }

    /// Waits until something could be read, or nobody else is trying to. As long
    /// as nothing could, whoever asks holds the guard until it has its answer:
    /// one wrong password is to be sent once, not once for each read.
    pub(super) async fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        if self.worked.load(Ordering::Relaxed) > 0 {
            return None;
        }
        let guard = self.trying.lock().await;
        (self.worked.load(Ordering::Relaxed) == 0).then_some(guard)
    }

    /// The pass to go with the next request. The first one logs in.
    pub(super) async fn pass(&self, sessions: &impl Sessions) -> Result<Pass, NoPass> {
        let mut state = self.state.lock().await;
        if state
            .quiet_until
            .is_some_and(|until| Instant::now() < until)
        {
            return Err(NoPass::Quiet);
        }
        if let Some(pass) = &state.current {
            return Ok(pass.clone());
        }
        self.log_in(&mut state, sessions).await
    }

    /// Notes that something could be read with `pass` that is not for everybody.
    pub(super) fn worked(&self, pass: &Pass) {
        self.worked.fetch_max(pass.number, Ordering::Relaxed);
    }

    /// Another pass to try once, after `refused` was answered with 401. None if
    /// there is no other: then it is this resource that is refused to us.
    pub(super) async fn instead_of(
        &self,
        refused: &Pass,
        sessions: &impl Sessions,
    ) -> Result<Option<Pass>, NoPass> {
        let mut state = self.state.lock().await;
        if state.quiet_until.is_some() {
            return Ok(None);
        }
        if let Some(current) = &state.current
            && current.number != refused.number
        {
            return Ok(Some(current.clone()));
        }
        let worked = self.worked.load(Ordering::Relaxed);
        match &refused.kind {
            Kind::Session(old) if worked == refused.number || refused.may_have_ended() => {
                let new = self.log_in(&mut state, sessions).await?;
                if let (Some(location), Kind::Session(session)) = (&old.location, &new.kind) {
                    sessions.close(location, &session.token).await;
                }
                Ok(Some(new))
            }
            // Some services give tokens that they do not honour.
            Kind::Session(_) if worked == 0 && self.auth == ServiceAuth::Auto => {
                Ok(Some(state.take(Kind::Basic)))
            }
            Kind::Session(_) | Kind::Basic => {
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

    async fn log_in(&self, state: &mut State, sessions: &impl Sessions) -> Result<Pass, NoPass> {
        state.quiet_until = None;
        state.current = None;
        if self.auth == ServiceAuth::Basic {
            return Ok(state.take(Kind::Basic));
        }
        let opened = sessions
            .open(&self.credentials)
            .await
            .map_err(NoPass::Trouble)?;
        match opened {
            Some(session) => Ok(state.take(Kind::Session(session))),
            None if self.auth == ServiceAuth::Auto => Ok(state.take(Kind::Basic)),
            None => {
                state.be_quiet();
                Err(NoPass::NoSession)
            }
        }
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

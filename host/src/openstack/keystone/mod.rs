//! Keystone: a token for Ironic, and where Ironic is; and whose the tokens of others
//! are.
//!
//! One [`Keystone`] holds one token. It is asked for when the first request needs
//! it, renewed a while before its end, and given up when Ironic refuses it. Of
//! many requests that need one at the same moment, one asks and all get it.

mod body;
mod catalogue;
mod discover;
mod error;
mod exchange;
mod refusal;
mod settings;
mod subject;
#[cfg(test)]
mod tests;
mod token;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

pub(crate) use self::error::KeystoneError;
use self::error::Kind;
pub use self::settings::{
    ApplicationCredential, Domain, Identity, KeystoneSettings, Project, Scope, User, Wanted,
};
pub use self::subject::{Subject, TokenCheck};
pub(crate) use self::token::Token;
use crate::secret::Secret;

/// For how long a refusal is not asked for again: Keystone may lock out a user
/// whose password was wrong too often.
const REFUSED: Duration = Duration::from_secs(10);

/// How long a failed renewal is not tried again while the old token is still good.
const RENEWAL_PAUSE: Duration = Duration::from_secs(5);

/// A Keystone, and the token that it gave.
pub struct Keystone {
    http: reqwest::Client,
    settings: KeystoneSettings,
    state: Mutex<State>,
    /// How often it was asked, whatever came of it.
    asked: AtomicU64,
}

#[derive(Default)]
struct State {
    v3: Option<Url>,
    token: Option<Arc<Token>>,
    /// What came of it the last time, if it was no token.
    failure: Option<(Instant, KeystoneError)>,
}

impl Keystone {
    pub(crate) fn new(http: reqwest::Client, settings: KeystoneSettings) -> Self {
        Self {
            http,
            settings,
            state: Mutex::default(),
            asked: AtomicU64::new(0),
        }
    }

    /// Its address as it was configured.
    pub(crate) fn auth_url(&self) -> &Url {
        &self.settings.auth_url
    }

    /// A token that is good for a while.
    pub(crate) async fn token(&self) -> Result<Arc<Token>, KeystoneError> {
        let asked = self.asked.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        let now = Instant::now();
        if let Some(token) = state.token.as_ref().filter(|token| now < token.renew_at) {
            return Ok(Arc::clone(token));
        }
        let old = state.token.clone().filter(|token| now < token.ends_at);
        if let Some((when, error)) = &state.failure {
            let same_question = asked != self.asked.load(Ordering::Acquire);
            if let (Some(old), true) = (&old, now < *when + RENEWAL_PAUSE) {
                return Ok(Arc::clone(old));
            }
            if same_question || (error.kind == Kind::Refused && now < *when + REFUSED) {
                return Err(error.clone());
            }
        }
        let answer = self.ask(&mut state.v3).await;
        self.asked.fetch_add(1, Ordering::Release);
        match answer {
            Ok(token) => {
                tracing::debug!(keystone = %self.settings.auth_url, who = %token.who(), "got a token");
                let token = Arc::new(token);
                state.token = Some(Arc::clone(&token));
                state.failure = None;
                Ok(token)
            }
            Err(error) => {
                state.failure = Some((Instant::now(), error.clone()));
                match old {
                    Some(old) if error.is_transient() => {
                        tracing::warn!(error = error.text, "the token is not renewed yet");
                        Ok(old)
                    }
                    _ => Err(error),
                }
            }
        }
    }

    /// Gives `token` up, which Ironic refused, if it is still the one in use.
    pub(crate) async fn give_up(&self, token: &Arc<Token>) {
        let mut state = self.state.lock().await;
        if state
            .token
            .as_ref()
            .is_some_and(|held| Arc::ptr_eq(held, token))
        {
            state.token = None;
        }
    }

    /// Where Ironic is, by the catalogue that came with `token`.
    pub(crate) fn find(&self, token: &Token, wanted: &Wanted) -> Result<Url, KeystoneError> {
        catalogue::choose(&token.catalogue, wanted).map_err(|reason| {
            let auth_url = &self.settings.auth_url;
            KeystoneError::new(Kind::NoIronic, format!("keystone at `{auth_url}` {reason}"))
        })
    }

    async fn ask(&self, v3: &mut Option<Url>) -> Result<Token, KeystoneError> {
        let v3 = match v3 {
            Some(known) => known,
            None => v3.insert(discover::v3(&self.http, &self.settings.auth_url).await?),
        };
        let asked = Instant::now();
        let request = self
            .http
            .post(refusal::url(v3, "tokens"))
            .json(&body::scoped(&self.settings));
        let reply = exchange::send(request, v3.as_str()).await?;
        let unusable = |why: &str| {
            let text = format!("what answers at `{v3}` is no keystone: {why}");
            reply.error(Kind::Unusable, text)
        };
        // It looks for the token that it is given, and may not find it.
        let no_such_token = matches!(self.settings.identity, Identity::Token(_))
            && reply.json().pointer("/error/message").is_some();
        match reply.status {
            201 => {}
            404 if !no_such_token => {
                return Err(unusable("it has no `/auth/tokens`; check `auth_url`"));
            }
            400 | 401 | 403 | 404 => {
                return Err(refusal::explained(&self.http, v3, &self.settings, &reply).await);
            }
            status => return Err(unusable(&format!("it answers with status {status}"))),
        }
        let id = reply
            .headers
            .get("x-subject-token")
            .and_then(|id| id.to_str().ok());
        let id = Secret::new(id.ok_or_else(|| unusable("it gives no token"))?);
        serde_json::from_slice::<token::Answer>(&reply.body)
            .ok()
            .and_then(|answer| answer.into_token(id, asked))
            .ok_or_else(|| unusable("its answer is none about a token"))
    }
}

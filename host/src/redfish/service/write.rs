//! Changing something at a service. A write is sent once: what became of one that is
//! not answered is for the caller to find out.

use reqwest::header::{IF_MATCH, LOCATION};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

use super::super::{ResourcePath, parse};
use super::answer::words;
use super::client::Service;
use super::login::{NO_SESSION, NoPass};
use super::transport::{Answer, Trouble, send};

/// What is to be changed.
#[derive(Clone, Debug)]
pub struct Write<'a> {
    method: Method,
    path: &'a ResourcePath,
    body: Option<&'a Value>,
    to_its_end: bool,
}

impl<'a> Write<'a> {
    /// Posts `body` to `path`.
    pub fn post(path: &'a ResourcePath, body: &'a Value) -> Self {
        Self {
            method: Method::POST,
            path,
            body: Some(body),
            to_its_end: false,
        }
    }

    /// Changes the resource at `path`.
    pub fn patch(path: &'a ResourcePath, body: &'a Value) -> Self {
        Self {
            method: Method::PATCH,
            path,
            body: Some(body),
            to_its_end: false,
        }
    }

    /// Deletes the resource at `path`.
    pub fn delete(path: &'a ResourcePath) -> Self {
        Self {
            method: Method::DELETE,
            path,
            body: None,
            to_its_end: false,
        }
    }

    /// The same; what the service only accepts is waited for.
    pub fn to_its_end(self) -> Self {
        Self {
            to_its_end: true,
            ..self
        }
    }
}

/// A write that has been done, or has been accepted where nobody waits for its end.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// Where what was made is, if the service says so.
    pub location: Option<ResourcePath>,
    /// The document that came back.
    pub body: Option<Value>,
}

/// Why a write was not done, or may not have been.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Nothing was sent.
    #[error("`{path}`: {reason}")]
    NotSent {
        /// Where.
        path: ResourcePath,
        /// Why not.
        reason: String,
    },
    /// There is no such resource.
    #[error("`{path}` does not exist")]
    Absent {
        /// Which.
        path: ResourcePath,
    },
    /// The service refuses, and has done nothing.
    #[error("`{path}`: the service refuses: {reason}")]
    Refused {
        /// Where.
        path: ResourcePath,
        /// Status and words of the service.
        reason: String,
    },
    /// The service may have done it.
    #[error("`{path}`: it is not known whether this was done: {reason}")]
    Unknown {
        /// Where.
        path: ResourcePath,
        /// What happened.
        reason: String,
        /// Whether the answer did not come in time.
        slow: bool,
    },
}

impl Service {
    /// Changes something.
    pub async fn write(&self, write: Write<'_>) -> Result<Written, WriteError> {
        let path = write.path;
        let permit = self
            .permits
            .acquire()
            .await
            .map_err(|_| not_sent(path, "the service is being closed"))?;
        let (answer, hidden) = self.answered(&write, None).await?;
        let answer = match answer.status {
            // Some want to be told what they are to change; any will do.
            StatusCode::PRECONDITION_FAILED | StatusCode::PRECONDITION_REQUIRED => {
                self.answered(&write, Some("*")).await?.0
            }
            _ => answer,
        };
        let hidden: Vec<_> = hidden.iter().map(String::as_str).collect();
        let reason = || words(&answer, &hidden);
        match answer.status {
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                Err(WriteError::Absent { path: path.clone() })
            }
            // Some give no task for a reset, and some a job that waits for the next one.
            StatusCode::ACCEPTED if !write.to_its_end => Ok(Written::default()),
            StatusCode::ACCEPTED => {
                // Others may have the place while we wait.
                drop(permit);
                match self.ended(path, &answer, &hidden).await? {
                    Some(answer) => Ok(self.written(path, &answer)),
                    None => Ok(Written::default()),
                }
            }
            status if status.is_success() => Ok(self.written(path, &answer)),
            status if status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED => {
                Err(unknown(path, reason()))
            }
            status if status == StatusCode::REQUEST_TIMEOUT => Err(unknown(path, reason())),
            _ => Err(WriteError::Refused {
                path: path.clone(),
                reason: reason(),
            }),
        }
    }

    /// The answer, and the texts that must not get into an error. A 401 is no
    /// outcome: with another pass it is sent again.
    async fn answered(
        &self,
        write: &Write<'_>,
        if_match: Option<&'static str>,
    ) -> Result<(Answer, Vec<String>), WriteError> {
        let path = write.path;
        let Some(login) = &self.login else {
            let sent = self.wire_send(write, if_match, |request| request).await;
            return Ok((
                sent.map_err(|trouble| unanswered(path, trouble))?,
                Vec::new(),
            ));
        };
        let no_pass = |no: NoPass| match no {
            NoPass::Trouble(trouble) => not_sent(path, &said(trouble)),
            NoPass::Quiet => not_sent(
                path,
                "it has just refused our credentials, and is not asked again at once",
            ),
            NoPass::NoSession => not_sent(path, NO_SESSION),
        };
        let _turn = login.turn().await;
        let mut pass = login.pass(&self.wire).await.map_err(no_pass)?;
        loop {
            let sent = self
                .wire_send(write, if_match, |request| login.sign(request, &pass))
                .await;
            let answer = sent.map_err(|trouble| unanswered(path, trouble))?;
            if answer.status == StatusCode::UNAUTHORIZED
                && let Some(other) = login.instead_of(&pass, &self.wire).await.map_err(no_pass)?
            {
                pass = other;
                continue;
            }
            if answer.status != StatusCode::UNAUTHORIZED {
                login.worked(&pass);
            }
            let hidden = login.hidden(&pass).into_iter().map(str::to_owned).collect();
            return Ok((answer, hidden));
        }
    }

    async fn wire_send(
        &self,
        write: &Write<'_>,
        if_match: Option<&'static str>,
        sign: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Result<Answer, Trouble> {
        let spelling = self.wire.spellings.of(false);
        let url = self.wire.origin.url(write.path, spelling);
        let mut request = self.wire.write_request(write.method.clone(), &url);
        if let Some(body) = write.body {
            request = request.json(body);
        }
        if let Some(tag) = if_match {
            request = request.header(IF_MATCH, tag);
        }
        send(sign(request), self.wire.max_document).await
    }

    fn written(&self, path: &ResourcePath, answer: &Answer) -> Written {
        let location = answer.headers.get(LOCATION);
        let location = location.and_then(|location| location.to_str().ok());
        let body = parse::object(path, &answer.body).ok();
        let own = || body.as_ref()?.get("@odata.id")?.as_str()?.parse().ok();
        Written {
            location: location
                .and_then(|location| self.wire.origin.path_in(location))
                .or_else(own),
            body,
        }
    }
}

fn not_sent(path: &ResourcePath, reason: &str) -> WriteError {
    WriteError::NotSent {
        path: path.clone(),
        reason: reason.to_owned(),
    }
}

pub(super) fn unknown(path: &ResourcePath, reason: String) -> WriteError {
    WriteError::Unknown {
        path: path.clone(),
        reason,
        slow: false,
    }
}

fn unanswered(path: &ResourcePath, trouble: Trouble) -> WriteError {
    if let Trouble::Untrusted(_) = trouble {
        return not_sent(path, &said(trouble));
    }
    WriteError::Unknown {
        path: path.clone(),
        slow: matches!(trouble, Trouble::TimedOut),
        reason: said(trouble),
    }
}

fn said(trouble: Trouble) -> String {
    match trouble {
        Trouble::Connection(reason) => reason,
        Trouble::Untrusted(reason) => format!("its certificate is not trusted ({reason})"),
        Trouble::TimedOut => "there was no whole answer in time".into(),
        Trouble::TooLarge => "its answer is too large".into(),
    }
}

//! Reading one document: who we are, what we have of it already, and how it comes.

use async_trait::async_trait;
use reqwest::header::IF_NONE_MATCH;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::super::{PathError, ReadError, ResourcePath, Source, parse};
use super::answer::document;
use super::client::Service;
use super::expand;
use super::login::{NO_SESSION, NoPass, Pass};
use super::transport::Answer;

#[async_trait]
impl Source for Service {
    async fn fetch(&self, path: &ResourcePath) -> Result<Value, ReadError> {
        let _permit = permit(&self.permits, path).await?;
        self.read(path).await
    }

    async fn fetch_extra(&self, path: &ResourcePath) -> Result<Value, ReadError> {
        let _extra = permit(&self.extra, path).await?;
        self.fetch(path).await
    }

    async fn fetch_expanded(&self, path: &ResourcePath) -> Option<Value> {
        let page = self.expand.page(path)?;
        let _permit = permit(&self.permits, path).await.ok()?;
        let collection = match self.read_anew(&page).await {
            Ok((collection, _)) => collection,
            // One that is not there, or is too large so, may do plainly.
            Err(ReadError::Absent { .. } | ReadError::TooMuch { .. }) => return None,
            Err(error) => {
                self.expand.give_up(path, &error.to_string());
                return None;
            }
        };
        if !expand::is_complete(&collection) {
            return None;
        }
        match self.prove(&collection).await {
            Ok(()) => Some(collection),
            Err(reason) => {
                self.expand.give_up(path, &reason);
                None
            }
        }
    }
}

async fn permit<'a>(
    permits: &'a Semaphore,
    path: &ResourcePath,
) -> Result<SemaphorePermit<'a>, ReadError> {
    permits.acquire().await.map_err(|_| ReadError::Unavailable {
        path: path.clone(),
        reason: "the service is being closed".into(),
    })
}

impl Service {
    /// The document at `path`, from what is kept where the service says that it has
    /// not changed.
    async fn read(&self, path: &ResourcePath) -> Result<Value, ReadError> {
        let body = match self.shelf.get(path) {
            Some(kept) => {
                let etag = &kept.etag;
                let (answer, pass) = self
                    .ask(path, |request| request.header(IF_NONE_MATCH, etag))
                    .await?;
                if answer.status == StatusCode::NOT_MODIFIED {
                    parse::object(path, &kept.text)?
                } else {
                    self.taken(path, answer, pass.as_ref())?
                }
            }
            None => {
                let (answer, pass) = self.ask(path, |request| request).await?;
                self.taken(path, answer, pass.as_ref())?
            }
        };
        if *path == ResourcePath::root() {
            self.expand.learn(&body);
        }
        Ok(body)
    }

    /// The document in `answer`, which is kept.
    fn taken(
        &self,
        path: &ResourcePath,
        answer: Answer,
        pass: Option<&Pass>,
    ) -> Result<Value, ReadError> {
        let body = document(path, &answer, &self.hidden(pass))?;
        self.shelf.put(path, &answer.headers, answer.body);
        Ok(body)
    }

    /// The document at `path`, whatever is kept: the ETag of a collection says
    /// nothing of the members that came with it.
    async fn read_anew(&self, path: &ResourcePath) -> Result<(Value, Answer), ReadError> {
        let (answer, pass) = self.ask(path, |request| request).await?;
        let body = document(path, &answer, &self.hidden(pass.as_ref()))?;
        Ok((body, answer))
    }

    /// Whether the members in an expanded `collection` are what they are when they
    /// are read; if not, why not.
    async fn prove(&self, collection: &Value) -> Result<(), String> {
        for (kind, members) in expand::samples(collection)? {
            if self.expand.is_proven(&kind) {
                continue;
            }
            let mut telling = false;
            for (n, member) in members.iter().enumerate() {
                if telling && n >= expand::SAMPLES {
                    break;
                }
                telling |= self.is_right(member).await?;
            }
            if telling {
                self.expand.prove(kind);
            }
        }
        Ok(())
    }

    /// Whether an expanded `member`, which is what it is when it is read, says
    /// something of the others; if it is not, where it differs.
    async fn is_right(&self, member: &Value) -> Result<bool, String> {
        let link = member.get("@odata.id").and_then(Value::as_str);
        let path: ResourcePath = link
            .unwrap_or_default()
            .parse()
            .map_err(|error: PathError| error.to_string())?;
        let plain = self.read(&path).await.map_err(|error| error.to_string())?;
        match expand::difference(&plain, member) {
            None => Ok(expand::is_telling(&plain)),
            Some(at) => Err(format!(
                "`{at}` of `{path}` is not what it is when it is read"
            )),
        }
    }

    fn hidden<'a>(&'a self, pass: Option<&'a Pass>) -> Vec<&'a str> {
        match (&self.login, pass) {
            (Some(login), Some(pass)) => login.hidden(pass),
            _ => Vec::new(),
        }
    }

    /// The answer for `path`, and with what it was got.
    pub(super) async fn ask(
        &self,
        path: &ResourcePath,
        dress: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Result<(Answer, Option<Pass>), ReadError> {
        let wire = &self.wire;
        let Some(login) = &self.login else {
            let answer = wire.get(path, dress).await;
            return Ok((answer.map_err(|trouble| wire.no(path, trouble))?, None));
        };
        let get = async |pass: &Pass| {
            wire.get(path, |request| login.sign(dress(request), pass))
                .await
                .map_err(|trouble| wire.no(path, trouble))
        };
        let no_pass = |no: NoPass| {
            let reason = match no {
                NoPass::Trouble(trouble) => return wire.no(path, trouble),
                NoPass::Quiet => {
                    "it did so a moment ago, and is not asked again at once, lest it lock the account"
                }
                NoPass::NoSession => NO_SESSION,
            };
            ReadError::Refused {
                path: path.clone(),
                reason: reason.into(),
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
        // Anybody may read the root.
        let allowed = matches!(answer.status, StatusCode::OK | StatusCode::NOT_MODIFIED);
        if allowed && *path != ResourcePath::root() {
            login.worked(&pass);
        }
        Ok((answer, Some(pass)))
    }
}

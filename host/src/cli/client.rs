//! Talking to the server.

mod lines;
mod login;

use std::io::Write;
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderValue, WARNING};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use tokio::sync::OnceCell;
use url::Url;

use crate::api::Problem;
use crate::config::ServerAddress;
use crate::failure::{Cause, Failure};
use crate::secret::Secret;
use crate::text::tame;
use crate::tls;

use super::arguments::Global;
use super::output::note;
use super::trouble::Trouble;
pub(super) use lines::Lines;

/// Longer than the server's own deadline, so that it is the server that tells.
const PATIENCE: Duration = Duration::from_secs(330);

/// An answer that comes bit by bit takes as long as what it tells of.
const FOREVER: Duration = Duration::from_secs(u32::MAX as u64);

/// The server, as the command line sees it.
pub(super) struct Client {
    http: reqwest::Client,
    address: ServerAddress,
    /// Of Keystone's, once the server has asked for one.
    token: OnceCell<Secret>,
    quiet: bool,
}

impl Client {
    /// The server that the options or the environment name.
    pub(super) fn new(global: &Global) -> Result<Self, Trouble> {
        let address = ServerAddress::find(global.url.as_deref())?;
        let http = tls::client_builder(&address.verify_ca, address.certificate.as_ref())
            .map_err(|error| {
                let detail = match error.is_of_ours() {
                    true => "`VALENCE_CERT` or `VALENCE_KEY` cannot be used",
                    false => "`VALENCE_CACERT` cannot be used",
                };
                Failure::new(Cause::BadConfiguration, detail).because(error)
            })?
            .connect_timeout(Duration::from_secs(10))
            .timeout(PATIENCE)
            .user_agent(concat!("valence/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Trouble::from(Failure::internal(error)))?;
        Ok(Self {
            http,
            address,
            token: OnceCell::new(),
            quiet: global.quiet,
        })
    }

    /// `GET`.
    pub(super) async fn get(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Value, Trouble> {
        self.send(self.request(Method::GET, path, query)?).await
    }

    /// `DELETE`.
    pub(super) async fn delete(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Value, Trouble> {
        self.send(self.request(Method::DELETE, path, query)?).await
    }

    /// `POST` of `body`.
    pub(super) async fn post(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        body: &Value,
    ) -> Result<Value, Trouble> {
        self.send(self.request(Method::POST, path, query)?.json(body))
            .await
    }

    /// `PATCH` with `body`.
    pub(super) async fn patch(&self, path: &[&str], body: &Value) -> Result<Value, Trouble> {
        self.send(self.request(Method::PATCH, path, &[])?.json(body))
            .await
    }

    /// `POST` of `body`, with an answer that comes line by line for as long as it takes.
    pub(super) async fn lines(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        body: &Value,
    ) -> Result<Lines, Trouble> {
        let request = self.request(Method::POST, path, query)?.json(body);
        let request = request.header(ACCEPT, "application/x-ndjson");
        let response = self.ask(request.timeout(FOREVER)).await?;
        if response.status().is_success() {
            return Ok(Lines::new(response, self.address.url.clone()));
        }
        Err(self.refused(response).await)
    }

    /// `GET`, with an answer of any size, which goes into `file`.
    pub(super) async fn download(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        file: &mut impl Write,
    ) -> Result<(), Trouble> {
        let request = self.request(Method::GET, path, query)?.timeout(FOREVER);
        let mut response = self.ask(request).await?;
        if !response.status().is_success() {
            return Err(self.refused(response).await);
        }
        loop {
            let chunk = response.chunk().await;
            match chunk.map_err(|error| self.unreachable(error))? {
                Some(chunk) => file.write_all(&chunk)?,
                None => return Ok(()),
            }
        }
    }

    fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<RequestBuilder, Trouble> {
        let url = below(&self.address.url, path)?;
        let mut request = self.http.request(method, url);
        if !query.is_empty() {
            request = request.query(query);
        }
        Ok(request)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Value, Trouble> {
        let response = self.ask(request).await?;
        let status = response.status();
        if !status.is_success() {
            return Err(self.refused(response).await);
        }
        for warning in response.headers().get_all(WARNING) {
            note(self.quiet, &format!("warning: {}", words(warning)));
        }
        let bytes = self.body(response).await?;
        if status == StatusCode::NO_CONTENT && bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).map_err(|_| self.stranger(&status.to_string()))
    }

    /// Why there is no success.
    async fn refused(&self, response: Response) -> Trouble {
        let status = response.status();
        let to_be_set = self.to_be_set(&response);
        let bytes = match self.body(response).await {
            Ok(bytes) => bytes,
            Err(trouble) => return trouble,
        };
        match serde_json::from_slice::<Problem>(&bytes) {
            Ok(mut problem) => {
                if let Some(to_be_set) = to_be_set {
                    problem.detail = format!("{}: {to_be_set}", problem.detail);
                }
                Trouble::Reply(Box::new(problem))
            }
            Err(_) => self.stranger(&status.to_string()),
        }
    }

    async fn body(&self, response: Response) -> Result<Vec<u8>, Trouble> {
        match response.bytes().await {
            Ok(bytes) => Ok(bytes.into()),
            Err(error) => Err(self.unreachable(error)),
        }
    }

    fn unreachable(&self, error: reqwest::Error) -> Trouble {
        unreachable(&self.address.url, error)
    }

    fn stranger(&self, status: &str) -> Trouble {
        stranger(&self.address.url, status)
    }
}

/// What a header `Warning` says: `299 - "words"`.
fn words(warning: &HeaderValue) -> String {
    let text = String::from_utf8_lossy(warning.as_bytes());
    let quoted = text.splitn(3, ' ').nth(2).unwrap_or(&text);
    quoted.trim_matches('"').to_owned()
}

fn unreachable(url: &Url, error: reqwest::Error) -> Trouble {
    let detail = if let Some(reason) = tls::untrusted(&error) {
        format!(
            "the certificate of the server at `{url}` is not to be trusted: {reason}; name its \
             authority by `VALENCE_CACERT`"
        )
    } else if error.is_timeout() {
        format!("the server at `{url}` did not answer in time")
    } else if error.is_connect() {
        format!(
            "no server answers at `{url}`: start one with `valence serve`, or name another \
                 with `--url` or `VALENCE_URL`"
        )
    } else {
        format!("the connection to the server at `{url}` broke")
    };
    Failure::new(Cause::Unreachable, detail)
        .because(innermost(&error))
        .into()
}

fn stranger(url: &Url, status: &str) -> Trouble {
    Failure::new(
        Cause::Unreachable,
        format!(
            "`{url}` answers ({}), but not as a valence server does",
            tame(status, 100)
        ),
    )
    .into()
}

/// What is at the bottom of it: the layers above only say that they failed too.
fn innermost(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => innermost(source),
        None => error.to_string(),
    }
}

/// `path` below `base`. A name is one segment, whatever is in it.
fn below(base: &Url, path: &[&str]) -> Result<Url, Trouble> {
    if let Some(segment) = path
        .iter()
        .find(|segment| matches!(**segment, "" | "." | ".."))
    {
        return Err(Trouble::usage(format!("`{segment}` is no name")));
    }
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_warning_stand_between_quotes() {
        let said = |text| words(&HeaderValue::from_static(text));
        assert_eq!(said("299 - \"`rack-b` is away\""), "`rack-b` is away");
        assert_eq!(said("nonsense"), "nonsense");
    }

    #[test]
    fn a_name_is_one_segment_and_never_another_path() {
        let base: Url = "http://127.0.0.1:8181/valence/".parse().unwrap();
        let url = |name| below(&base, &["v1", "nodes", name]).ok().map(String::from);
        let expected = "http://127.0.0.1:8181/valence/v1/nodes/a%2Fb%3Fc%20d";
        assert_eq!(url("a/b?c d").as_deref(), Some(expected));
        for name in ["", ".", ".."] {
            assert_eq!(url(name), None, "{name}");
        }
    }
}

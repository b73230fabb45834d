//! What a service can do wrong, when it is asked to.

use std::io::Write as _;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::{StreamExt as _, stream};
use serde_json::Value;

use super::answer::Answer;

/// One thing that goes wrong with some requests.
#[derive(Clone, Debug)]
pub struct Fault {
    method: Option<String>,
    path: String,
    kind: Kind,
    left: usize,
    after: bool,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// An error with this status.
    Status(u16),
    /// 503 with a `Retry-After` of so many seconds.
    Busy(u32),
    /// Whoever asks is sent to this address.
    Redirect(String),
    /// A success with this text for a body.
    Text(String),
    /// The document with these keys merged into it.
    Changed(Value),
    /// The connection ends without an answer.
    Reset,
    /// The connection ends in the middle of the answer.
    Truncated,
    /// There is never an answer.
    Hang,
    /// Half of the answer comes, and never the rest.
    HangHalfway,
    /// It comes byte by byte, with this pause between them.
    Trickle(Duration),
    /// So many megabytes of spaces come before the document.
    Padded(usize),
    /// The same, compressed to very little.
    Bomb(usize),
    /// A body without end.
    Endless,
}

impl Fault {
    /// `kind` for the requests that ask for `path`, in which `*` is any part of one
    /// segment and `**` anything.
    pub fn at(path: &str, kind: Kind) -> Self {
        Self {
            method: None,
            path: path.to_owned(),
            kind,
            left: usize::MAX,
            after: false,
        }
    }

    /// Only with this method.
    #[must_use]
    pub fn of(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// So many times, and then no more.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.left = times;
        self
    }

    /// The request has its effect, and only its answer is lost.
    #[must_use]
    pub fn after(mut self) -> Self {
        self.after = true;
        self
    }

    /// Whether this request is struck; if so, there is one strike less left.
    pub(super) fn strikes(&mut self, method: &str, path: &str) -> bool {
        let struck = self.left > 0
            && self.method.as_deref().is_none_or(|only| only == method)
            && fits(&self.path, path);
        if struck {
            self.left -= 1;
        }
        struck
    }

    /// Whether the request is carried out all the same.
    pub(super) fn lets_through(&self) -> bool {
        self.after
            || !matches!(
                self.kind,
                Kind::Status(_)
                    | Kind::Busy(_)
                    | Kind::Redirect(_)
                    | Kind::Text(_)
                    | Kind::Reset
                    | Kind::Hang
            )
    }

    /// What comes instead of `answer`.
    pub(super) async fn spoil(&self, answer: Answer) -> Response {
        let text = answer.text();
        match &self.kind {
            Kind::Status(status) => {
                let status = StatusCode::from_u16(*status).unwrap();
                plain(Answer::error(status, "out of order"))
            }
            Kind::Busy(seconds) => {
                let busy = Answer::error(StatusCode::SERVICE_UNAVAILABLE, "busy");
                plain(busy.with("retry-after", seconds.to_string()))
            }
            Kind::Redirect(to) => {
                let moved = Answer::error(StatusCode::TEMPORARY_REDIRECT, "elsewhere");
                plain(moved.with("location", to))
            }
            Kind::Text(text) => Response::new(Body::from(text.clone())),
            Kind::Changed(keys) => {
                let mut document = answer.body.clone().unwrap_or(Value::Null);
                merge(&mut document, keys);
                answer.carrying(Body::from(document.to_string()))
            }
            Kind::Reset => answer.carrying(broken(String::new())),
            Kind::Truncated => answer.carrying(broken(half(&text))),
            Kind::Hang => std::future::pending().await,
            Kind::HangHalfway => {
                let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from(half(&text)))]);
                answer.carrying(Body::from_stream(first.chain(stream::pending())))
            }
            Kind::Trickle(pause) => {
                let pause = *pause;
                let bytes = stream::iter(text.into_bytes()).then(move |byte| async move {
                    tokio::time::sleep(pause).await;
                    Ok::<_, std::io::Error>(Bytes::from(vec![byte]))
                });
                answer.carrying(Body::from_stream(bytes))
            }
            Kind::Padded(megabytes) => {
                let pad = spaces(*megabytes);
                let rest = stream::once(async { Ok(Bytes::from(text)) });
                answer.carrying(Body::from_stream(pad.chain(rest)))
            }
            Kind::Bomb(megabytes) => {
                let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
                for _ in 0..*megabytes {
                    packer.write_all(&[b' '; 1 << 20]).unwrap();
                }
                packer.write_all(text.as_bytes()).unwrap();
                let packed = packer.finish().unwrap();
                let mut response = answer.carrying(Body::from(packed));
                let gzip = header::HeaderValue::from_static("gzip");
                response
                    .headers_mut()
                    .insert(header::CONTENT_ENCODING, gzip);
                response
            }
            Kind::Endless => answer.carrying(Body::from_stream(spaces(usize::MAX))),
        }
    }
}

/// `answer` as it is.
pub(super) fn plain(answer: Answer) -> Response {
    let text = answer.text();
    answer.carrying(Body::from(text))
}

/// `keys` laid over `document`, object by object.
pub(super) fn merge(document: &mut Value, keys: &Value) {
    match (document, keys) {
        (Value::Object(document), Value::Object(keys)) => {
            for (key, value) in keys {
                merge(document.entry(key).or_insert(Value::Null), value);
            }
        }
        (document, value) => *document = value.clone(),
    }
}

/// `text`, and then the end of the connection.
fn broken(text: String) -> Body {
    let cut = || Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
    if text.is_empty() {
        return Body::from_stream(stream::iter([cut() as std::io::Result<Bytes>]));
    }
    // What was written has to have gone before.
    let later = stream::once(async move {
        tokio::time::sleep(Duration::from_millis(20)).await;
        cut()
    });
    Body::from_stream(stream::iter([Ok(Bytes::from(text))]).chain(later))
}

fn half(text: &str) -> String {
    let middle = text.floor_char_boundary(text.len() / 2);
    text.split_at(middle).0.to_owned()
}

fn spaces(megabytes: usize) -> impl futures::Stream<Item = std::io::Result<Bytes>> {
    let block = Bytes::from_static(&[b' '; 1 << 20]);
    stream::iter(0..megabytes).map(move |_| Ok(block.clone()))
}

fn fits(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((start, rest)) => {
            let Some(left) = path.strip_prefix(start) else {
                return false;
            };
            let (rest, reach) = match rest.strip_prefix('*') {
                Some(rest) => (rest, left.len()),
                None => (rest, left.find('/').unwrap_or(left.len())),
            };
            (0..=reach)
                .filter(|end| left.is_char_boundary(*end))
                .any(|end| fits(rest, left.split_at(end).1))
        }
    }
}

/// `[METHOD] PATH KIND[=ARGUMENT] [times=N] [after]`, as in
/// `POST /redfish/v1/Nodes/Actions/Allocate reset times=1 after`.
impl FromStr for Fault {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = text.split_whitespace().peekable();
        let method = words.next_if(|word| !word.starts_with('/'));
        let path = words.next().context("a fault names a path")?;
        let kind = words.next().context("a fault says what goes wrong")?;
        let mut fault = Self::at(path, kind.parse()?);
        fault.method = method.map(str::to_owned);
        for word in words {
            match word.split_once('=') {
                Some(("times", times)) => fault.left = times.parse()?,
                None if word == "after" => fault.after = true,
                _ => bail!("`{word}` says nothing of a fault: `times=N` and `after` do"),
            }
        }
        Ok(fault)
    }
}

impl FromStr for Kind {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, argument) = text.split_once('=').unwrap_or((text, ""));
        Ok(match name {
            "status" => {
                let status = argument.parse()?;
                ensure!((200..600).contains(&status), "`{status}` is no status");
                Self::Status(status)
            }
            "busy" => Self::Busy(argument.parse()?),
            "redirect" => Self::Redirect(argument.to_owned()),
            "text" => Self::Text(argument.to_owned()),
            "changed" => Self::Changed(serde_json::from_str(argument)?),
            "reset" => Self::Reset,
            "truncated" => Self::Truncated,
            "hang" => Self::Hang,
            "hang-halfway" => Self::HangHalfway,
            "trickle" => Self::Trickle(Duration::from_millis(argument.parse()?)),
            "padded" => Self::Padded(argument.parse()?),
            "bomb" => Self::Bomb(argument.parse()?),
            "endless" => Self::Endless,
            _ => bail!(
                "there is no fault `{name}`: there are status=N, busy=SECONDS, redirect=URL, text=TEXT, \
                 changed=JSON, reset, truncated, hang, hang-halfway, trickle=MS, padded=MB, bomb=MB, endless"
            ),
        })
    }
}

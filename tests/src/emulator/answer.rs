//! What is asked and what is answered.

use axum::body::Body;
use axum::http::{HeaderMap, Method, StatusCode, header, request::Parts};
use axum::response::Response;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::documents::bare;

/// A request as the service understands it.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) method: Method,
    /// Unescaped, without a slash at the end.
    pub(super) path: String,
    pub(super) slashed: bool,
    pub(super) query: Vec<(String, String)>,
    /// What stands behind the `?`, as it was sent.
    pub(super) raw_query: Option<String>,
    pub(super) headers: HeaderMap,
    /// Null where there is none, or no JSON.
    pub(super) body: Value,
}

impl Asked {
    pub(super) fn new(parts: Parts, body: &[u8]) -> Self {
        let path = percent_decode_str(parts.uri.path()).decode_utf8_lossy();
        let query = parts.uri.query().map(str::to_owned);
        let pairs = query.as_deref().unwrap_or_default();
        Self {
            slashed: path.ends_with('/'),
            path: bare(&path).to_owned(),
            query: url::form_urlencoded::parse(pairs.as_bytes())
                .into_owned()
                .collect(),
            raw_query: query,
            method: parts.method,
            headers: parts.headers,
            body: serde_json::from_slice(body).unwrap_or(Value::Null),
        }
    }

    /// The option `key` of the query.
    pub(super) fn option(&self, key: &str) -> Option<&str> {
        let pair = self.query.iter().find(|(name, _)| name == key);
        pair.map(|(_, value)| value.as_str())
    }

    /// The header `name`, if it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
}

impl Answer {
    /// A document.
    pub(super) fn of(document: Value) -> Self {
        Self::new(StatusCode::OK, Some(document))
    }

    /// Done, and nothing to say.
    pub(super) fn done() -> Self {
        Self::new(StatusCode::NO_CONTENT, None)
    }

    /// `document` is at `path` now.
    pub(super) fn created(path: &str, document: Value) -> Self {
        Self::new(StatusCode::CREATED, Some(document)).with("location", path)
    }

    /// Being done, as `task` says.
    pub(super) fn accepted(task: Value) -> Self {
        Self::new(StatusCode::ACCEPTED, Some(task))
    }

    /// An error in the form of DSP0266.
    pub(super) fn error(status: StatusCode, message: impl Into<String>) -> Self {
        let message = message.into();
        let id = match status {
            StatusCode::NOT_FOUND => "Base.1.13.ResourceMissingAtURI",
            StatusCode::UNAUTHORIZED => "Base.1.13.NoValidSession",
            StatusCode::METHOD_NOT_ALLOWED => "Base.1.13.OperationNotAllowed",
            _ => "Base.1.13.GeneralError",
        };
        let body = json!({"error": {
            "code": id, "message": message,
            "@Message.ExtendedInfo": [{
                "@odata.type": "#Message.v1_1_1.Message", "MessageId": id, "Message": message,
                "MessageSeverity": "Critical", "Resolution": "None",
            }],
        }});
        Self::new(status, Some(body))
    }

    /// The caller's fault.
    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self::error(StatusCode::BAD_REQUEST, message)
    }

    /// There is nothing at `path`.
    pub(super) fn missing(path: &str) -> Self {
        Self::error(StatusCode::NOT_FOUND, format!("there is no `{path}`"))
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn new(status: StatusCode, body: Option<Value>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
        }
    }

    /// Its body as text.
    pub(super) fn text(&self) -> String {
        self.body.as_ref().map(Value::to_string).unwrap_or_default()
    }

    /// It with `body`, whatever its own was.
    pub(super) fn carrying(&self, body: Body) -> Response {
        let mut response = Response::builder()
            .status(self.status)
            .header("odata-version", "4.0");
        if self.body.is_some() {
            response = response.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in &self.headers {
            response = response.header(*name, value);
        }
        response.body(body).unwrap()
    }
}

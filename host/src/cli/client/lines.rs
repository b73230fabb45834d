//! Answers that come line by line.

use reqwest::Response;
use serde_json::Value;
use url::Url;

use super::super::trouble::Trouble;
use super::{stranger, unreachable};

/// An answer of lines, each of them JSON, which come when there is something to say.
pub(in crate::cli) struct Lines {
    response: Response,
    url: Url,
    read: Vec<u8>,
}

impl Lines {
    pub(super) fn new(response: Response, url: Url) -> Self {
        Self {
            response,
            url,
            read: Vec::new(),
        }
    }

    /// The next line. None: there is no more. Dropped half-way it loses nothing.
    pub(in crate::cli) async fn next(&mut self) -> Result<Option<Value>, Trouble> {
        loop {
            if let Some(end) = self.read.iter().position(|&byte| byte == b'\n') {
                let line: Vec<_> = self.read.drain(..=end).collect();
                let value = serde_json::from_slice(&line);
                return value.map_err(|_| stranger(&self.url, "200 OK"));
            }
            let chunk = self.response.chunk().await;
            match chunk.map_err(|error| unreachable(&self.url, error))? {
                Some(chunk) => self.read.extend_from_slice(&chunk),
                None => return Ok(None),
            }
        }
    }
}

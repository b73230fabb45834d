//! The requests of a registration, sent plainly.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use axum::body::Bytes;
use axum::http::{Method, StatusCode};

use crate::load::Ended;

/// One request, as it was sent.
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// With the query.
    pub(crate) path: String,
    pub(crate) body: Bytes,
}

/// All requests of one registration, in the order in which they arrived.
pub(crate) struct Recorded {
    pub(crate) requests: Vec<Asked>,
}

/// The pause before a request is sent again.
const PAUSE: Duration = Duration::from_millis(50);
/// How often that is done.
const TRIES: usize = 100;

/// Sends requests over one connection, one after another.
pub(crate) struct Sender {
    http: reqwest::Client,
    endpoint: String,
}

impl Sender {
    pub(crate) fn new(endpoint: &str) -> Result<Self> {
        Ok(Self {
            http: reqwest::Client::builder().no_proxy().build()?,
            endpoint: endpoint.to_owned(),
        })
    }

    /// Sends all of them. What Ironic fails or has locked is sent again.
    ///
    /// # Errors
    /// If it cannot be reached.
    pub(crate) async fn send(&self, recorded: &Recorded) -> Result<Ended> {
        let begun = Instant::now();
        let mut again = 0;
        let mut failed = false;
        for asked in &recorded.requests {
            let mut tries = 0;
            let status = loop {
                let status = self.once(asked).await?;
                if !status.is_server_error() || tries == TRIES {
                    break status;
                }
                tries += 1;
                tokio::time::sleep(PAUSE).await;
            };
            again += tries;
            // A look-up finds nothing; what was done although it failed is there.
            let expected = status.is_success()
                || asked.method == Method::GET && status == StatusCode::NOT_FOUND
                || tries > 0 && status == StatusCode::CONFLICT;
            failed |= !expected;
        }
        Ok(Ended {
            took: begun.elapsed(),
            failed,
            again,
        })
    }

    async fn once(&self, asked: &Asked) -> Result<StatusCode> {
        let request = self
            .http
            .request(
                asked.method.clone(),
                format!("{}{}", self.endpoint, asked.path),
            )
            .header("X-OpenStack-Ironic-API-Version", "1.115")
            .header("Content-Type", "application/json")
            .body(asked.body.clone());
        let response = request.send().await?;
        let status = response.status();
        let body = response.bytes().await?;
        ensure!(body.len() < 1 << 20, "an answer of {} bytes", body.len());
        Ok(status)
    }
}

//! Real Ironic, asked as anybody may.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::Value;

/// So often it is asked again when its SQLite was locked, which did nothing.
const ATTEMPTS: usize = 20;

/// What the Ironic at `endpoint` answers to `method` on `path`, below `/v1/`. An
/// answer without JSON is null.
pub async fn ask_ironic(
    endpoint: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> (StatusCode, Value) {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut left = ATTEMPTS;
    loop {
        let mut request = http
            .request(method.clone(), format!("{endpoint}/v1/{path}"))
            .header("X-OpenStack-Ironic-API-Version", "1.115");
        if let Some(body) = body {
            request = request.json(body);
        }
        let reply = request.send().await.unwrap();
        let (status, text) = (reply.status(), reply.text().await.unwrap());
        left -= 1;
        if text.contains("database is locked") && left > 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        }
        return (status, serde_json::from_str(&text).unwrap_or_default());
    }
}

//! A stub of Ironic: it holds nothing, finds nothing, takes everything, and
//! remembers what it was asked.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::raw::{Asked, Recorded};

/// The newest API that it claims to know, as Ironic 39 does.
const API: &str = "1.115";
/// More than any request of ours.
const LARGEST: usize = 1 << 20;

/// On loopback, for as long as the runtime lives.
pub(crate) struct Stub {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: tokio::task::JoinHandle<()>,
}

struct Shared {
    latency: Duration,
    /// By registration, in the order in which it was asked.
    asked: Mutex<HashMap<String, Vec<Asked>>>,
}

impl Stub {
    /// One that takes `latency` for each answer, however many it is asked for.
    pub(crate) async fn start(latency: Duration) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            latency,
            asked: Mutex::default(),
        });
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            // It never ends by itself.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            address,
            shared,
            server,
        })
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What each registration asked since the last time.
    pub(crate) fn take(&self) -> Vec<Recorded> {
        let mut asked = self
            .shared
            .asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let recorded = std::mem::take(&mut *asked).into_values();
        recorded.map(|requests| Recorded { requests }).collect()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let registration = head.headers.get("x-openstack-request-id");
    if let Some(registration) = registration.and_then(|value| value.to_str().ok()) {
        let asked = Asked {
            method: head.method.clone(),
            path: head.uri.to_string(),
            body: body.clone(),
        };
        let mut all = shared.asked.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(registration.to_owned()).or_default().push(asked);
    }
    if !shared.latency.is_zero() {
        tokio::time::sleep(shared.latency).await;
    }
    let (status, body) = match (&head.method, head.uri.path()) {
        (&Method::GET, "/" | "/v1" | "/v1/") => (StatusCode::OK, json!({})),
        (&Method::GET, "/v1/ports") => (StatusCode::OK, json!({"ports": []})),
        (&Method::POST, _) => (StatusCode::CREATED, created(&body)),
        (&Method::PUT | &Method::DELETE, _) => (StatusCode::NO_CONTENT, Value::Null),
        (&Method::PATCH, _) => (StatusCode::OK, json!({})),
        _ => {
            let fault =
                json!({"faultcode": "Client", "faultstring": "not found", "debuginfo": null});
            (
                StatusCode::NOT_FOUND,
                json!({"error_message": fault.to_string()}),
            )
        }
    };
    let body = match body {
        Value::Null => Body::empty(),
        body => Body::from(body.to_string()),
    };
    let headers = [
        (header::CONTENT_TYPE.as_str(), "application/json"),
        ("x-openstack-ironic-api-minimum-version", "1.1"),
        ("x-openstack-ironic-api-maximum-version", API),
        ("x-openstack-ironic-api-version", API),
    ];
    (status, headers, body).into_response()
}

/// What was sent, and what Ironic adds.
fn created(body: &[u8]) -> Value {
    let mut sent: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Some(fields) = sent.as_object_mut() {
        fields.insert("provision_state".into(), json!("enroll"));
    }
    sent
}

//! A Redfish service with the documents of a recording, for machines that no
//! emulator makes up.

use std::path::Path;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use serde_json::{Map, Value};
use tokio::net::TcpListener;

/// Serves the documents of a single-file map on loopback, until the test ends.
pub struct MockupServer {
    url: String,
}

impl MockupServer {
    /// Serves the map in `file`, with `changes` merged into its documents.
    pub async fn serving(file: &Path, changes: Value) -> Self {
        let text = std::fs::read_to_string(file).unwrap();
        let mut documents: Map<String, Value> = serde_json::from_str(&text).unwrap();
        for (path, keys) in changes.as_object().into_iter().flatten() {
            let document = documents.get_mut(path).unwrap().as_object_mut().unwrap();
            document.extend(keys.as_object().unwrap().clone());
        }
        let router = Router::new()
            .fallback(document)
            .with_state(Arc::new(documents));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }
}

async fn document(
    State(documents): State<Arc<Map<String, Value>>>,
    uri: Uri,
) -> (StatusCode, Json<Value>) {
    // A page of a collection is a document of its own.
    let page = uri.path_and_query().map(|page| page.as_str());
    let page = page.and_then(|page| documents.get(page));
    match page.or_else(|| documents.get(uri.path().trim_end_matches('/'))) {
        Some(document) => (StatusCode::OK, Json(document.clone())),
        None => (StatusCode::NOT_FOUND, Json(Value::Null)),
    }
}

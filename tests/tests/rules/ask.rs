//! Asking Ironic what it says of an enrollment, without Valence in between.

use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::Method;
use serde_json::{Map, Value, json};
use uuid::Uuid;
use valence::rules::Microversion;

/// An Ironic to be asked.
pub(super) struct Asked {
    http: reqwest::Client,
    root: String,
    pub(super) api: Microversion,
}

/// Status and words of a refusal, and of what.
pub(super) type Refusal = (u16, String);

impl Asked {
    pub(super) async fn start(endpoint: &str, api: Microversion) -> Self {
        Self {
            http: reqwest::Client::new(),
            root: endpoint.to_owned(),
            api,
        }
    }

    /// The same Ironic, in another version of its API.
    pub(super) fn in_version(&self, api: Microversion) -> Self {
        Self {
            http: self.http.clone(),
            root: self.root.clone(),
            api,
        }
    }

    /// Whether it takes `enrollment`, sent as Valence sends it; nothing stays.
    pub(super) async fn about(&self, enrollment: &Value) -> Result<(), Refusal> {
        let uuid = Uuid::new_v4();
        let answer = self.create(uuid, enrollment).await;
        // Gone with all that belongs to it, or never there.
        let _ = self
            .send(Method::DELETE, &format!("nodes/{uuid}"), None)
            .await;
        answer
    }

    async fn create(&self, node: Uuid, enrollment: &Value) -> Result<(), Refusal> {
        let mut body = given(&enrollment["node"]);
        body.insert("uuid".into(), json!(node));
        // An owner is put in afterwards where there is no Keystone.
        let owner = body.remove("owner");
        self.post("nodes", body).await?;
        if let Some(owner) = owner {
            let patch = json!([{"op": "add", "path": "/owner", "value": owner}]);
            self.send(Method::PATCH, &format!("nodes/{node}"), Some(patch))
                .await?;
        }
        let mut groups = Map::new();
        for group in items(enrollment, "portgroups") {
            let uuid = Uuid::new_v4();
            let mut body = given(group);
            if let Some(Value::String(name)) = body.get("name") {
                groups.insert(name.clone(), json!(uuid));
            }
            body.insert("uuid".into(), json!(uuid));
            body.insert("node_uuid".into(), json!(node));
            self.post("portgroups", body).await?;
        }
        for port in items(enrollment, "ports") {
            let mut body = given(port);
            if let Some(group) = body.remove("portgroup") {
                let group = group.as_str().and_then(|name| groups.get(name));
                body.insert(
                    "portgroup_uuid".into(),
                    group.cloned().unwrap_or(json!(Uuid::nil())),
                );
            }
            body.insert("node_uuid".into(), json!(node));
            self.post("ports", body).await?;
        }
        if let Some(traits) = enrollment.get("traits") {
            let body = json!({ "traits": traits });
            self.send(Method::PUT, &format!("nodes/{node}/traits"), Some(body))
                .await?;
        }
        Ok(())
    }

    async fn post(&self, what: &str, body: Map<String, Value>) -> Result<(), Refusal> {
        self.send(Method::POST, what, Some(Value::Object(body)))
            .await
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Result<(), Refusal> {
        let url = format!("{}/v1/{path}", self.root);
        let mut request = self
            .http
            .request(method, url)
            .header("X-OpenStack-Ironic-API-Version", self.api.to_string());
        if let Some(body) = body {
            request = request.json(&body);
        }
        let reply = request.send().await.expect("an answer");
        let status = reply.status();
        let words = reply.text().await.expect("an answer");
        match status.is_success() {
            true => Ok(()),
            false => Err((status.as_u16(), words)),
        }
    }
}

/// A MAC that no other test has.
pub(super) fn mac() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let [a, b, c, d] = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    format!("0a:7e:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
}

/// What of `object` is not null: no more is sent.
fn given(object: &Value) -> Map<String, Value> {
    let mut given = object.as_object().cloned().unwrap_or_default();
    given.retain(|_, value| !value.is_null());
    given
}

fn items<'a>(enrollment: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    enrollment
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

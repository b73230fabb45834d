//! What Ironic is asked for.

use std::fmt::Display;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::{Call, Field};
use super::saga::Saga;
use super::{Client, IronicError};
use crate::rules::Microversion;

/// What of a node shows whose it is and what may be done with it.
const STANDING: &[Field] = &[
    ("uuid", Microversion::INITIAL),
    ("name", Microversion::NODE_NAME),
    ("provision_state", Microversion::INITIAL),
    ("instance_uuid", Microversion::INITIAL),
    ("owner", Microversion::OWNER),
    ("extra", Microversion::INITIAL),
];

impl Client {
    /// The node with this uuid, as Ironic shows it: passwords masked. `None` if
    /// there is none.
    pub async fn node(&self, uuid: Uuid) -> Result<Option<Value>, IronicError> {
        self.find(&Call::get(["nodes", &uuid.to_string()])).await
    }

    /// Its ports, in full.
    pub async fn node_ports(&self, uuid: Uuid) -> Result<Vec<Value>, IronicError> {
        self.list("ports", uuid).await
    }

    /// Its port groups, in full.
    pub async fn node_portgroups(&self, uuid: Uuid) -> Result<Vec<Value>, IronicError> {
        self.list("portgroups", uuid).await
    }

    /// Its traits.
    pub async fn node_traits(&self, uuid: Uuid) -> Result<Vec<String>, IronicError> {
        let traits = self
            .send(&Call::get(["nodes", &uuid.to_string(), "traits"]))
            .await?;
        Ok(items(traits, "traits")
            .iter()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect())
    }

    async fn list(&self, what: &'static str, node: Uuid) -> Result<Vec<Value>, IronicError> {
        let call = Call::get([what])
            .query("node", node.to_string())
            .query("detail", "true");
        Ok(items(self.send(&call).await?, what))
    }
}

/// The node with this uuid, as far as [`STANDING`] goes.
pub(super) async fn node_with(
    saga: &Saga<'_>,
    uuid: Uuid,
    patience: Duration,
) -> Result<Option<Value>, IronicError> {
    let is_to_this = |node: &Value| {
        let shown = node.get("uuid").and_then(Value::as_str);
        shown.and_then(|shown| shown.parse().ok()) == Some(uuid)
    };
    saga.find(&standing(uuid), patience, is_to_this).await
}

/// The port with this MAC, as a list of at most one.
pub(super) fn port_by_mac(mac: &str) -> Call<'static> {
    Call::get(["ports"])
        .query("address", mac)
        .query("fields", "uuid,node_uuid")
}

fn items(body: Value, key: &str) -> Vec<Value> {
    match body {
        Value::Object(mut body) => match body.remove(key) {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// What [`STANDING`] lists of the node with this uuid or name.
pub(super) fn standing(node: impl Display) -> Call<'static> {
    Call::get(["nodes".to_owned(), node.to_string()]).only(STANDING)
}

/// The resource `what` with this uuid: its uuid and its node's.
pub(super) fn belonging(what: &str, uuid: Uuid) -> Call<'static> {
    Call::get([what.to_owned(), uuid.to_string()]).query("fields", "uuid,node_uuid")
}

pub(super) fn create(what: &str, body: Value) -> Call<'static> {
    Call::new(Method::POST, [what]).body(body)
}

pub(super) fn amend(node: Uuid, operations: Vec<Value>) -> Call<'static> {
    Call::new(Method::PATCH, ["nodes", &node.to_string()]).body(Value::Array(operations))
}

pub(super) fn set_traits(node: Uuid, traits: &[String]) -> Call<'static> {
    Call::new(Method::PUT, ["nodes", &node.to_string(), "traits"]).body(json!({"traits": traits}))
}

pub(super) fn delete(node: Uuid) -> Call<'static> {
    Call::new(Method::DELETE, ["nodes", &node.to_string()])
}

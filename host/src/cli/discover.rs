//! `valence podm discover`, and `valence node manage --all`, which goes by it.

use serde_json::{Value, json};

use crate::enrollment::Object;

use super::arguments::Global;
use super::client::Client;
use super::node::{object, objects};
use super::output::{ListFormat, note};
use super::trouble::Trouble;

/// What is shown of a system.
pub(super) const COLUMNS: &[&str] = &["id", "name", "model", "uuid", "manageable", "left_out"];

/// All that stands behind `pod_manager`.
pub(super) async fn systems(client: &Client, pod_manager: &str) -> Result<Vec<Object>, Trouble> {
    let path = ["v1", "pod_managers", pod_manager, "systems"];
    objects(client.get(&path, &[]).await?)
}

/// Takes all systems of `pod_manager` on that could be managed. What cannot be had
/// keeps none of the others from it; the last trouble gives the exit.
pub(super) async fn manage_all(
    global: &Global,
    client: &Client,
    pod_manager: &str,
    format: &ListFormat,
    columns: &[&str],
) -> Result<(), Trouble> {
    let (mut managed, mut failed) = (Vec::new(), None::<Trouble>);
    for system in systems(client, pod_manager).await? {
        let text = |key: &str| system.get(key).and_then(Value::as_str);
        let Some(uri) = text("resource_uri") else {
            continue;
        };
        if let Some(reason) = text("left_out") {
            note(global.quiet, &format!("left out `{uri}`: {reason}"));
            continue;
        }
        let body = json!({"podm_id": pod_manager, "node_index": uri});
        match client.post(&["v1", "nodes", "manage"], &[], &body).await {
            Ok(reply) => managed.push(object(reply)?),
            Err(trouble) => {
                note(global.quiet, &format!("`{uri}` is not managed"));
                if let Some(before) = failed.replace(trouble) {
                    let _ = before.tell();
                }
            }
        }
    }
    format.list(&managed, columns)?;
    failed.map_or(Ok(()), Err)
}

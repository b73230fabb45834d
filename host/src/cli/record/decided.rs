//! A recording of what the server read for a decision.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::enrollment::Object;
use crate::failure::Failure;
use crate::policy::Recording;
use crate::redfish::{Recorded, ResourcePath};

use super::super::arguments::Global;
use super::super::client::Client;
use super::super::node::object;
use super::super::trouble::Trouble;
use super::{Arguments, Told};

/// Which decision.
pub(super) enum Wanted<'a> {
    /// That with this id, or that which the registration with this id was made by.
    Decision(&'a str),
    /// That which the registration of the node with this name was made by.
    Node(&'a str),
}

/// The decision that is to be recorded; none: a live machine is.
pub(super) fn wanted(arguments: &Arguments) -> Option<Wanted<'_>> {
    match (&arguments.decision, &arguments.registration) {
        (Some(id), _) => Some(Wanted::Decision(id)),
        (None, Some(id)) if Uuid::parse_str(id).is_ok() => Some(Wanted::Decision(id)),
        (None, Some(name)) => Some(Wanted::Node(name)),
        (None, None) => None,
    }
}

pub(super) async fn recording(
    global: &Global,
    wanted: Wanted<'_>,
) -> Result<(Told, Recording), Trouble> {
    let client = Client::new(global)?;
    let id = match wanted {
        Wanted::Decision(id) => id.to_owned(),
        Wanted::Node(name) => {
            let path = ["v1", "nodes", name, "registration"];
            let registration = object(client.get(&path, &[]).await?)?;
            text(&registration, "registration")?
        }
    };
    let query = [("documents", "true")];
    let reply = client.get(&["v1", "decisions", &id], &query).await?;
    let decision = object(reply)?;
    let outcome = text(&decision, "outcome")?;
    let detail = decision.get("detail").and_then(Value::as_str);
    let circumstances = decision.get("circumstances");
    let system = circumstances.and_then(|all| all.get("system")).cloned();
    let told = Told {
        evaluation: json!(match detail {
            None => outcome,
            Some(detail) => format!("{outcome}: {detail}"),
        }),
        system: system.clone().unwrap_or_default(),
    };
    let mut reads = reads(&decision)?;
    if let Some(system) = system.as_ref().and_then(Value::as_str) {
        lead_to(&mut reads, system)?;
    }
    Ok((told, Recording::of(reads)))
}

fn text(record: &Object, key: &str) -> Result<String, Trouble> {
    let text = record.get(key).and_then(Value::as_str);
    text.map(str::to_owned)
        .ok_or_else(|| Failure::internal(format!("the server's record has no `{key}`")).into())
}

fn reads(decision: &Object) -> Result<BTreeMap<ResourcePath, Recorded>, Trouble> {
    let listed = decision.get("documents").and_then(Value::as_array);
    let mut reads = BTreeMap::new();
    for document in listed.into_iter().flatten() {
        let path = document.get("path").cloned().unwrap_or_default();
        let path = serde_json::from_value(path).map_err(Failure::internal)?;
        let read = match (document.get("body"), document.get("error")) {
            (Some(body), _) => Recorded::Read { body: body.clone() },
            (None, Some(error)) => {
                Recorded::Not(serde_json::from_value(error.clone()).map_err(Failure::internal)?)
            }
            (None, None) => continue,
        };
        reads.insert(path, read);
    }
    Ok(reads)
}

/// The server knew where the system is. Whoever uses the recording looks for it in the
/// collection of them, which is put there if nobody read it.
fn lead_to(reads: &mut BTreeMap<ResourcePath, Recorded>, system: &str) -> Result<(), Trouble> {
    let Some((collection, _)) = system.rsplit_once('/') else {
        return Ok(());
    };
    let path: ResourcePath = collection.parse().map_err(Failure::internal)?;
    if matches!(reads.get(&path), Some(Recorded::Read { .. })) {
        return Ok(());
    }
    let body = json!({
        "@odata.id": path,
        "@odata.type": "#ComputerSystemCollection.ComputerSystemCollection",
        "Name": "Systems",
        "Members": [{"@odata.id": system}],
        "Members@odata.count": 1,
    });
    reads.insert(path, Recorded::Read { body });
    Ok(())
}

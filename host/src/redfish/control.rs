//! Power and boot source of a node.

use serde_json::{Value, json};

use super::{ComposeError, Document, Service, Snapshot, Write, present};
use crate::text::tame;

/// What a node is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A change of its power: Redfish `ResetType`.
    Reset(String),
    /// What it boots from next.
    Boot {
        /// Redfish `BootSourceOverrideEnabled`: `Once`, `Continuous`, `Disabled`.
        enabled: String,
        /// Redfish `BootSourceOverrideTarget`: `Pxe`, `Hdd`, `None`, …
        target: String,
    },
}

/// Tells the node, which is `resource` to its pod manager and runs on `system`.
pub async fn command(
    service: &Service,
    snapshot: &Snapshot,
    places: [&super::ResourcePath; 2],
    command: &Command,
) -> Result<(), ComposeError> {
    let mut documents = Vec::new();
    for place in places {
        documents.extend(present(snapshot.read(place).await)?);
    }
    match command {
        Command::Reset(kind) => reset(service, &documents, kind).await,
        Command::Boot { enabled, target } => boot(service, &documents, enabled, target).await,
    }
}

async fn reset(
    service: &Service,
    documents: &[std::sync::Arc<Document>],
    kind: &str,
) -> Result<(), ComposeError> {
    let action = documents.iter().find_map(|document| {
        ["ComposedNode", "ComputerSystem"].iter().find_map(|of| {
            let action = document.get(&format!("/Actions/#{of}.Reset"))?;
            Some((action, action.get("target")?.as_str()?))
        })
    });
    let Some((action, target)) = action else {
        return Err(ComposeError::Unfit("the node has no action `Reset`".into()));
    };
    allowed(
        action.get("ResetType@Redfish.AllowableValues"),
        "ResetType",
        kind,
    )?;
    let path = target.parse()?;
    let body = json!({"ResetType": kind});
    let write = Write::post(&path, &body);
    service.write(write).await?;
    Ok(())
}

async fn boot(
    service: &Service,
    documents: &[std::sync::Arc<Document>],
    enabled: &str,
    target: &str,
) -> Result<(), ComposeError> {
    let Some(document) = documents
        .iter()
        .find(|document| document.get("/Boot").is_some_and(Value::is_object))
    else {
        return Err(ComposeError::Unfit(
            "the node has no `Boot` that could be set".into(),
        ));
    };
    for (key, value) in [
        ("BootSourceOverrideEnabled", enabled),
        ("BootSourceOverrideTarget", target),
    ] {
        let listed = document.get(&format!("/Boot/{key}@Redfish.AllowableValues"));
        allowed(listed, key, value)?;
    }
    let body =
        json!({"Boot": {"BootSourceOverrideEnabled": enabled, "BootSourceOverrideTarget": target}});
    let write = Write::patch(document.path(), &body);
    service.write(write).await?;
    Ok(())
}

/// Refuses a `value` that is not among those that the service lists.
fn allowed(listed: Option<&Value>, key: &str, value: &str) -> Result<(), ComposeError> {
    let Some(listed) = listed.and_then(Value::as_array) else {
        return Ok(());
    };
    let names: Vec<_> = listed.iter().filter_map(Value::as_str).collect();
    if names.contains(&value) {
        return Ok(());
    }
    Err(ComposeError::Unfit(format!(
        "`{}` is no `{key}` of this node: its service allows `{}`",
        tame(value, 60),
        tame(&names.join("`, `"), 300)
    )))
}

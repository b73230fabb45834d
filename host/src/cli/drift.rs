//! `valence node drift`.

use std::collections::BTreeSet;

use clap::Args;
use serde_json::{Value, json};

use crate::enrollment::Object;
use crate::failure::{Cause, Failure};

use super::arguments::Global;
use super::client::Client;
use super::node::{object, objects};
use super::output::{ListFormat, note};
use super::trouble::Trouble;

#[derive(Args)]
pub(super) struct Arguments {
    /// Uuids or names
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    ids: Vec<String>,
    /// Every node that is registered
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    format: ListFormat,
}

const COLUMNS: &[&str] = &[
    "node",
    "pointer",
    "kind",
    "registered",
    "evaluated",
    "ironic",
    "by",
];

pub(super) async fn run(
    global: &Global,
    client: &Client,
    arguments: Arguments,
) -> Result<(), Trouble> {
    let ids = if arguments.all {
        registered(client).await?
    } else {
        arguments.ids
    };
    let mut rows = Vec::new();
    let mut failed: Option<Trouble> = None;
    for id in &ids {
        match client.get(&["v1", "nodes", id, "drift"], &[]).await {
            Ok(reply) => rows.extend(told(global, &object(reply)?)?),
            // One that cannot be looked at does not keep the others from it.
            Err(trouble) => {
                if let Some(before) = failed.replace(trouble) {
                    before.tell();
                }
            }
        }
    }
    arguments.format.list(&rows, COLUMNS)?;
    if let Some(trouble) = failed {
        return Err(trouble);
    }
    if rows.is_empty() {
        return Ok(());
    }
    let nodes: BTreeSet<_> = rows
        .iter()
        .map(|row| row.get("node").map(ToString::to_string))
        .collect();
    Err(Failure::new(
        Cause::Different,
        format!(
            "{} of {} nodes have drifted: `valence node register --on-conflict update` mends one",
            nodes.len(),
            ids.len()
        ),
    )
    .into())
}

async fn registered(client: &Client) -> Result<Vec<String>, Trouble> {
    let query = [("detail", "true"), ("managed_by", "ironic")];
    let listed = objects(client.get(&["v1", "nodes"], &query).await?)?;
    let uuid = |node: &Object| Some(node.get("uuid")?.as_str()?.to_owned());
    Ok(listed.iter().filter_map(uuid).collect())
}

/// The rows of one node.
fn told(global: &Global, drift: &Object) -> Result<Vec<Object>, Trouble> {
    let name = drift.get("name").cloned().unwrap_or_default();
    for warning in drift
        .get("warnings")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let warning = warning.as_str().unwrap_or_default();
        let name = name.as_str().unwrap_or_default();
        note(global.quiet, &format!("warning: {name}: {warning}"));
    }
    let differences = objects(drift.get("differences").cloned().unwrap_or(json!([])))?;
    Ok(differences
        .into_iter()
        .map(|difference| {
            COLUMNS
                .iter()
                .map(|&column| match column {
                    "node" => ("node".to_owned(), name.clone()),
                    other => {
                        let value = difference.get(other).cloned();
                        (other.to_owned(), value.unwrap_or_default())
                    }
                })
                .collect()
        })
        .collect())
}

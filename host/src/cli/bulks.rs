//! `valence bulk`: registrations of many nodes, which `valence node register` begins.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::enrollment::Object;

use super::arguments::Global;
use super::client::Client;
use super::node::{object, objects};
use super::output::{Format, ListFormat, note};
use super::trouble::Trouble;

#[derive(Subcommand)]
pub(super) enum Command {
    /// List them, the newest first
    List(ListFormat),
    /// Show what has become of each node of one
    Show(Show),
    /// Begin with no further node of one; `valence node register --resume` goes on with it
    Stop(Stop),
}

#[derive(Args)]
pub(super) struct Show {
    /// Its uuid
    id: String,
    #[command(flatten)]
    format: ListFormat,
}

#[derive(Args)]
pub(super) struct Stop {
    /// Its uuid
    id: String,
    #[command(flatten)]
    format: Format,
}

const RESOURCE: &str = "registrations";
const COLUMNS: &[&str] = &["uuid", "state", "total", "done", "failed", "created_at"];
const OF_NODE: &[&str] = &["name", "state", "ironic_uuid", "detail"];

pub(super) async fn run(global: &Global, command: Command) -> Result<(), Trouble> {
    let client = Client::new(global)?;
    match command {
        Command::List(format) => {
            let query = [("detail", "true")];
            let reply = client.get(&["v1", RESOURCE], &query).await?;
            format.list(&objects(reply)?, COLUMNS)
        }
        Command::Show(show) => {
            let reply = client.get(&["v1", RESOURCE, &show.id], &[]).await?;
            let mut bulk = object(reply)?;
            let nodes = objects(bulk.remove("nodes").unwrap_or_default())?;
            note(global.quiet, &summary(&bulk));
            let rows: Vec<_> = nodes.into_iter().map(row).collect();
            show.format.list(&rows, OF_NODE)
        }
        Command::Stop(stop) => {
            let path = ["v1", RESOURCE, &stop.id, "stop"];
            let reply = client.post(&path, &[], &json!({})).await?;
            stop.format.record(&object(reply)?)
        }
    }
}

/// How far it is, in one line.
fn summary(bulk: &Object) -> String {
    let of = |key: &str| bulk.get(key).cloned().unwrap_or_default();
    format!(
        "{}: of {} nodes {} are registered, {} failed, {} wait",
        of("state").as_str().unwrap_or_default(),
        of("total"),
        of("done"),
        of("failed"),
        of("waiting"),
    )
}

/// A node, with what it failed of in a column.
fn row(mut node: Object) -> Object {
    let detail = node
        .get("failure")
        .and_then(|failure| failure.get("detail"));
    let detail = detail.cloned().unwrap_or(Value::Null);
    node.insert("detail".into(), detail);
    node
}

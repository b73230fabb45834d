//! `valence node register` of many nodes.

mod follow;

use clap::Args;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

use crate::failure::{Cause, Failure};

use super::arguments::Global;
use super::client::{Client, Lines};
use super::output::ListFormat;
use super::trouble::Trouble;
use follow::{Follow, text};

/// Which nodes.
#[derive(Args)]
#[group(id = "which", required = true, multiple = false)]
pub(super) struct Which {
    /// Uuids or names; several are registered side by side, and one that fails does not
    /// stop the others
    #[arg(value_name = "NAME")]
    ids: Vec<String>,
    /// Every node under management
    #[arg(long)]
    all: bool,
    /// Every node of this pod manager
    #[arg(long, value_name = "UUID_OR_NAME")]
    pod_manager: Option<String>,
    /// Go on with a registration of many nodes that was stopped or cut off, and try what
    /// failed in it again
    #[arg(long, value_name = "ID", conflicts_with_all = ["parameters", "on_conflict", "dry_run", "target", "inspect", "wait", "no_wait"])]
    resume: Option<String>,
}

impl Which {
    /// The one node, if one was named.
    pub(super) fn one(&self) -> Option<&str> {
        match self.ids.as_slice() {
            [id] => Some(id),
            _ => None,
        }
    }

    fn selection(&self) -> (&'static str, Value) {
        match &self.pod_manager {
            Some(pod_manager) => ("pod_manager", json!(pod_manager)),
            None if self.all => ("all", json!(true)),
            None => ("nodes", json!(self.ids)),
        }
    }
}

const COLUMNS: &[&str] = &["name", "state", "ironic_uuid", "detail"];

/// Registers them, with the options of `query` and `parameters` for each, and tells
/// what becomes of each as soon as it is known.
pub(super) async fn run(
    global: &Global,
    client: &Client,
    which: &Which,
    query: &[(&str, &str)],
    parameters: Value,
    format: &ListFormat,
) -> Result<(), Trouble> {
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut lines = match &which.resume {
        Some(id) => {
            let path = ["v1", "registrations", id, "resume"];
            client.lines(&path, &[], &json!({})).await?
        }
        None => {
            let (key, selected) = which.selection();
            let body = json!({key: selected, "parameters": parameters});
            client.lines(&["v1", "registrations"], query, &body).await?
        }
    };
    let begun = event(&mut lines).await?;
    let mut bulk = Follow::new(global, &begun);
    let over = loop {
        let event = tokio::select! {
            event = event(&mut lines) => event,
            _ = interrupts.recv() => {
                bulk.interrupted(client).await?;
                continue;
            }
        };
        match event {
            Ok(event) if text(&event, "event") == "node" => bulk.ended(event),
            Ok(event) if text(&event, "event") == "over" => break event,
            Ok(event) => {
                return Err(bulk.lost(text(event.get("failure").unwrap_or(&event), "detail")));
            }
            Err(trouble) => {
                bulk.progress.end();
                bulk.how_to_go_on();
                return Err(trouble);
            }
        }
    };
    bulk.progress.end();
    format.list(&bulk.rows, COLUMNS)?;
    bulk.verdict(&over)
}

/// The next event, which there has to be.
async fn event(lines: &mut Lines) -> Result<Value, Trouble> {
    lines.next().await?.ok_or_else(|| {
        Failure::new(
            Cause::Unreachable,
            "the server broke off in the middle of telling",
        )
        .into()
    })
}

//! `valence system` and `valence rack`.

use clap::{Args, Subcommand};

use super::arguments::Global;
use super::client::Client;
use super::node::{object, objects};
use super::output::{Format, ListFormat};
use super::trouble::Trouble;

#[derive(Subcommand)]
pub(super) enum Command {
    /// List them, as their pod managers describe them now
    List(List),
    /// Show one
    Show(Show),
}

#[derive(Args)]
pub(super) struct List {
    /// Those of this pod manager only
    #[arg(long, value_name = "UUID_OR_NAME")]
    pod_manager: Option<String>,
    #[command(flatten)]
    format: ListFormat,
}

#[derive(Args)]
pub(super) struct Show {
    /// Its Redfish id, path, uuid or name
    id: String,
    /// The pod manager that it is behind
    #[arg(long, value_name = "UUID_OR_NAME")]
    pod_manager: Option<String>,
    #[command(flatten)]
    format: Format,
}

const COLUMNS: &[&str] = &[
    "id",
    "name",
    "manufacturer",
    "model",
    "health",
    "resource_uri",
];

/// `resource`: `systems` or `racks`.
pub(super) async fn run(global: &Global, resource: &str, command: Command) -> Result<(), Trouble> {
    let client = Client::new(global)?;
    match command {
        Command::List(list) => {
            let mut query = vec![("show_detail", "true")];
            query.extend(list.pod_manager.as_deref().map(|id| ("podm_id", id)));
            let reply = client.get(&["v1", resource], &query).await?;
            list.format.list(&objects(reply)?, COLUMNS)
        }
        Command::Show(show) => {
            let query: Vec<_> = show
                .pod_manager
                .as_deref()
                .map(|id| ("podm_id", id))
                .into_iter()
                .collect();
            let reply = client.get(&["v1", resource, &show.id], &query).await?;
            show.format.record(&object(reply)?)
        }
    }
}

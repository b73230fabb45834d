//! `valence registration`: what the server has on record of its evaluations.

use clap::{Args, Subcommand};

use super::arguments::Global;
use super::client::Client;
use super::evaluation;
use super::node::{object, objects};
use super::output::{Format, ListFormat};
use super::trouble::Trouble;

#[derive(Subcommand)]
pub(super) enum Command {
    /// List what was evaluated, the newest first: registrations, dry runs, drift,
    /// denied and failed ones too
    List(List),
    /// Show one: what it came to, and why
    Show(Show),
}

#[derive(Args)]
pub(super) struct List {
    /// Those of the node of this name only
    #[arg(long, value_name = "NAME")]
    node: Option<String>,
    /// Those that came to this only: `enrolled`, `denied`, `hook-failed`, …
    #[arg(long)]
    outcome: Option<String>,
    /// Those for this only: `register`, `dry-run`, `drift`
    #[arg(long)]
    kind: Option<String>,
    /// Show no more than so many
    #[arg(long, value_name = "NUMBER")]
    limit: Option<u32>,
    #[command(flatten)]
    format: ListFormat,
}

#[derive(Args)]
pub(super) struct Show {
    /// Its uuid
    id: String,
    /// With the documents that had been read; for `-f json` and `-f yaml`
    #[arg(long)]
    documents: bool,
    #[command(flatten)]
    format: Format,
}

const COLUMNS: &[&str] = &[
    "uuid",
    "node_name",
    "kind",
    "outcome",
    "hook",
    "fuel",
    "created_at",
];

pub(super) async fn run(global: &Global, command: Command) -> Result<(), Trouble> {
    let client = Client::new(global)?;
    match command {
        Command::List(list) => {
            let limit = list.limit.map(|limit| limit.to_string());
            let mut query = vec![("detail", "true")];
            query.extend(list.node.as_deref().map(|name| ("node_name", name)));
            query.extend(list.outcome.as_deref().map(|one| ("outcome", one)));
            query.extend(list.kind.as_deref().map(|kind| ("kind", kind)));
            query.extend(limit.as_deref().map(|limit| ("limit", limit)));
            let reply = client.get(&["v1", "decisions"], &query).await?;
            list.format.list(&objects(reply)?, COLUMNS)
        }
        Command::Show(show) => {
            let query: &[_] = if show.documents {
                &[("documents", "true")]
            } else {
                &[]
            };
            let reply = client.get(&["v1", "decisions", &show.id], query).await?;
            let reply = object(reply)?;
            match reply.contains_key("explanation") {
                true => evaluation::tell(global, &show.format, &reply),
                false => show.format.record(&reply),
            }
        }
    }
}

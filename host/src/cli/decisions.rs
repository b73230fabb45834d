//! `valence registration`: what the server has on record of its evaluations.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::arguments::Global;
use super::client::Client;
use super::evaluation;
use super::node::{object, objects};
use super::output::{Format, ListFormat};
use super::since;
use super::trouble::Trouble;

#[derive(Subcommand)]
pub(super) enum Command {
    /// List what was evaluated, the newest first: registrations, dry runs, drift,
    /// denied and failed ones too
    List(List),
    /// Show one: what it came to, and why
    Show(Show),
    /// Write what is on record, with all that was read, into a bundle, for `valence replay`
    Export(Export),
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

#[derive(Args)]
pub(super) struct Export {
    /// The file, which is not there yet; `-` is standard output
    file: PathBuf,
    /// Only what is on record since then: a time, a date, or how long ago, such as 7d
    #[arg(long, value_name = "TIME", value_parser = since::parse)]
    since: Option<Timestamp>,
    /// Only the node with this uuid or name
    #[arg(long, value_name = "UUID_OR_NAME")]
    node: Option<String>,
    /// Every decision of a node, not the newest only
    #[arg(long)]
    all: bool,
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
        Command::Export(export) => exported(&client, export).await,
    }
}

async fn exported(client: &Client, export: Export) -> Result<(), Trouble> {
    let to_output = export.file == Path::new("-");
    let query = Chosen {
        since: export.since,
        node: export.node,
        all: export.all,
    };
    if to_output {
        return query.download(client, &mut std::io::stdout().lock()).await;
    }
    let made = File::create_new(&export.file);
    let mut file = made.map_err(|error| Trouble::file("make", &export.file, error))?;
    let done = query.download(client, &mut file).await;
    if done.is_err() {
        // A part of a bundle is none.
        let _ = std::fs::remove_file(&export.file);
    }
    done
}

/// Which decisions are wanted.
#[derive(Default)]
pub(super) struct Chosen {
    pub(super) since: Option<Timestamp>,
    pub(super) node: Option<String>,
    pub(super) all: bool,
}

impl Chosen {
    /// Has `client` write a bundle of them into `file`.
    pub(super) async fn download(
        &self,
        client: &Client,
        file: &mut impl Write,
    ) -> Result<(), Trouble> {
        let since = self.since.map(|since| since.to_string());
        let mut query = Vec::new();
        query.extend(since.as_deref().map(|since| ("since", since)));
        query.extend(self.node.as_deref().map(|node| ("node", node)));
        query.extend(self.all.then_some(("all", "true")));
        let path = ["v1", "decisions", "export"];
        client.download(&path, &query, file).await
    }
}

//! `valence flavor`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::enrollment::Object;

use super::arguments::Global;
use super::client::Client;
use super::compose::Wanted;
use super::node::{object, objects};
use super::output::{Format, ListFormat, note};
use super::trouble::Trouble;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Give a name to what composed nodes are to have
    Create(Create),
    /// List flavors
    List(ListFormat),
    /// Show one
    Show(One),
    /// Change one; what is not said stays as it is
    Set(Set),
    /// Forget flavors; nodes that were composed by them stay as they are
    Delete(Delete),
}

#[derive(Args)]
pub(super) struct Create {
    /// What to call it
    name: String,
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    format: Format,
}

#[derive(Args)]
pub(super) struct One {
    /// Its uuid or name
    id: String,
    #[command(flatten)]
    format: Format,
}

#[derive(Args)]
pub(super) struct Set {
    /// Its uuid or name
    id: String,
    /// What to call it from now on
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    format: Format,
}

#[derive(Args)]
pub(super) struct Delete {
    /// Uuids or names
    #[arg(required = true)]
    ids: Vec<String>,
}

const RESOURCE: &str = "flavors";
const COLUMNS: &[&str] = &["uuid", "name", "properties"];

pub(super) async fn run(global: &Global, command: Command) -> Result<(), Trouble> {
    let client = Client::new(global)?;
    match command {
        Command::Create(create) => {
            let body = json!({"name": create.name, "properties": create.wanted.properties()});
            let reply = client.post(&["v1", RESOURCE], &[], &body).await?;
            create.format.record(&object(reply)?)
        }
        Command::List(format) => {
            let reply = client.get(&["v1", RESOURCE], &[]).await?;
            format.list(&objects(reply)?, COLUMNS)
        }
        Command::Show(show) => {
            let reply = client.get(&["v1", RESOURCE, &show.id], &[]).await?;
            show.format.record(&object(reply)?)
        }
        Command::Set(set) => {
            let mut body = Object::new();
            body.extend(set.name.as_ref().map(|name| ("name".into(), json!(name))));
            let properties = set.wanted.properties();
            if properties != json!({}) {
                body.insert("properties".into(), properties);
            }
            let path = ["v1", RESOURCE, &set.id];
            let reply = client.patch(&path, &Value::Object(body)).await?;
            set.format.record(&object(reply)?)
        }
        Command::Delete(delete) => {
            for id in &delete.ids {
                client.delete(&["v1", RESOURCE, id], &[]).await?;
                note(global.quiet, &format!("deleted `{id}`"));
            }
            Ok(())
        }
    }
}

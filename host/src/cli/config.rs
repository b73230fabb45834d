//! `valence config`.

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::config::{Config, sample, schema};
use crate::failure::Failure;

use super::arguments::Global;
use super::config_check::check;
use super::node::objects;
use super::output::{ListFormat, print};
use super::trouble::Trouble;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Check the configuration as a start does: every key, the files that it names, and
    /// that every hook loads with its settings. Database and port are left alone; what
    /// would fail later only is a warning
    Check,
    /// Show what holds, and where each value comes from
    Show(Show),
    /// Print an annotated configuration with every key there is
    Sample,
    /// Print the JSON Schema of the configuration, for editors
    Schema,
}

#[derive(Args)]
pub(super) struct Show {
    /// As the file would be, with a comment on each value
    #[arg(long, conflicts_with_all = ["format", "columns", "sort"])]
    toml: bool,
    #[command(flatten)]
    format: ListFormat,
}

pub(super) async fn run(global: &Global, command: Command) -> Result<(), Trouble> {
    match command {
        Command::Check => check(global).await,
        Command::Show(arguments) => show(global, &arguments),
        Command::Sample => print(sample()),
        Command::Schema => print(&format!("{:#}", schema()?)),
    }
}

fn show(global: &Global, arguments: &Show) -> Result<(), Trouble> {
    let loaded = Config::load(global.config.as_deref())?;
    if arguments.toml {
        return print(&loaded.show());
    }
    let settings = loaded
        .settings()
        .map(serde_json::to_value)
        .collect::<Result<Value, _>>()
        .map_err(|error| Trouble::from(Failure::internal(error)))?;
    let settings = objects(settings)?;
    arguments
        .format
        .list(&settings, &["key", "value", "origin"])
}

//! `valence config`.

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::config::{Config, IronicAccess, Loaded, sample, schema};
use crate::failure::Failure;
use crate::hook::Chain;

use super::arguments::Global;
use super::hook::{engine, unloadable};
use super::node::objects;
use super::output::{ListFormat, print};
use super::trouble::Trouble;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Check the configuration: every key, and that every hook loads with its settings
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

async fn check(global: &Global) -> Result<(), Trouble> {
    let Loaded { config, file, .. } = Config::load(global.config.as_deref())?;
    let chain = Chain::load(&engine()?, config.hooks)
        .await
        .map_err(unloadable)?;
    // Of an endpoint the file has told all; a cloud is written down elsewhere.
    let ironic = match &config.ironic {
        Some(section) if !matches!(section.access, IronicAccess::Endpoint { .. }) => {
            format!("\nironic: {}", section.resolve().await?)
        }
        _ => String::new(),
    };
    let of = file.map_or_else(
        || "there is no configuration file; the defaults".to_owned(),
        |file| format!("`{}`", file.display()),
    );
    let hooks = chain.hooks().len();
    print(&format!("{of}: sound, with {hooks} hooks{ironic}"))
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

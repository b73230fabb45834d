//! `valence hook`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::failure::{Cause, Failure};
use crate::hook::{Engine, EngineKind, LoadError, inspect};

use super::arguments::Global;
use super::client::Client;
use super::node::{object, objects};
use super::output::{Format, ListFormat};
use super::trouble::Trouble;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Describe a component, and say whether it can be a hook; needs no server
    Inspect(Inspect),
    /// List the hooks that the server runs, in their order
    List(ListFormat),
}

#[derive(Args)]
pub(super) struct Inspect {
    /// The component
    file: PathBuf,
    #[command(flatten)]
    format: Format,
}

const COLUMNS: &[&str] = &["name", "phases", "mode", "on_failure", "digest"];

pub(super) async fn run(global: &Global, command: Command) -> Result<(), Trouble> {
    match command {
        Command::Inspect(arguments) => inspected(arguments).await,
        Command::List(format) => {
            let reply = Client::new(global)?.get(&["v1", "hooks"], &[]).await?;
            format.list(&objects(reply)?, COLUMNS)
        }
    }
}

async fn inspected(arguments: Inspect) -> Result<(), Trouble> {
    let engine = engine()?;
    let inspection = inspect(&engine, &arguments.file)
        .await
        .map_err(unloadable)?;
    let record = serde_json::to_value(&inspection)
        .map_err(|error| Trouble::from(Failure::internal(error)))?;
    arguments.format.record(&object(record)?)?;
    if inspection.problems.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        Cause::HookFailed,
        format!(
            "`{}` cannot be a hook: {}",
            arguments.file.display(),
            inspection.problems.join("; ")
        ),
    )
    .into())
}

/// The engine of commands.
pub(super) fn engine() -> Result<Engine, Trouble> {
    Engine::new(EngineKind::Offline).map_err(|error| Trouble::from(Failure::internal(error)))
}

/// A component that is none, or that can't be read.
pub(super) fn unloadable(error: LoadError) -> Trouble {
    let cause = match error {
        LoadError::File { .. } => Cause::BadRequest,
        _ => Cause::HookFailed,
    };
    Failure::new(cause, error.to_string()).because(error).into()
}

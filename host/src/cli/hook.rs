//! `valence hook`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::config::{commands_cache, own_program};
use crate::failure::{Cause, Failure};
use crate::hook::{Compiler, Compiling, Engine, EngineKind, Inspection, LoadError, inspect};
use crate::policy::{case_schema, project_schema};
use crate::rules::enrollment_schema;

use super::arguments::Global;
use super::client::Client;
use super::node::{object, objects};
use super::output::{Format, ListFormat, note, print};
use super::trouble::Trouble;
use super::{hook_bench, hook_build, hook_new, hook_test};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a project for a new hook, with two cases that pass; needs no server
    New(hook_new::Arguments),
    /// Build a hook's project as its `hook.toml` says; needs no server
    Build(hook_build::Build),
    /// Make a component of a core module; needs no server
    Componentize(hook_build::Componentize),
    /// Run policy cases: what hooks make of recorded machines; needs no server
    Test(hook_test::Arguments),
    /// Measure what hooks cost over the cases, and compare; needs no server
    Bench(hook_bench::Arguments),
    /// Describe a component, and say whether it can be a hook; needs no server
    Inspect(Inspect),
    /// Print the JSON Schema of a file of policy tests, for editors; needs no server
    Schema(Schema),
    /// List the hooks that the server runs, in their order
    List(ListFormat),
    /// Show one of them: what it is, what it may, what its calls have come to
    Show(Show),
    /// Have the server load its hooks again, and the configuration's part on them
    Reload(Format),
}

#[derive(Args)]
pub(super) struct Show {
    /// Its name in the configuration
    name: String,
    #[command(flatten)]
    format: Format,
}

#[derive(Args)]
pub(super) struct Inspect {
    /// The component
    file: PathBuf,
    #[command(flatten)]
    format: Format,
}

#[derive(Args)]
pub(super) struct Schema {
    /// Of which file
    #[arg(value_enum)]
    file: PolicyFile,
}

/// A file of policy tests.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum PolicyFile {
    /// case.toml
    Case,
    /// hook.toml
    Hook,
    /// expected.json
    Enrollment,
}

const COLUMNS: &[&str] = &["name", "phases", "mode", "on_failure", "digest"];

pub(super) async fn run(global: &Global, command: Command) -> Result<(), Trouble> {
    match command {
        Command::New(arguments) => hook_new::run(&arguments),
        Command::Build(arguments) => hook_build::run(global.quiet, arguments).await,
        Command::Componentize(arguments) => hook_build::component(arguments),
        Command::Test(arguments) => hook_test::run(arguments).await,
        Command::Bench(arguments) => hook_bench::run(global.quiet, &arguments).await,
        Command::Inspect(arguments) => inspected(arguments).await,
        Command::Schema(arguments) => {
            let schema = match arguments.file {
                PolicyFile::Case => case_schema().to_value(),
                PolicyFile::Hook => project_schema().to_value(),
                PolicyFile::Enrollment => enrollment_schema(),
            };
            print(&format!("{schema:#}"))
        }
        Command::List(format) => list(global, format).await,
        Command::Show(arguments) => {
            let path = ["v1", "hooks", &arguments.name];
            let reply = Client::new(global)?.get(&path, &[]).await?;
            arguments.format.record(&object(reply)?)
        }
        Command::Reload(format) => {
            let path = ["v1", "hooks", "reload"];
            let reply = Client::new(global)?.post(&path, &[], &json!({})).await?;
            format.record(&object(reply)?)
        }
    }
}

async fn list(global: &Global, format: ListFormat) -> Result<(), Trouble> {
    let reply = Client::new(global)?.get(&["v1", "hooks"], &[]).await?;
    let mut reply = object(reply)?;
    let hooks = reply.remove("hooks").unwrap_or_default();
    format.list(&objects(hooks)?, COLUMNS)?;
    let error = reply
        .get("last_reload")
        .and_then(|last| last.pointer("/error/detail"));
    if let Some(Value::String(error)) = error {
        let text = format!("the last reload failed, and these are the hooks of before: {error}");
        note(global.quiet, &text);
    }
    Ok(())
}

async fn inspected(arguments: Inspect) -> Result<(), Trouble> {
    let engine = engine()?;
    let inspection = inspect(&engine, &arguments.file)
        .await
        .map_err(unloadable)?;
    let record = serde_json::to_value(&inspection)
        .map_err(|error| Trouble::from(Failure::internal(error)))?;
    arguments.format.record(&object(record)?)?;
    unfit(&arguments.file, &inspection)
}

/// An error if what is in `file` cannot be a hook.
pub(super) fn unfit(file: &Path, inspection: &Inspection) -> Result<(), Trouble> {
    if inspection.problems.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        Cause::HookFailed,
        format!(
            "`{}` cannot be a hook: {}",
            file.display(),
            inspection.problems.join("; ")
        ),
    )
    .into())
}

/// The engine of commands.
pub(super) fn engine() -> Result<Engine, Trouble> {
    Engine::with(EngineKind::Offline, compiling(commands_cache())?)
        .map_err(|error| Trouble::from(Failure::internal(error)))
}

/// How components are compiled: by this program in another process, and kept in
/// `cache`.
pub(super) fn compiling(cache: Option<PathBuf>) -> Result<Compiling, Trouble> {
    let program = own_program().context("valence cannot find its own program")?;
    Ok(Compiling {
        compiler: Compiler::Child(program),
        cache,
    })
}

/// A component that is none, or that can't be read.
pub(super) fn unloadable(error: LoadError) -> Trouble {
    let cause = match error {
        LoadError::File { .. } => Cause::BadRequest,
        _ => Cause::HookFailed,
    };
    Failure::new(cause, error.to_string()).because(error).into()
}

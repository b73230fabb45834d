//! Which cases are run, and with which hooks.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use crate::config::{Config, commands_cache, corpus};
use crate::failure::{Cause, Failure};
use crate::hook::{Engine, EngineKind, HookSpec};
use crate::policy::{MANIFEST, Place, Project, Runner, discover};
use crate::registration::OfflineOptions;

use super::hook::compiling;
use super::trouble::Trouble;

/// What the command line says of it.
#[derive(Args)]
pub(super) struct Chosen {
    /// A hook's project, one case of it, or a directory with several projects
    #[arg(default_value = ".")]
    pub(super) directory: PathBuf,
    /// Test this component, in place of the project's
    #[arg(long, value_name = "F.wasm")]
    pub(super) hook: Option<PathBuf>,
    /// Only cases whose name holds this
    #[arg(long, value_name = "TEXT")]
    pub(super) filter: Option<String>,
}

/// Cases with what runs them: those of one project.
pub(super) struct Suite {
    pub(super) directory: PathBuf,
    pub(super) runner: Arc<Runner>,
    pub(super) places: Vec<Place>,
}

/// The cases that were chosen, project by project. Those that do not say so
/// themselves may use `max_fuel`.
pub(super) fn suites(chosen: &Chosen, max_fuel: Option<u64>) -> Result<Vec<Suite>, Trouble> {
    let directory = &chosen.directory;
    let projects = projects(chosen)?;
    if projects.is_empty() {
        return Err(Trouble::usage(format!(
            "there is nothing to test in `{}`: neither it nor a directory in it has a \
             `{MANIFEST}` and `cases`",
            directory.display()
        )));
    }
    let engine = Engine::with(EngineKind::Offline, compiling(commands_cache())?)
        .map_err(Failure::internal)?;
    let mut suites = Vec::new();
    for directory in projects {
        let mut places = discover(&directory).map_err(|error| bad(&error))?;
        if let Some(filter) = &chosen.filter {
            places.retain(|place| place.name.contains(filter.as_str()));
        }
        let runner = Runner {
            engine: engine.clone(),
            hook: hook(chosen, &directory)?,
            corpus: corpus(),
            max_fuel,
            chain: chain_of,
        };
        suites.push(Suite {
            directory,
            runner: Arc::new(runner),
            places,
        });
    }
    if let (Some(filter), true) = (
        &chosen.filter,
        suites.iter().all(|suite| suite.places.is_empty()),
    ) {
        return Err(Trouble::usage(format!("no case's name holds `{filter}`")));
    }
    Ok(suites)
}

/// The projects: that of the directory, or each of those in it.
pub(super) fn projects(chosen: &Chosen) -> Result<Vec<PathBuf>, Trouble> {
    let directory = &chosen.directory;
    if chosen.hook.is_some() || has_cases(directory) {
        return Ok(vec![directory.clone()]);
    }
    let inside = inside(directory)?.into_iter();
    Ok(inside.filter(|inner| has_cases(inner)).collect())
}

/// The hook that is tested: that of the command line, else the project's. Cases
/// that name chains need none.
fn hook(chosen: &Chosen, directory: &Path) -> Result<Option<HookSpec>, Trouble> {
    // A case that was asked for by itself is in the project's `cases`.
    let root = directory
        .ancestors()
        .take(4)
        .find(|above| above.join(MANIFEST).is_file());
    let project = root.map(Project::open).transpose();
    let project = project.map_err(|error| bad(&error))?;
    if let Some(path) = &chosen.hook {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let name = project.map_or_else(|| stem.into_owned(), |project| project.name);
        return Ok(Some(HookSpec::new(name, path)));
    }
    let (Some(root), Some(project)) = (root, project) else {
        return Ok(None);
    };
    if !project.component.is_file() {
        return Err(Trouble::usage(format!(
            "`{}` is not there: `valence hook build {}` makes it",
            project.component.display(),
            root.display()
        )));
    }
    Ok(Some(HookSpec::new(project.name, project.component)))
}

/// Defaults and hooks of a configuration that a case names.
fn chain_of(config: &Path) -> Result<OfflineOptions, Failure> {
    let config = Config::load(Some(config))
        .map_err(|error| Failure::new(Cause::BadRequest, error.to_string()).because(error))?
        .config;
    Ok(OfflineOptions {
        defaults: config.register.defaults,
        hooks: config.hooks,
        ..OfflineOptions::default()
    })
}

fn has_cases(directory: &Path) -> bool {
    directory.join("cases").is_dir() || directory.join("case.toml").is_file()
}

/// The directories in `directory`, by name.
fn inside(directory: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let unreadable = |error| Trouble::file("read", directory, error);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn bad(error: &impl std::error::Error) -> Trouble {
    Trouble::usage(error.to_string())
}

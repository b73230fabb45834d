//! `valence hook test`: what hooks make of recorded machines, case by case.

mod arguments;
mod format;
mod github;
mod human;
mod json;
mod junit;
mod tap;
mod update;
mod watch;

use std::path::{Path, PathBuf};

use futures::StreamExt as _;

use crate::config::{Config, commands_cache, corpus};
use crate::failure::{Cause, Failure};
use crate::hook::{Engine, EngineKind, HookSpec};
use crate::policy::{MANIFEST, Place, Project, Ran, Runner, Verdict, discover};
use crate::registration::OfflineOptions;

use super::hook::compiling;
use super::trouble::Trouble;

pub(super) use arguments::Arguments;
use format::Report;

/// So many cases at a time: they wait for nothing but the processor.
const AT_ONCE: usize = 4;

/// Cases with what runs them: those of one project.
struct Suite {
    directory: PathBuf,
    runner: Runner,
    places: Vec<Place>,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Trouble> {
    if arguments.watch {
        return watch::run(&arguments).await;
    }
    once(&arguments).await
}

/// Runs all cases once, tells how they came out, and fails if one did.
async fn once(arguments: &Arguments) -> Result<(), Trouble> {
    let mut reports = Vec::new();
    for suite in suites(arguments)? {
        let runs = runs(&suite).await;
        reports.push(Report {
            name: suite.directory.display().to_string(),
            runs,
        });
    }
    format::tell(arguments, &reports)?;
    let failed: Vec<_> = reports.iter().flat_map(Report::failed).collect();
    if arguments.update {
        return update::accept(&failed);
    }
    if failed.is_empty() {
        return Ok(());
    }
    let number: usize = reports.iter().map(|report| report.runs.len()).sum();
    Err(Failure::new(
        Cause::Different,
        format!("{} of {number} cases failed", failed.len()),
    )
    .into())
}

async fn runs(suite: &Suite) -> Vec<Ran> {
    let runs = suite.places.iter().map(|place| suite.runner.run(place));
    futures::stream::iter(runs)
        .buffered(AT_ONCE)
        .collect()
        .await
}

/// What is to be tested: the project in the directory, or each of those in it.
fn suites(arguments: &Arguments) -> Result<Vec<Suite>, Trouble> {
    let directory = &arguments.directory;
    let mut projects = Vec::new();
    if arguments.hook.is_some() || has_cases(directory) {
        projects.push(directory.clone());
    } else {
        projects.extend(
            inside(directory)?
                .into_iter()
                .filter(|inner| has_cases(inner)),
        );
    }
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
        if let Some(filter) = &arguments.filter {
            places.retain(|place| place.name.contains(filter.as_str()));
        }
        let runner = Runner {
            engine: engine.clone(),
            hook: hook(arguments, &directory)?,
            corpus: corpus(),
            max_fuel: arguments.max_fuel,
            chain: chain_of,
        };
        suites.push(Suite {
            directory,
            runner,
            places,
        });
    }
    if let (Some(filter), true) = (
        &arguments.filter,
        suites.iter().all(|suite| suite.places.is_empty()),
    ) {
        return Err(Trouble::usage(format!("no case's name holds `{filter}`")));
    }
    Ok(suites)
}

/// The hook that is tested: that of the command line, else the project's. Cases
/// that name chains need none.
fn hook(arguments: &Arguments, directory: &Path) -> Result<Option<HookSpec>, Trouble> {
    // A case that was asked for by itself is in the project's `cases`.
    let root = directory
        .ancestors()
        .take(4)
        .find(|above| above.join(MANIFEST).is_file());
    let project = root.map(Project::open).transpose();
    let project = project.map_err(|error| bad(&error))?;
    if let Some(path) = &arguments.hook {
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

impl Report {
    /// Those that did not come out as they were to.
    fn failed(&self) -> impl Iterator<Item = &Ran> {
        let failed = |ran: &&Ran| matches!(ran.verdict, Verdict::Failed { .. });
        self.runs.iter().filter(failed)
    }
}

//! `valence replay`: what the fleet would come to with other hooks.

mod arguments;
mod format;
mod human;
mod json;
mod junit;

use std::sync::Arc;

use crate::config::{Config, commands_cache};
use crate::failure::{Cause, Failure};
use crate::hook::{Chain, Engine, EngineKind, HookSpec};
use crate::policy::ReplayReport;
use crate::registration::{Bundle, BundleError, Replay};
use crate::text::nearest;

use super::arguments::Global;
use super::client::Client;
use super::decisions::Chosen;
use super::hook::{compiling, unloadable};
use super::output::note;
use super::progress::Progress;
use super::trouble::Trouble;

pub(super) use arguments::Arguments;

pub(super) async fn run(global: &Global, arguments: Arguments) -> Result<(), Trouble> {
    let loaded = Config::load(global.config.as_deref())?;
    if loaded.file.is_none() {
        return Err(Trouble::usage(
            "there is no configuration whose hooks could be tried: name one with `--config`",
        ));
    }
    let mut config = loaded.config;
    exchange(global, &mut config.hooks, &arguments.hooks)?;
    let bundle = Arc::new(bundle(global, &arguments).await?);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let engine = engine(workers)?;
    let chain = Chain::load(&engine, config.hooks)
        .await
        .map_err(unloadable)?;
    let digest = chain.digest().to_owned();
    let progress = Arc::new(Progress::new(global.quiet, bundle.len() as u64));
    let replay = Replay {
        bundle,
        since: arguments.since,
        node: arguments.node.clone(),
        chain,
        defaults: config.register.defaults,
        newer_fields: config.register.newer_fields,
    };
    let telling = Arc::clone(&progress);
    let all = replay.run(workers, move || telling.ended(None)).await;
    progress.end();
    let all = all?;
    if let (true, Some(node)) = (all.is_empty(), &arguments.node) {
        return Err(Failure::new(
            Cause::NotFound,
            format!(
                "nothing is on record of a node `{}`",
                crate::text::tame(node, 200)
            ),
        )
        .into());
    }
    let report = ReplayReport::of(&all);
    format::tell(arguments.format, &digest, &report, &all)?;
    let outcomes = report.outcomes;
    let unknown = arguments.strict && outcomes.undecidable > 0;
    if !outcomes.differ() && !unknown {
        return Ok(());
    }
    let differing = outcomes.replayed - outcomes.same - outcomes.undecidable;
    let detail = match unknown {
        true => format!(
            "{differing} of {} would differ, and of {} nobody knows",
            outcomes.replayed, outcomes.undecidable
        ),
        false => format!("{differing} of {} would differ", outcomes.replayed),
    };
    Err(Failure::new(Cause::Different, detail).into())
}

/// Gives hooks of the chain the components that are named for them, and adds those
/// that it does not have.
fn exchange(
    global: &Global,
    chain: &mut Vec<HookSpec>,
    named: &[(String, std::path::PathBuf)],
) -> Result<(), Trouble> {
    for (name, path) in named {
        if let Some(spec) = chain.iter_mut().find(|spec| spec.name == *name) {
            spec.path.clone_from(path);
            spec.sha256 = None;
            continue;
        }
        let names = chain.iter().map(|spec| spec.name.as_str());
        if let Some(near) = nearest(name, names) {
            return Err(Trouble::usage(format!(
                "the configuration has no hook `{name}`: did you mean `{near}`?"
            )));
        }
        note(
            global.quiet,
            &format!("the configuration has no hook `{name}`: it is tried after all others"),
        );
        chain.push(HookSpec::new(name, path));
    }
    Ok(())
}

/// What is to be replayed: from a file, else from the server, over a file without a
/// name.
async fn bundle(global: &Global, arguments: &Arguments) -> Result<Bundle, Trouble> {
    let failed = BundleError::into_failure;
    if let Some(path) = &arguments.bundle {
        return Ok(Bundle::open(path).map_err(failed)?);
    }
    let mut file = tempfile::tempfile()?;
    let chosen = Chosen {
        since: arguments.since,
        node: arguments.node.clone(),
        all: arguments.all,
    };
    chosen.download(&Client::new(global)?, &mut file).await?;
    std::io::Seek::rewind(&mut file)?;
    Ok(Bundle::read(file, "the server's records".into()).map_err(failed)?)
}

/// As the server's, with a call for each of `workers` at a time.
fn engine(workers: usize) -> Result<Engine, Trouble> {
    let concurrency = u32::try_from(workers).unwrap_or(u32::MAX);
    let kind = EngineKind::Server { concurrency };
    let engine = Engine::with(kind, compiling(commands_cache())?);
    Ok(engine.map_err(Failure::internal)?)
}

//! Testing again whenever something changes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{EventKind, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use crate::config::corpus;
use crate::failure::Failure;
use crate::policy::{MANIFEST, Project, discover};

use super::super::output::note;
use super::super::suites::{Chosen, projects};
use super::super::trouble::Trouble;
use super::arguments::Arguments;
use super::once;

/// For so long nothing is to change before cases are run: a build writes much.
const REST: Duration = Duration::from_millis(200);

/// Runs all cases again and again, until it is interrupted.
pub(super) async fn run(arguments: &Arguments) -> Result<(), Trouble> {
    let changed = Arc::new(Notify::new());
    let heard = Arc::clone(&changed);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // That we read files changes nothing.
        if event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_))) {
            heard.notify_one();
        }
    })
    .map_err(Failure::internal)?;
    let mut watching = BTreeMap::new();
    loop {
        // Cases come, and name other recordings.
        for (path, mode) in watched(&arguments.chosen)? {
            if watching.get(&path) == Some(&mode) {
                continue;
            }
            watcher.watch(&path, mode).map_err(|error| {
                Trouble::usage(format!("`{}` cannot be watched: {error}", path.display()))
            })?;
            watching.insert(path, mode);
        }
        // What it fails with has been told, and may be mended.
        if let Err(trouble) = once(arguments).await {
            trouble.tell();
        }
        note(false, "waiting for a change");
        tokio::select! {
            () = changed.notified() => {}
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
        while tokio::time::timeout(REST, changed.notified()).await.is_ok() {}
    }
}

/// All that cases depend on, the component too, which may be built elsewhere: what of
/// it is there.
fn watched(chosen: &Chosen) -> Result<BTreeMap<PathBuf, RecursiveMode>, Trouble> {
    let mut found = BTreeMap::new();
    let mut watch = |path: &Path| {
        // A file that is written anew is another one: its directory is watched. Of
        // that, all would be too much: there may be a whole build in it.
        let (place, mode) = match path.parent() {
            _ if path.is_dir() => (path, RecursiveMode::Recursive),
            Some(parent) if parent.as_os_str().is_empty() => {
                (Path::new("."), RecursiveMode::NonRecursive)
            }
            Some(parent) if parent.is_dir() => (parent, RecursiveMode::NonRecursive),
            _ => return,
        };
        let known = found.entry(place.to_owned()).or_insert(mode);
        if mode == RecursiveMode::Recursive {
            *known = mode;
        }
    };
    if let Some(hook) = &chosen.hook {
        watch(hook);
    }
    for project in projects(chosen)? {
        watch(&project.join(MANIFEST));
        let cases = project.join("cases");
        watch(if cases.is_dir() { &cases } else { &project });
        if let Ok(project) = Project::open(&project) {
            watch(&project.component);
        }
        for place in discover(&project).unwrap_or_default() {
            let Ok(case) = place.read() else { continue };
            if let Some(mockup) = place.mockup(&case, corpus().as_deref()) {
                watch(&mockup);
            }
            if let Some(config) = &case.config {
                watch(&place.directory.join(config));
            }
        }
    }
    Ok(found)
}

//! Testing again whenever something changes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use notify::{EventKind, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use crate::failure::Failure;
use crate::policy::Project;

use super::super::output::note;
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
    for (path, mode) in watched(arguments) {
        let watching = watcher.watch(&path, mode);
        watching.map_err(|error| {
            Trouble::usage(format!("`{}` cannot be watched: {error}", path.display()))
        })?;
    }
    loop {
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

/// Cases lie in the directory; a component may be built elsewhere.
fn watched(arguments: &Arguments) -> Vec<(PathBuf, RecursiveMode)> {
    let mut found = Vec::new();
    let cases = arguments.directory.join("cases");
    let cases = if cases.is_dir() {
        cases
    } else {
        arguments.directory.clone()
    };
    found.push((cases, RecursiveMode::Recursive));
    let component = arguments
        .hook
        .clone()
        .or_else(|| Some(Project::open(&arguments.directory).ok()?.component));
    let built_in = component.as_deref().and_then(std::path::Path::parent);
    if let Some(directory) = built_in.filter(|directory| directory.is_dir()) {
        found.push((directory.to_owned(), RecursiveMode::NonRecursive));
    }
    found
}

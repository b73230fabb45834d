//! Following the files that a chain is made of.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use super::live::{LiveChain, looked_at};
use super::reload::Trigger;

/// For so long a file is to stay as it is before it is read: copying one is not
/// done at once, and seldom is one file of a change the only one.
const REST: Duration = Duration::from_millis(200);
/// How often files are looked at without a hint. Network file systems give none,
/// nor do directories that were not there yet.
const ROUND: Duration = Duration::from_secs(5);
/// For how many rests files are waited for: one of them may be written to all the time.
const MOST_RESTS: u32 = 50;
/// After so long what this machine could not load is tried again, then after twice
/// as long, and so on.
const AGAIN: Duration = Duration::from_secs(10);
const LONGEST_AGAIN: Duration = Duration::from_secs(600);

/// Reloads the hooks whenever one of their files, or the configuration's, has
/// changed, for as long as it is polled. Directories are watched, not files: a
/// file that is renamed into place has never been written to. What is heard of a
/// directory is a hint only; whether one of the files has changed is looked at.
pub async fn follow(live: Arc<LiveChain>) {
    let hint = Arc::new(Notify::new());
    let mut watch = Watch::new(Arc::clone(&hint));
    let mut again = Again::default();
    loop {
        // Before the look, so that nothing falls in between.
        watch.over(&live);
        let changed = live.serving().follow && has_changed(&live).await;
        if changed || again.is_due(Instant::now()) {
            // What became of it is on record and in the log.
            let ended = live.reload(Trigger::File).await;
            again.after(ended.is_err_and(|error| error.may_pass), Instant::now());
            continue;
        }
        let _ = tokio::time::timeout(ROUND, hint.notified()).await;
        // A directory in which much is written gives many hints.
        tokio::time::sleep(REST).await;
    }
}

/// When what the machine could not load is to be tried again.
#[derive(Default)]
struct Again {
    pause: Duration,
    at: Option<Instant>,
}

impl Again {
    fn is_due(&self, now: Instant) -> bool {
        self.at.is_some_and(|at| at <= now)
    }

    /// After an attempt, which `may` come to something else another time.
    fn after(&mut self, may: bool, now: Instant) {
        self.pause = match may {
            true => (self.pause * 2).clamp(AGAIN, LONGEST_AGAIN),
            false => Duration::ZERO,
        };
        self.at = may.then(|| now + self.pause);
    }
}

/// Whether one of the files is another than the one that was loaded last, found
/// out when they have come to rest.
async fn has_changed(live: &LiveChain) -> bool {
    let mut seen = looked_at(live.serving().files.clone()).await;
    for _ in 0..MOST_RESTS {
        if seen == live.serving().files {
            return false;
        }
        tokio::time::sleep(REST).await;
        let later = looked_at(seen.clone()).await;
        if later == seen {
            return later != live.serving().files;
        }
        seen = later;
    }
    tracing::warn!("a file of the hooks does not come to rest: it is taken as it is");
    true
}

/// The directories that are watched.
struct Watch {
    watcher: Option<RecommendedWatcher>,
    directories: BTreeSet<PathBuf>,
    /// Those that cannot be watched.
    missing: BTreeSet<PathBuf>,
}

impl Watch {
    fn new(hint: Arc<Notify>) -> Self {
        let heard = move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| !is_reading(event.kind)) {
                hint.notify_one();
            }
        };
        let watcher = notify::recommended_watcher(heard)
            .inspect_err(|error| {
                tracing::warn!(
                    error = %error,
                    "this machine tells of no changes of files: they are looked at every {} s",
                    ROUND.as_secs()
                );
            })
            .ok();
        Self {
            watcher,
            directories: BTreeSet::new(),
            missing: BTreeSet::new(),
        }
    }

    /// Watches the directories of the files of `live`, and no others.
    fn over(&mut self, live: &LiveChain) {
        let Some(watcher) = &mut self.watcher else {
            return;
        };
        let serving = live.serving();
        let wanted: BTreeSet<_> = match serving.follow {
            true => serving.files.directories().map(Path::to_owned).collect(),
            false => BTreeSet::new(),
        };
        for gone in self.directories.difference(&wanted) {
            // One that is no longer there is no longer watched.
            let _ = watcher.unwatch(gone);
        }
        self.directories.retain(|known| wanted.contains(known));
        for new in wanted {
            if self.directories.contains(&new) {
                continue;
            }
            match watcher.watch(&new, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.missing.remove(&new);
                    self.directories.insert(new);
                }
                // Once: it is tried again at every look.
                Err(error) if self.missing.insert(new.clone()) => {
                    tracing::debug!(directory = %new.display(), error = %error, "not watched");
                }
                Err(_) => {}
            }
        }
    }
}

/// Whether somebody has only read. We do, for one.
fn is_reading(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
        EventKind::Access(_) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use notify::event::{CreateKind, ModifyKind};

    use super::super::engine::{Engine, EngineKind};
    use super::super::live::HookSource;
    use super::super::reload::Described;
    use super::*;
    use crate::failure::Failure;

    /// No hooks, described in a file.
    struct Nothing(PathBuf);

    impl HookSource for Nothing {
        fn file(&self) -> Option<PathBuf> {
            Some(self.0.clone())
        }

        fn read(&self) -> Result<Described, Failure> {
            Ok(Described {
                follow: true,
                ..Described::default()
            })
        }
    }

    #[tokio::test]
    async fn a_file_renamed_into_place_is_heard_of() {
        let directory = tempfile::tempdir().unwrap();
        let (file, new) = (directory.path().join("a"), directory.path().join("b"));
        fs::write(&file, "1").unwrap();
        fs::write(&new, "2").unwrap();
        let engine = Engine::new(EngineKind::Offline).unwrap();
        let live = LiveChain::start(engine, Arc::new(Nothing(file.clone())));
        let live = live.await.unwrap();
        let hint = Arc::new(Notify::new());
        let mut watch = Watch::new(Arc::clone(&hint));
        watch.over(&live);
        assert!(!has_changed(&live).await);
        fs::rename(new, file).unwrap();
        let heard = tokio::time::timeout(Duration::from_secs(60), hint.notified());
        heard.await.unwrap();
        assert!(has_changed(&live).await);
    }

    #[test]
    fn what_may_pass_is_tried_again_after_growing_pauses() {
        let start = Instant::now();
        let mut again = Again::default();
        assert!(!again.is_due(start + LONGEST_AGAIN));
        again.after(true, start);
        assert!(!again.is_due(start) && again.is_due(start + AGAIN));
        again.after(true, start);
        assert!(!again.is_due(start + AGAIN) && again.is_due(start + 2 * AGAIN));
        for _ in 0..20 {
            again.after(true, start);
        }
        assert!(again.is_due(start + LONGEST_AGAIN));
        again.after(false, start);
        assert!(!again.is_due(start + LONGEST_AGAIN));
        again.after(true, start);
        assert!(again.is_due(start + AGAIN));
    }

    #[test]
    fn whoever_only_reads_changes_nothing() {
        let closed = |mode| EventKind::Access(AccessKind::Close(mode));
        assert!(is_reading(closed(AccessMode::Read)));
        assert!(is_reading(EventKind::Access(AccessKind::Open(
            AccessMode::Any
        ))));
        assert!(!is_reading(closed(AccessMode::Write)));
        assert!(!is_reading(EventKind::Create(CreateKind::File)));
        assert!(!is_reading(EventKind::Modify(ModifyKind::Any)));
    }
}

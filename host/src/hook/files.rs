//! Which files a chain was made of, and whether they are still the same.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// What tells one state of a file from another without reading it. A file that
/// was renamed into place is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// Files and the states they were in; none for a file that was not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Files(BTreeMap<PathBuf, Option<Stamp>>);

impl Files {
    /// Notes the state that the file at `path` is in, to be called before it is
    /// read: what happens to it later is then a change.
    pub(super) fn note(&mut self, path: &Path) {
        self.0.insert(path.to_owned(), stamp(path));
    }

    /// The same files as they are now.
    pub(super) fn now(&self) -> Self {
        let now = self.0.keys().map(|path| (path.clone(), stamp(path)));
        Self(now.collect())
    }

    /// These, and those of `others` that are not among them.
    pub(super) fn and(mut self, others: Self) -> Self {
        for (path, stamp) in others.0 {
            self.0.entry(path).or_insert(stamp);
        }
        self
    }

    /// The directories that they are in.
    pub(super) fn directories(&self) -> impl Iterator<Item = &Path> {
        self.0.keys().filter_map(|path| path.parent())
    }
}

/// Of what a link leads to, if it is one.
fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(Stamp {
        device: metadata.dev(),
        inode: metadata.ino(),
        size: metadata.size(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_that_is_written_replaced_or_removed_has_changed() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::write(at("a"), "1").unwrap();
        std::os::unix::fs::symlink(at("a"), at("link")).unwrap();
        let noted = |name: &str| {
            let mut files = Files::default();
            files.note(&at(name));
            files
        };
        let (direct, linked, absent) = (noted("a"), noted("link"), noted("b"));
        assert_eq!(direct.now(), direct);

        fs::write(at("other"), "1").unwrap();
        fs::rename(at("other"), at("a")).unwrap();
        assert_ne!(direct.now(), direct);
        assert_ne!(linked.now(), linked);
        assert_eq!(absent.now(), absent);

        let replaced = noted("a");
        fs::write(at("a"), "22").unwrap();
        assert_ne!(replaced.now(), replaced);
        let written = noted("a");
        fs::remove_file(at("a")).unwrap();
        assert_ne!(written.now(), written);
        fs::write(at("b"), "").unwrap();
        assert_ne!(absent.now(), absent);
        assert_eq!(direct.directories().collect::<Vec<_>>(), [directory.path()]);
    }
}

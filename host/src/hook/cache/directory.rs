//! A directory that is its owner's alone. Everything in it is reached from the
//! directory that was looked at when it was opened: what becomes of its path
//! later does not matter.

use std::fs::{DirBuilder, File};
use std::io::{Error, ErrorKind, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use rustix::fs::{
    AtFlags, Dir, FileType, Mode, OFlags, Stat, Timespec, Timestamps, UTIME_NOW, fstat, linkat,
    openat, renameat, statat, unlinkat, utimensat,
};

use super::CacheError;
use crate::text::hexadecimal;

/// Larger than any compiled code that could be loaded.
pub(super) const LARGEST: u64 = 1 << 30;
/// What is being written has such a name; a crash leaves it behind.
const DRAFT: &str = "draft-";
/// Seconds after which a draft is one that a crash left behind.
const DRAFT_AGE: i64 = 3600;

pub(super) struct Directory(OwnedFd);

/// A file in it.
pub(super) struct Kept {
    pub(super) name: String,
    pub(super) size: u64,
    /// When it was last used: seconds, and nanoseconds of the next.
    pub(super) used: (i64, i64),
}

impl Directory {
    /// The directory at `path`, which is made if it is not there.
    pub(super) fn open(path: &Path) -> Result<Self, CacheError> {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        // A link at its end is met below, whatever it leads to.
        if std::fs::symlink_metadata(path).is_err() {
            builder.create(path)?;
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory = rustix::fs::open(path, flags, Mode::empty()).map_err(|error| {
            match std::fs::symlink_metadata(path) {
                Ok(found) if !found.is_dir() => {
                    Error::new(ErrorKind::NotADirectory, "it is no directory")
                }
                _ => error.into(),
            }
        })?;
        let found = fstat(&directory).map_err(Error::from)?;
        if !ours(&found) {
            return Err(CacheError::Owner);
        }
        if found.st_mode & 0o077 != 0 {
            return Err(CacheError::Mode(found.st_mode & 0o7777));
        }
        let directory = Self(directory);
        directory.sweep();
        Ok(directory)
    }

    /// What the file `name` holds; none if there is none.
    pub(super) fn read(&self, name: &str) -> std::io::Result<Option<Vec<u8>>> {
        Ok(self.open_file(name)?.map(|(bytes, _)| bytes))
    }

    /// The same for a file that nobody else may have been able to read.
    pub(super) fn read_private(&self, name: &str) -> std::io::Result<Option<Vec<u8>>> {
        match self.open_file(name)? {
            Some((_, mode)) if mode & 0o077 != 0 => Err(ErrorKind::PermissionDenied.into()),
            found => Ok(found.map(|(bytes, _)| bytes)),
        }
    }

    fn open_file(&self, name: &str) -> std::io::Result<Option<(Vec<u8>, u32)>> {
        // A pipe must not keep us waiting.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.0, name, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let found = fstat(&file)?;
        if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile || !ours(&found) {
            return Err(Error::other("it is no file of ours"));
        }
        let size = u64::try_from(found.st_size).unwrap_or(u64::MAX);
        if size > LARGEST {
            return Err(Error::other("it is larger than any compiled code"));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        file.take(LARGEST).read_to_end(&mut bytes)?;
        Ok(Some((bytes, found.st_mode)))
    }

    /// Writes the file `name`: all of it, or nothing.
    pub(super) fn write(&self, name: &str, parts: &[&[u8]]) -> std::io::Result<()> {
        let draft = draft()?;
        let written = self
            .write_draft(&draft, parts)
            .and_then(|()| Ok(renameat(&self.0, &draft, &self.0, name)?));
        if written.is_err() {
            let _ = self.remove(&draft);
        }
        written
    }

    /// The same, unless there is a file `name` by then: that stays as it is.
    pub(super) fn write_new(&self, name: &str, parts: &[&[u8]]) -> std::io::Result<()> {
        let draft = draft()?;
        let written = self.write_draft(&draft, parts).and_then(|()| {
            match linkat(&self.0, &draft, &self.0, name, AtFlags::empty()) {
                Ok(()) | Err(rustix::io::Errno::EXIST) => Ok(()),
                Err(error) => Err(error.into()),
            }
        });
        let _ = self.remove(&draft);
        written
    }

    fn write_draft(&self, draft: &str, parts: &[&[u8]]) -> std::io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let mut file = File::from(openat(&self.0, draft, flags, Mode::RUSR | Mode::WUSR)?);
        for part in parts {
            file.write_all(part)?;
        }
        Ok(())
    }

    /// Notes that the file `name` was used. That it cannot be noted does no harm.
    pub(super) fn touch(&self, name: &str) {
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_NOW,
        };
        let times = Timestamps {
            last_access: now,
            last_modification: now,
        };
        let _ = utimensat(&self.0, name, &times, AtFlags::SYMLINK_NOFOLLOW);
    }

    pub(super) fn remove(&self, name: &str) -> std::io::Result<()> {
        match unlinkat(&self.0, name, AtFlags::empty()) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The files in it.
    pub(super) fn files(&self) -> std::io::Result<Vec<Kept>> {
        let mut files = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            let Ok(found) = statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            if FileType::from_raw_mode(found.st_mode) == FileType::RegularFile {
                files.push(Kept {
                    name: name.to_owned(),
                    size: u64::try_from(found.st_size).unwrap_or_default(),
                    used: (
                        found.st_mtime,
                        i64::try_from(found.st_mtime_nsec).unwrap_or_default(),
                    ),
                });
            }
        }
        Ok(files)
    }

    /// Removes what crashes have left behind.
    fn sweep(&self) {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Realtime).tv_sec;
        let old = |file: &Kept| file.used.0 < now.saturating_sub(DRAFT_AGE);
        for file in self.files().unwrap_or_default() {
            if file.name.starts_with(DRAFT) && old(&file) {
                let _ = self.remove(&file.name);
            }
        }
    }
}

/// A name for what is being written, which nobody else has: not even a process that
/// has our number, in another container.
fn draft() -> std::io::Result<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(Error::other)?;
    Ok(format!("{DRAFT}{}", hexadecimal(&random)))
}

fn ours(found: &Stat) -> bool {
    found.st_uid == rustix::process::geteuid().as_raw()
}

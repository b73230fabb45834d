//! The file that holds the keys, one a line: the first seals, and each opens.
//! Whoever has it and the database has the passwords, so it is its owner's alone
//! and stands in no backup of the database.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, chown};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::StoreError;
use crate::text::push_hexadecimal;

/// As many keys as anybody has at a time, with their lines' ends.
const LONGEST: usize = 16 * 66;

/// One key.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// Reads the keys, of which there is at least one; none where there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Vec<Key>>, StoreError> {
    let failed = |source| StoreError::KeyFile {
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mode = file.metadata().map_err(failed)?.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(StoreError::KeyFileOpen {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = Zeroizing::new(Vec::with_capacity(LONGEST));
    let most = LONGEST as u64 + 1;
    file.take(most).read_to_end(&mut text).map_err(failed)?;
    match decode(&text) {
        Some(keys) => Ok(Some(keys)),
        None => Err(StoreError::KeyFileBad {
            path: path.to_owned(),
        }),
    }
}

/// Makes a key at `path`, unless another process was quicker, and reads what is there.
pub(super) fn make(path: &Path) -> Result<Vec<Key>, StoreError> {
    let failed = |source| StoreError::KeyFile {
        path: path.to_owned(),
        source,
    };
    // Written whole under another name first: a key cut short would be worse
    // than none.
    let draft = draft(path);
    let written = write(&draft, &[random()?]).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    });
    let _ = fs::remove_file(&draft);
    written.map_err(failed)?;
    read(path)?.ok_or_else(|| failed(ErrorKind::NotFound.into()))
}

/// Puts `keys` at `path` in place of what is there, as a file of the same owner: whoever
/// replaces them need not be whom the server runs as.
pub(super) fn replace(path: &Path, keys: &[Key]) -> Result<(), StoreError> {
    let draft = draft(path);
    let written = write(&draft, keys)
        .and_then(|()| own_as(path, &draft))
        .and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written.map_err(|source| StoreError::KeyFile {
        path: path.to_owned(),
        source,
    })
}

/// Gives `draft` the owner of the file at `path`, if that is another than ours.
fn own_as(path: &Path, draft: &Path) -> std::io::Result<()> {
    let (old, new) = (fs::metadata(path)?, fs::metadata(draft)?);
    match (old.uid(), old.gid()) == (new.uid(), new.gid()) {
        true => Ok(()),
        false => chown(draft, Some(old.uid()), Some(old.gid())),
    }
}

fn draft(path: &Path) -> PathBuf {
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}", std::process::id()));
    draft.into()
}

fn write(path: &Path, keys: &[Key]) -> std::io::Result<()> {
    let mut text = Zeroizing::new(String::with_capacity(keys.len() * 65));
    for key in keys {
        push_hexadecimal(&mut text, key.as_slice());
        text.push('\n');
    }
    let mut make = OpenOptions::new();
    let made = make.write(true).create_new(true).mode(0o600).open(path);
    made.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    })
}

/// A key that nobody has seen.
pub(super) fn random() -> Result<Key, StoreError> {
    let mut key = Zeroizing::new([0; 32]);
    getrandom::fill(key.as_mut_slice()).map_err(StoreError::Random)?;
    Ok(key)
}

fn decode(text: &[u8]) -> Option<Vec<Key>> {
    if text.len() > LONGEST {
        return None;
    }
    let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines
        .filter(|line| !line.is_empty())
        .map(decode_one)
        .collect::<Option<Vec<_>>>()
        .filter(|keys| !keys.is_empty())
}

/// The key in one line.
pub(super) fn decode_one(text: &[u8]) -> Option<Key> {
    if text.len() != 64 {
        return None;
    }
    let mut key = Zeroizing::new([0; 32]);
    for (byte, digits) in key.iter_mut().zip(text.chunks_exact(2)) {
        let mut value = 0;
        for &digit in digits {
            value = value * 16 + char::from(digit).to_digit(16)?;
        }
        *byte = u8::try_from(value).ok()?;
    }
    Some(key)
}

//! The file that holds the key. Whoever has it and the database has the
//! passwords, so it is its owner's alone and stands in no backup of the database.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::StoreError;
use crate::text::push_hexadecimal;

/// The key that everything is sealed with.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// Reads the key; none where there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Key>, StoreError> {
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
    // One byte more than a key and a line's end: longer is no key.
    let mut text = Zeroizing::new(Vec::with_capacity(128));
    file.take(67).read_to_end(&mut text).map_err(failed)?;
    match decode(&text) {
        Some(key) => Ok(Some(key)),
        None => Err(StoreError::KeyFileBad {
            path: path.to_owned(),
        }),
    }
}

/// Makes a key at `path`, unless another process was quicker, and reads it.
pub(super) fn make(path: &Path) -> Result<Key, StoreError> {
    let failed = |source| StoreError::KeyFile {
        path: path.to_owned(),
        source,
    };
    let key = random()?;
    let mut text = Zeroizing::new(String::with_capacity(65));
    push_hexadecimal(&mut text, key.as_slice());
    text.push('\n');
    // Written whole under another name first: a key cut short would be worse
    // than none.
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}", std::process::id()));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| match fs::hard_link(&draft, path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        });
    let _ = fs::remove_file(&draft);
    written.map_err(failed)?;
    read(path)?.ok_or_else(|| failed(ErrorKind::NotFound.into()))
}

/// A key that nobody has seen.
pub(super) fn random() -> Result<Key, StoreError> {
    let mut key = Zeroizing::new([0; 32]);
    getrandom::fill(key.as_mut_slice()).map_err(StoreError::Random)?;
    Ok(key)
}

fn decode(text: &[u8]) -> Option<Key> {
    let text = text.trim_ascii_end();
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

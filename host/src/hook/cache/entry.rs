//! One entry: its name, and the HMAC that binds it to what it was compiled from.

use std::io::ErrorKind;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::CacheError;
use super::directory::Directory;

/// What an entry begins with; another layout begins otherwise.
const MAGIC: &[u8; 16] = b"valence hook 1\r\n";
const MAC: usize = 32;
/// The file with the key.
const KEY: &str = "key";
const ENDING: &str = ".compiled";

/// What compiled code was compiled from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct EntryName {
    /// SHA-256 of the component, in hexadecimal.
    pub(in super::super) component: String,
    /// SHA-256 of the engine's settings, in hexadecimal.
    pub(in super::super) settings: String,
}

impl EntryName {
    /// The name of its file.
    pub(in super::super) fn file(&self) -> String {
        let settings: String = self.settings.chars().take(16).collect();
        format!("{}-{settings}{ENDING}", self.component)
    }

    pub(super) fn is_one(file: &str) -> bool {
        file.ends_with(ENDING)
    }
}

/// The key of a cache, known to nobody but its owner.
pub(super) struct Key(Zeroizing<[u8; 64]>);

impl Key {
    /// The key of the cache in `directory`. One that is missing, cut short or
    /// readable by others is replaced, and with it goes all that is kept.
    pub(super) fn of(directory: &Directory) -> Result<Self, CacheError> {
        let replaced = match directory.read_private(KEY) {
            Ok(Some(bytes)) => match Self::decode(&bytes) {
                Some(key) => return Ok(key),
                None => Some("the key of the cache of compiled hooks is none"),
            },
            Ok(None) => None,
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                Some("others could read the key of the cache of compiled hooks")
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(reason) = replaced {
            tracing::warn!("{reason}: making another, and compiling again");
            directory.remove(KEY)?;
        }
        let mut new = Zeroizing::new([0; 32]);
        getrandom::fill(new.as_mut_slice()).map_err(CacheError::Random)?;
        // Another process may have been quicker: then its key is everybody's.
        directory.write_new(KEY, &[new.as_slice()])?;
        let read = Zeroizing::new(directory.read_private(KEY)?.unwrap_or_default());
        Self::decode(&read).ok_or_else(|| {
            std::io::Error::new(ErrorKind::InvalidData, "its key cannot be kept").into()
        })
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let key: &[u8; 32] = bytes.try_into().ok()?;
        // Filled up to a block with zeros, as RFC 2104 does with a short key: so
        // it cannot be of a wrong length.
        let mut block = Zeroizing::new([0; 64]);
        for (to, from) in block.iter_mut().zip(key) {
            *to = *from;
        }
        Some(Self(block))
    }

    fn mac(&self, name: &EntryName, code: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(&(*self.0).into());
        // Each but the last with its length: nothing can pass for a part of
        // another.
        for part in [
            MAGIC.as_slice(),
            name.component.as_bytes(),
            name.settings.as_bytes(),
        ] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.update(code);
        mac
    }

    /// What stands before `code` in its entry.
    pub(super) fn head(&self, name: &EntryName, code: &[u8]) -> Vec<u8> {
        let mac = self.mac(name, code).finalize().into_bytes();
        [MAGIC.as_slice(), &mac].concat()
    }

    /// Where the code begins in `entry`, if the entry is the one that was written
    /// as `name`.
    pub(super) fn verified(&self, name: &EntryName, entry: &[u8]) -> Option<usize> {
        let (magic, rest) = entry.split_at_checked(MAGIC.len())?;
        let (mac, code) = rest.split_at_checked(MAC)?;
        // In constant time.
        let right = magic == MAGIC && self.mac(name, code).verify_slice(mac).is_ok();
        right.then_some(MAGIC.len() + MAC)
    }
}

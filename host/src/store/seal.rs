//! Sealing passwords, and telling whether two are the same without keeping them.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::key_file::Key;
use super::{Store, StoreError};
use crate::secret::{Credentials, Secret};
use crate::text::hexadecimal;

/// The first byte of what is sealed: which way it was done.
const WAY: u8 = 1;
const NONCE: usize = 24;

/// Whose secret is sealed. What was sealed for one record does not open for
/// another, so nobody who can write the database can move a password about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The password of a pod manager, by its uuid.
    PodManager(Uuid),
    /// The password of a register request's body, by the registration's id.
    Registration(Uuid),
    /// The key by which credentials are compared.
    Comparing,
}

impl Purpose {
    fn text(self) -> String {
        match self {
            Self::PodManager(uuid) => format!("valence pod_manager {uuid}"),
            Self::Registration(id) => format!("valence registration {id}"),
            Self::Comparing => "valence comparing".to_owned(),
        }
    }
}

/// Seals and opens, with keys made out of those in the key file.
pub(super) struct Sealer {
    /// Seals.
    first: Derived,
    /// Open only.
    others: Vec<Derived>,
    /// By which credentials are compared, whatever key seals.
    comparing: Key,
}

/// What is made of one key: one key a use, so that no use can tell anything about
/// another.
struct Derived {
    sealing: XChaCha20Poly1305,
    comparing: Key,
    fingerprint: String,
}

impl Derived {
    fn of(key: &Key) -> Self {
        let derived = |what: &str| Key::new(code(key, &[what.as_bytes()]));
        Self {
            sealing: XChaCha20Poly1305::new(&(*derived("valence sealing")).into()),
            comparing: derived("valence comparing credentials"),
            fingerprint: hexadecimal(derived("valence fingerprint").as_slice()),
        }
    }
}

impl Sealer {
    /// Seals with the first of `keys`; none where there are none.
    pub(super) fn new(keys: &[Key]) -> Option<Self> {
        let (first, others) = keys.split_first()?;
        let first = Derived::of(first);
        Some(Self {
            comparing: first.comparing.clone(),
            first,
            others: others.iter().map(Derived::of).collect(),
        })
    }

    /// Tells keys apart, and nothing about the key: of the one that seals.
    pub(super) fn fingerprint(&self) -> &str {
        &self.first.fingerprint
    }

    /// Compares as the key with this fingerprint, which is to be one of ours, has
    /// it, or by the key that was sealed as `comparing`. Gives whether it can.
    pub(super) fn compare_as(
        &mut self,
        fingerprint: &str,
        comparing: Option<&[u8]>,
    ) -> Result<bool, StoreError> {
        let mut all = std::iter::once(&self.first).chain(&self.others);
        let Some(known) = all.find(|known| known.fingerprint == fingerprint) else {
            return Ok(false);
        };
        self.comparing = match comparing {
            None => known.comparing.clone(),
            Some(sealed) => {
                let text = self.unseal(Purpose::Comparing, sealed)?;
                super::key_file::decode_one(text.expose().as_bytes())
                    .ok_or(StoreError::Unsealing)?
            }
        };
        Ok(true)
    }

    /// What it compares by, sealed with the first key.
    pub(super) fn seal_comparing(&self) -> Result<Vec<u8>, StoreError> {
        let text = Zeroizing::new(hexadecimal(self.comparing.as_slice()));
        self.seal(Purpose::Comparing, &Secret::new(text.as_str()))
    }

    pub(super) fn seal(&self, purpose: Purpose, secret: &Secret) -> Result<Vec<u8>, StoreError> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(StoreError::Random)?;
        let bound_to = purpose.text();
        let payload = Payload {
            msg: secret.expose().as_bytes(),
            aad: bound_to.as_bytes(),
        };
        let sealed = self
            .first
            .sealing
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| StoreError::Unsealing)?;
        Ok([&[WAY][..], &nonce[..], &sealed[..]].concat())
    }

    /// Whether it was sealed with the first key.
    pub(super) fn is_newest(&self, purpose: Purpose, sealed: &[u8]) -> bool {
        open(&self.first, purpose, sealed).is_ok()
    }

    pub(super) fn unseal(&self, purpose: Purpose, sealed: &[u8]) -> Result<Secret, StoreError> {
        let mut all = std::iter::once(&self.first).chain(&self.others);
        let opened = all.find_map(|key| open(key, purpose, sealed).ok());
        opened.ok_or(StoreError::Unsealing)
    }

    fn credentials_hmac(&self, credentials: &Credentials) -> String {
        let username = credentials.username.as_bytes();
        // The length keeps `ab` + `c` apart from `a` + `bc`.
        let length = (username.len() as u64).to_be_bytes();
        let password = credentials.password.expose().as_bytes();
        hexadecimal(&code(&self.comparing, &[&length, username, password]))
    }
}

fn open(key: &Derived, purpose: Purpose, sealed: &[u8]) -> Result<Secret, StoreError> {
    let parts = sealed
        .split_first()
        .filter(|(way, _)| **way == WAY)
        .and_then(|(_, rest)| rest.split_first_chunk::<NONCE>());
    let (nonce, sealed) = parts.ok_or(StoreError::Unsealing)?;
    let bound_to = purpose.text();
    let payload = Payload {
        msg: sealed,
        aad: bound_to.as_bytes(),
    };
    let opened = key.sealing.decrypt(&XNonce::from(*nonce), payload);
    let opened = Zeroizing::new(opened.map_err(|_| StoreError::Unsealing)?);
    let text = std::str::from_utf8(&opened).map_err(|_| StoreError::Unsealing)?;
    Ok(Secret::new(text))
}

/// HMAC-SHA256 (RFC 2104) of `parts`, one after the other.
fn code(key: &Key, parts: &[&[u8]]) -> [u8; 32] {
    // A key shorter than a block is filled up with zeros (RFC 2104, section 2):
    // done here, it cannot be of a wrong length.
    let mut block = Zeroizing::new([0; 64]);
    for (to, from) in block.iter_mut().zip(key.iter()) {
        *to = *from;
    }
    let mut hmac = Hmac::<Sha256>::new(&(*block).into());
    for part in parts {
        hmac.update(part);
    }
    hmac.finalize().into_bytes().into()
}

impl Store {
    /// `secret`, so that only the key file's owner can read it, and only as
    /// `purpose`.
    pub fn seal(&self, purpose: Purpose, secret: &Secret) -> Result<Vec<u8>, StoreError> {
        self.sealer.seal(purpose, secret)
    }

    /// What [`Store::seal`] sealed for the same purpose.
    pub fn unseal(&self, purpose: Purpose, sealed: &[u8]) -> Result<Secret, StoreError> {
        self.sealer.unseal(purpose, sealed)
    }

    /// Tells whether credentials are the same as earlier ones, and nothing else
    /// about them: HMAC-SHA256 as lower-case hexadecimal, equal only for equal
    /// credentials under the same key file.
    pub fn credentials_hmac(&self, credentials: &Credentials) -> String {
        self.sealer.credentials_hmac(credentials)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// With keys of these bytes.
    fn with(bytes: &[u8]) -> Sealer {
        let keys: Vec<_> = bytes.iter().map(|byte| Key::new([*byte; 32])).collect();
        Sealer::new(&keys).unwrap()
    }

    fn sealer() -> Sealer {
        with(&[7])
    }

    fn credentials(username: &str, password: &str) -> Credentials {
        Credentials {
            username: username.into(),
            password: Secret::new(password),
        }
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_for_the_same_purpose_only(
            text in ".{0,100}", flip in any::<prop::sample::Index>(), bit in 0..8u32,
        ) {
            let purpose = Purpose::PodManager(Uuid::nil());
            let sealed = sealer().seal(purpose, &Secret::new(text.as_str())).unwrap();
            let opened = sealer().unseal(purpose, &sealed).unwrap();
            prop_assert_eq!(opened.expose(), text.as_str());
            prop_assert!(sealer().unseal(Purpose::Registration(Uuid::nil()), &sealed).is_err());
            prop_assert!(sealer().unseal(Purpose::PodManager(Uuid::max()), &sealed).is_err());
            prop_assert!(with(&[8]).unseal(purpose, &sealed).is_err());
            let mut altered = sealed.clone();
            altered[flip.index(sealed.len())] ^= 1 << bit;
            prop_assert!(sealer().unseal(purpose, &altered).is_err());
            prop_assert!(sealer().unseal(purpose, &sealed[..flip.index(sealed.len())]).is_err());
        }
    }

    #[test]
    fn the_same_secret_is_never_sealed_the_same_way_twice() {
        let seal = || {
            let purpose = Purpose::PodManager(Uuid::nil());
            sealer().seal(purpose, &Secret::new("x")).unwrap()
        };
        assert_ne!(seal(), seal());
    }

    #[test]
    fn the_first_key_seals_and_each_opens() {
        let purpose = Purpose::PodManager(Uuid::nil());
        let old = with(&[1]).seal(purpose, &Secret::new("x")).unwrap();
        let both = with(&[2, 1]);
        assert_eq!(both.unseal(purpose, &old).unwrap().expose(), "x");
        assert!(!both.is_newest(purpose, &old));
        let new = both.seal(purpose, &Secret::new("y")).unwrap();
        assert!(both.is_newest(purpose, &new));
        assert_eq!(with(&[2]).unseal(purpose, &new).unwrap().expose(), "y");
        assert!(with(&[1]).unseal(purpose, &new).is_err());
    }

    #[test]
    fn credentials_compare_the_same_whatever_key_seals() {
        let known = credentials("admin", "p");
        let (old, mut both, mut new) = (with(&[1]), with(&[2, 1]), with(&[2]));
        let hmac = old.credentials_hmac(&known);
        assert!(both.compare_as(old.fingerprint(), None).unwrap());
        assert_eq!(both.credentials_hmac(&known), hmac);
        let sealed = both.seal_comparing().unwrap();
        let fingerprint = both.fingerprint().to_owned();
        assert!(new.compare_as(&fingerprint, Some(&sealed)).unwrap());
        assert_eq!(new.credentials_hmac(&known), hmac);
        assert!(!new.compare_as(old.fingerprint(), None).unwrap());
    }

    #[test]
    fn equal_credentials_alone_have_equal_hmacs() {
        let hmac = |username, password| sealer().credentials_hmac(&credentials(username, password));
        assert_eq!(hmac("admin", "p"), hmac("admin", "p"));
        assert_ne!(hmac("admin", "p"), hmac("admin", "q"));
        assert_ne!(hmac("ab", "c"), hmac("a", "bc"));
        let other = with(&[8]);
        assert_ne!(
            hmac("admin", "p"),
            other.credentials_hmac(&credentials("admin", "p"))
        );
    }
}

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
}

impl Purpose {
    fn text(self) -> String {
        match self {
            Self::PodManager(uuid) => format!("valence pod_manager {uuid}"),
            Self::Registration(id) => format!("valence registration {id}"),
        }
    }
}

/// Seals and opens, with keys made out of the one in the key file.
pub(super) struct Sealer {
    sealing: XChaCha20Poly1305,
    comparing: Key,
    fingerprint: String,
}

impl Sealer {
    pub(super) fn new(key: &Key) -> Self {
        // One key a use, so that no use can tell anything about another.
        let derived = |what: &str| Key::new(code(key, &[what.as_bytes()]));
        Self {
            sealing: XChaCha20Poly1305::new(&(*derived("valence sealing")).into()),
            comparing: derived("valence comparing credentials"),
            fingerprint: hexadecimal(derived("valence fingerprint").as_slice()),
        }
    }

    /// Tells keys apart, and nothing about the key.
    pub(super) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn seal(&self, purpose: Purpose, secret: &Secret) -> Result<Vec<u8>, StoreError> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(StoreError::Random)?;
        let bound_to = purpose.text();
        let payload = Payload {
            msg: secret.expose().as_bytes(),
            aad: bound_to.as_bytes(),
        };
        let sealed = self
            .sealing
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| StoreError::Unsealing)?;
        Ok([&[WAY][..], &nonce[..], &sealed[..]].concat())
    }

    fn unseal(&self, purpose: Purpose, sealed: &[u8]) -> Result<Secret, StoreError> {
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
        let opened = self.sealing.decrypt(&XNonce::from(*nonce), payload);
        let opened = Zeroizing::new(opened.map_err(|_| StoreError::Unsealing)?);
        let text = std::str::from_utf8(&opened).map_err(|_| StoreError::Unsealing)?;
        Ok(Secret::new(text))
    }

    fn credentials_hmac(&self, credentials: &Credentials) -> String {
        let username = credentials.username.as_bytes();
        // The length keeps `ab` + `c` apart from `a` + `bc`.
        let length = (username.len() as u64).to_be_bytes();
        let password = credentials.password.expose().as_bytes();
        hexadecimal(&code(&self.comparing, &[&length, username, password]))
    }
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

    fn sealer() -> Sealer {
        Sealer::new(&Key::new([7; 32]))
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
            prop_assert!(Sealer::new(&Key::new([8; 32])).unseal(purpose, &sealed).is_err());
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
    fn equal_credentials_alone_have_equal_hmacs() {
        let hmac = |username, password| sealer().credentials_hmac(&credentials(username, password));
        assert_eq!(hmac("admin", "p"), hmac("admin", "p"));
        assert_ne!(hmac("admin", "p"), hmac("admin", "q"));
        assert_ne!(hmac("ab", "c"), hmac("a", "bc"));
        let other = Sealer::new(&Key::new([8; 32]));
        assert_ne!(
            hmac("admin", "p"),
            other.credentials_hmac(&credentials("admin", "p"))
        );
    }
}

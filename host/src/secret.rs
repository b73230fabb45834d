//! Text that nobody may see by accident.

use serde::{Deserialize, Deserializer};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A password, a token or a key.
///
/// It implements neither `Debug` nor `Display` nor `Serialize`, so that whatever
/// contains one cannot be logged or stored as it is: the compiler refuses. Its
/// memory is overwritten when it is dropped.
#[derive(Clone, Default, Zeroize, ZeroizeOnDrop)]
pub struct Secret(String);

impl Secret {
    /// Takes `text` in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Lets `text` out. Every call is a place to look at in a review.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is anything in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

/// What a Redfish service or Ironic is told to let us in.
#[derive(Clone)]
pub struct Credentials {
    /// The account, which is no secret.
    pub username: String,
    /// Its password.
    pub password: Secret,
}

/// What stands in replies where a password would be, as Ironic masks its own.
/// Written back, it changes nothing.
pub const MASK: &str = "******";

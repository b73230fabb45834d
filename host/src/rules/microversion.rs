//! Versions of Ironic's API.

use std::fmt;
use std::str::FromStr;

/// A microversion of Ironic's API: the `115` of `1.115`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Microversion(pub u16);

impl Microversion {
    /// The newest that Valence has been tested against.
    pub const NEWEST_TESTED: Self = Self(115);
    /// The oldest that Valence can work with: traits came with it.
    pub const TRAITS: Self = Self(37);
}

impl fmt::Display for Microversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.0)
    }
}

/// Text that is no microversion.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no version of Ironic's API: it is to look like `1.95`")]
pub struct MicroversionError(String);

impl FromStr for Microversion {
    type Err = MicroversionError;

    fn from_str(text: &str) -> Result<Self, MicroversionError> {
        text.strip_prefix("1.")
            .and_then(|minor| minor.parse().ok())
            .map(Self)
            .ok_or_else(|| MicroversionError(text.to_owned()))
    }
}

/// What the Ironic at hand can take. Part of an evaluation's input, so that an
/// offline evaluation can name an old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IronicProfile {
    /// The newest microversion that both it and Valence know.
    pub api: Microversion,
}

impl Default for IronicProfile {
    fn default() -> Self {
        Self {
            api: Microversion::NEWEST_TESTED,
        }
    }
}

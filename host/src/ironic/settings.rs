//! Which Ironic, and how it lets us in.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use url::Url;

use crate::node::{ClientCertificate, VerifyCa};
use crate::openstack::{KeystoneSettings, Wanted};
use crate::rules::Microversion;
use crate::secret::Credentials;

/// Where Ironic is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// At the root of its API, with or without `/v1`.
    At(Url),
    /// Where Keystone's catalogue says.
    Catalogue(Wanted),
}

impl FromStr for Endpoint {
    type Err = url::ParseError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        url.parse().map(Self::At)
    }
}

/// How Ironic lets us in: its `auth_strategy`.
#[derive(Clone)]
pub enum Auth {
    /// `noauth`: it lets everybody in.
    None,
    /// `http_basic` (RFC 7617).
    HttpBasic(Credentials),
    /// `keystone`.
    Keystone(Box<KeystoneSettings>),
}

/// What a client is made of.
#[derive(Clone)]
pub struct Settings {
    /// Where it is.
    pub endpoint: Endpoint,
    /// How it lets us in.
    pub auth: Auth,
    /// How its certificate, and Keystone's, is checked.
    pub verify_ca: VerifyCa,
    /// What we are known by to servers that ask for a certificate.
    pub certificate: Option<ClientCertificate>,
    /// The API version to use. None: as new as both sides know.
    pub api_version: Option<Microversion>,
    /// How many requests may go to it at a time; at least one. How many do, up to
    /// this, is found out while they go.
    pub max_concurrency: usize,
    /// How long one request may take, its answer included.
    pub timeout: Duration,
}

/// Where it is, and as whom it is asked.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.endpoint, &self.auth) {
            (Endpoint::At(url), _) => write!(f, "at `{url}`")?,
            (Endpoint::Catalogue(_), Auth::Keystone(keystone)) => {
                write!(f, "in the catalogue of keystone at `{}`", keystone.auth_url)?;
            }
            (Endpoint::Catalogue(_), _) => f.write_str("in a catalogue")?,
        }
        match &self.auth {
            Auth::None => Ok(()),
            Auth::HttpBasic(credentials) => write!(f, ", as `{}`", credentials.username),
            Auth::Keystone(keystone) => {
                write!(f, ", as {} in {}", keystone.identity, keystone.scope)
            }
        }
    }
}

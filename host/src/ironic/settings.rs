//! Which Ironic, and how it lets us in.

use std::time::Duration;

use url::Url;

use crate::node::VerifyCa;
use crate::rules::Microversion;
use crate::secret::Credentials;

/// How Ironic lets us in: its `auth_strategy`.
#[derive(Clone)]
pub enum Auth {
    /// `noauth`: it lets everybody in.
    None,
    /// `http_basic` (RFC 7617).
    HttpBasic(Credentials),
}

/// What a client is made of.
#[derive(Clone)]
pub struct Settings {
    /// The root of the API, with or without `/v1`.
    pub endpoint: Url,
    /// How it lets us in.
    pub auth: Auth,
    /// How its certificate is checked.
    pub verify_ca: VerifyCa,
    /// The API version to use. None: as new as both sides know.
    pub api_version: Option<Microversion>,
    /// How many requests go to it at a time; at least one.
    pub max_concurrency: usize,
    /// How long one request may take, its answer included.
    pub timeout: Duration,
}

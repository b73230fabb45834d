//! How a service is talked to.

use std::time::Duration;

use url::Url;

use super::cache::Cache;
use crate::node::{ServiceAuth, VerifyCa};
use crate::secret::Credentials;
use crate::tls::TlsError;

/// How a service is talked to. No `Debug`: there is a password in it.
#[derive(Clone)]
pub struct ServiceSettings {
    /// The service's root, with or without `/redfish/v1`.
    pub url: Url,
    /// What lets us in, where the service asks for anything.
    pub credentials: Option<Credentials>,
    /// How they are shown.
    pub auth: ServiceAuth,
    /// How its certificate is checked.
    pub verify_ca: VerifyCa,
    /// For one request, from sending it to the last byte of the answer.
    pub timeout: Duration,
    /// The largest document taken, in bytes, when it is uncompressed.
    pub max_document: usize,
    /// How many requests are under way at a time.
    pub concurrency: usize,
    /// For how long a read is tried again that failed for a passing reason.
    pub retry_for: Duration,
    /// Where documents with ETags are kept.
    pub cache: Cache,
    /// Whether collections are read with their members, where the service can do it.
    pub expand: bool,
}

impl ServiceSettings {
    /// Settings for the service at `url`: no credentials, certificates checked by
    /// the system's authorities, 10 s a request, 4 MiB a document, four requests
    /// at a time (BMCs are slow, and slower when asked for more), another try
    /// within 5 s, nothing kept.
    pub fn new(url: Url) -> Self {
        Self {
            url,
            credentials: None,
            auth: ServiceAuth::default(),
            verify_ca: VerifyCa::default(),
            timeout: Duration::from_secs(10),
            max_document: 4 << 20,
            concurrency: 4,
            retry_for: Duration::from_secs(5),
            cache: Cache::new(0),
            expand: true,
        }
    }
}

/// Why no service can be talked to with these settings.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The URL is none of a Redfish service. It is not repeated, for there may be
    /// a password in it.
    #[error("the url of the redfish service {reason}")]
    BadUrl {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Certificates cannot be checked as told.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The HTTP library refuses.
    #[error("no http client can be made for the redfish service")]
    Client(#[source] reqwest::Error),
}

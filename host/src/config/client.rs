//! How the command line finds the server.

use url::Url;

use super::ConfigError;
use super::environment::Environment;
use crate::secret::{Credentials, Secret};

/// Where the server is, and what it is told to let us in.
#[derive(Clone)]
pub struct ServerAddress {
    /// Its address.
    pub url: Url,
    /// None: it is asked without.
    pub credentials: Option<Credentials>,
}

const DEFAULT: &str = "http://127.0.0.1:8181";

impl ServerAddress {
    /// By `url`, which is `--url`, else by `VALENCE_URL`, else the server of this
    /// machine; with `VALENCE_USERNAME` and `VALENCE_PASSWORD`, if they are set.
    pub fn find(url: Option<&str>) -> Result<Self, ConfigError> {
        Self::find_in(url, &Environment::of_process())
    }

    pub(super) fn find_in(
        url: Option<&str>,
        environment: &Environment,
    ) -> Result<Self, ConfigError> {
        let (by, text) = match (url, environment.get("VALENCE_URL")) {
            (Some(url), _) => ("`--url`", url),
            (None, Some(url)) => ("`VALENCE_URL`", url),
            (None, None) => ("the server's url", DEFAULT),
        };
        let failed = |by, reason: &str| ConfigError::Client {
            by,
            reason: reason.to_owned(),
        };
        let url = Url::parse(text)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| failed(by, "a url such as `http://127.0.0.1:8181` is expected"))?;
        if !url.username().is_empty() || url.password().is_some() {
            let elsewhere =
                "credentials belong in `VALENCE_USERNAME` and `VALENCE_PASSWORD`, not in the url";
            return Err(failed(by, elsewhere));
        }
        let username = environment.get("VALENCE_USERNAME");
        let password = environment.get("VALENCE_PASSWORD");
        let credentials = match (username, password) {
            (Some(username), Some(password)) => Some(Credentials {
                username: username.to_owned(),
                password: Secret::new(password),
            }),
            (None, None) => None,
            (Some(_), None) => {
                return Err(failed(
                    "`VALENCE_USERNAME`",
                    "`VALENCE_PASSWORD` is not set",
                ));
            }
            (None, Some(_)) => {
                return Err(failed(
                    "`VALENCE_PASSWORD`",
                    "`VALENCE_USERNAME` is not set",
                ));
            }
        };
        Ok(Self { url, credentials })
    }
}

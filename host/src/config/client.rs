//! How the command line finds the server, and what it shows it.

use std::path::PathBuf;

use url::Url;

use super::environment::Environment;
use super::{ConfigError, clouds};
use crate::ironic::Auth;
use crate::node::{ClientCertificate, VerifyCa};
use crate::openstack::KeystoneSettings;
use crate::secret::{Credentials, Secret};

/// Where the server is, and what it is told to let us in.
#[derive(Clone)]
pub struct ServerAddress {
    /// Its address.
    pub url: Url,
    /// How its certificate is checked.
    pub verify_ca: VerifyCa,
    /// What we are known by, if it asks for a certificate.
    pub certificate: Option<ClientCertificate>,
    /// What it is shown.
    pub login: ServerLogin,
}

/// What the server is shown.
#[derive(Clone)]
pub enum ServerLogin {
    /// Nothing; if it asks for a token, one is got by `OS_CLOUD` or the other
    /// variables of OpenStack.
    WhenAsked,
    /// A user and a password.
    HttpBasic(Credentials),
    /// A token.
    Token(Secret),
}

const DEFAULT: &str = "http://127.0.0.1:8181";

impl ServerAddress {
    /// By `url`, which is `--url`, else by `VALENCE_URL`, else the server of this
    /// machine; with `VALENCE_USERNAME` and `VALENCE_PASSWORD`, or `VALENCE_TOKEN`, if
    /// they are set. `VALENCE_CACERT`, `VALENCE_CERT` and `VALENCE_KEY` name files for
    /// https.
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
        let url = Url::parse(text)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| failed(by, "a url such as `http://127.0.0.1:8181` is expected"))?;
        if !url.username().is_empty() || url.password().is_some() {
            let elsewhere =
                "credentials belong in `VALENCE_USERNAME` and `VALENCE_PASSWORD`, not in the url";
            return Err(failed(by, elsewhere));
        }
        let certificate = environment.get("VALENCE_CERT");
        let file = |name| environment.get(name).map(str::to_owned);
        Ok(Self {
            url,
            verify_ca: file("VALENCE_CACERT").map_or_else(VerifyCa::default, VerifyCa::File),
            certificate: certificate.map(|certificate| ClientCertificate {
                certificate: certificate.into(),
                key: file("VALENCE_KEY").map(PathBuf::from),
            }),
            login: login(environment)?,
        })
    }

    /// The Keystone that gives us tokens, by `OS_CLOUD` or the other variables of
    /// OpenStack, and how its certificate is checked. None: they lead to none.
    pub fn keystone(
        &self,
    ) -> Result<Option<(KeystoneSettings, VerifyCa, Option<ClientCertificate>)>, ConfigError> {
        let environment = Environment::of_process();
        let cloud = environment.get("OS_CLOUD");
        if cloud.is_none() && !clouds::variables_suffice(&environment) {
            return Ok(None);
        }
        let settings = clouds::settings(cloud, &environment)?;
        Ok(match settings.auth {
            Auth::Keystone(keystone) => Some((*keystone, settings.verify_ca, settings.certificate)),
            Auth::None | Auth::HttpBasic(_) => None,
        })
    }
}

fn login(environment: &Environment) -> Result<ServerLogin, ConfigError> {
    let username = environment.get("VALENCE_USERNAME");
    let password = environment.get("VALENCE_PASSWORD");
    let token = environment.get("VALENCE_TOKEN");
    match (username, password, token) {
        (Some(username), Some(password), None) => Ok(ServerLogin::HttpBasic(Credentials {
            username: username.to_owned(),
            password: Secret::new(password),
        })),
        (None, None, Some(token)) => Ok(ServerLogin::Token(Secret::new(token))),
        (None, None, None) => Ok(ServerLogin::WhenAsked),
        (Some(_), None, _) => Err(failed(
            "`VALENCE_USERNAME`",
            "`VALENCE_PASSWORD` is not set",
        )),
        (None, Some(_), _) => Err(failed(
            "`VALENCE_PASSWORD`",
            "`VALENCE_USERNAME` is not set",
        )),
        (Some(_), Some(_), Some(_)) => Err(failed(
            "`VALENCE_TOKEN`",
            "`VALENCE_USERNAME` is set too, and a server takes one or the other",
        )),
    }
}

fn failed(by: &'static str, reason: &str) -> ConfigError {
    ConfigError::Client {
        by,
        reason: reason.to_owned(),
    }
}

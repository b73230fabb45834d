//! `[ironic]`: which Ironic, and how it lets us in.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::credentials::{CredentialsEntry, source};
use super::environment::Environment;
use super::section::Section;
use super::setting::choice;
use super::{ConfigError, Origin, Problem, clouds};
use crate::ironic::{Auth, Endpoint, Settings};
use crate::node::{ClientCertificate, VerifyCa};
use crate::rules::Microversion;

/// `[ironic]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IronicSection {
    /// Which Ironic.
    pub access: IronicAccess,
    /// The newest version of its API to use. None: as new as both sides know.
    pub api_version: Option<Microversion>,
    /// How many requests may go to it at a time; how many do is found out.
    pub max_concurrency: usize,
    /// How long one request may take.
    pub timeout: Duration,
    /// How long a request that failed for a passing reason is tried again.
    pub retry_for: Duration,
}

/// Which Ironic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IronicAccess {
    /// The one of a cloud of `clouds.yaml`.
    Cloud(String),
    /// The one that the variables `OS_*` lead to.
    Variables,
    /// The one at an address.
    Endpoint {
        /// Its address, without `/v1`.
        endpoint: Url,
        /// How it lets us in.
        auth: IronicAuth,
        /// How its certificate is checked.
        verify_ca: VerifyCa,
        /// What we are known by, if it asks for a certificate.
        certificate: Option<Box<ClientCertificate>>,
    },
}

/// How Ironic lets us in: its `auth_strategy`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IronicAuth {
    /// `noauth`: it lets everybody in.
    None,
    /// `http_basic`.
    HttpBasic(CredentialsEntry),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Strategy {
    None,
    HttpBasic,
}

choice!(Strategy, "`\"none\"` or `\"http_basic\"`",
    "none" => Strategy::None,
    "http_basic" => Strategy::HttpBasic,
);

/// Keys that only an `endpoint` can have.
const WITH_ENDPOINT: [&str; 10] = [
    "endpoint",
    "auth",
    "username",
    "password_file",
    "password_env",
    "password_command",
    "cacert",
    "cert",
    "key",
    "verify",
];

/// None: no Ironic is configured, as for the offline commands.
pub(super) fn read(
    mut section: Section<'_>,
    environment: &Environment,
) -> Result<Option<IronicSection>, ConfigError> {
    let beside = WITH_ENDPOINT
        .into_iter()
        .find_map(|key| Some((key, section.origin_of(key)?.clone())));
    if section.origin_of("cloud").is_none()
        && section.origin_of("endpoint").is_none()
        && let Some(cloud) = environment.get("OS_CLOUD")
    {
        section.set("cloud", "OS_CLOUD", cloud);
    }
    let cloud = section.placed::<String>("cloud")?;
    if let (Some(_), Some((key, origin))) = (&cloud, &beside) {
        let both = "it cannot stand beside `cloud`: `clouds.yaml` tells this";
        return Err(section.error(key, Some(origin), Problem::Impossible(both.into())));
    }
    let endpoint = endpoint(&mut section, beside)?;
    let api_version = section.optional("api_version")?;
    let max_concurrency = section.or("max_concurrency", 16)?;
    let timeout = section.or("timeout", Duration::from_secs(60))?;
    let retry_for = section.or("retry_for", Duration::from_secs(30))?;
    section.finish()?;
    let access = match (endpoint, cloud) {
        (Some(endpoint), _) => endpoint,
        (None, Some((cloud, _))) => IronicAccess::Cloud(cloud),
        (None, None) if clouds::variables_suffice(environment) => IronicAccess::Variables,
        (None, None) => return Ok(None),
    };
    Ok(Some(IronicSection {
        access,
        api_version,
        max_concurrency,
        timeout,
        retry_for,
    }))
}

fn endpoint(
    section: &mut Section<'_>,
    given: Option<(&'static str, Origin)>,
) -> Result<Option<IronicAccess>, ConfigError> {
    let endpoint = section.placed::<Url>("endpoint")?;
    // Without an endpoint they stand for nothing and are not shown either.
    let is_there = endpoint.is_some();
    let auth = match is_there {
        true => section.or("auth", Strategy::None)?,
        false => section.optional("auth")?.unwrap_or(Strategy::None),
    };
    let username = section.placed::<String>("username")?;
    let password = source(section)?;
    let cacert = section.placed::<PathBuf>("cacert")?;
    let cert = section.optional::<PathBuf>("cert")?;
    let key = section.placed::<PathBuf>("key")?;
    let verify = match is_there {
        true => section.or("verify", true)?,
        false => section.optional("verify")?.unwrap_or(true),
    };

    let Some((endpoint, _)) = endpoint else {
        return match given {
            None => Ok(None),
            Some((key, origin)) => {
                let without = "it needs an `endpoint` beside it";
                Err(section.error(key, Some(&origin), Problem::Impossible(without.into())))
            }
        };
    };
    let auth = match (auth, username, password) {
        (Strategy::None, None, None) => IronicAuth::None,
        (Strategy::HttpBasic, Some((username, _)), Some(password)) => {
            IronicAuth::HttpBasic(CredentialsEntry {
                of: "`[ironic]`".into(),
                username,
                password,
                hosts: Vec::new(),
            })
        }
        (Strategy::HttpBasic, _, _) => {
            let needs = "`http_basic` needs `username` and one of `password_file`, `password_env` and `password_command`";
            return Err(section.error("auth", None, Problem::Impossible(needs.into())));
        }
        (Strategy::None, _, _) => {
            let needs = "`username` and a password are for `auth = \"http_basic\"`";
            return Err(section.error("auth", None, Problem::Impossible(needs.into())));
        }
    };
    let verify_ca = match (cacert, verify) {
        (None, verify) => VerifyCa::Check(verify),
        (Some((path, _)), true) => VerifyCa::File(path.to_string_lossy().into_owned()),
        (Some((_, origin)), false) => {
            let both = "it cannot stand beside `verify = false`";
            return Err(section.error("cacert", Some(&origin), Problem::Impossible(both.into())));
        }
    };
    let certificate = match (cert, key) {
        (Some(certificate), key) => Some(Box::new(ClientCertificate {
            certificate,
            key: key.map(|(key, _)| key),
        })),
        (None, None) => None,
        (None, Some((_, origin))) => {
            let without = "it needs a `cert` beside it";
            return Err(section.error("key", Some(&origin), Problem::Impossible(without.into())));
        }
    };
    Ok(Some(IronicAccess::Endpoint {
        endpoint,
        auth,
        verify_ca,
        certificate,
    }))
}

impl IronicSection {
    /// What a client is made of: reads `clouds.yaml` and gets the password, as the
    /// case may be.
    pub async fn resolve(&self) -> Result<Settings, ConfigError> {
        self.resolve_in(&Environment::of_process()).await
    }

    pub(super) async fn resolve_in(
        &self,
        environment: &Environment,
    ) -> Result<Settings, ConfigError> {
        let mut settings = match &self.access {
            IronicAccess::Cloud(cloud) => clouds::settings(Some(cloud), environment)?,
            IronicAccess::Variables => clouds::settings(None, environment)?,
            IronicAccess::Endpoint {
                endpoint,
                auth,
                verify_ca,
                certificate,
            } => Settings {
                endpoint: Endpoint::At(endpoint.clone()),
                auth: match auth {
                    IronicAuth::None => Auth::None,
                    IronicAuth::HttpBasic(entry) => {
                        Auth::HttpBasic(entry.resolve_in(environment).await?)
                    }
                },
                verify_ca: verify_ca.clone(),
                certificate: certificate.as_deref().cloned(),
                api_version: None,
                max_concurrency: self.max_concurrency,
                timeout: self.timeout,
            },
        };
        settings.api_version = self.api_version.or(settings.api_version);
        settings.max_concurrency = self.max_concurrency;
        settings.timeout = self.timeout;
        Ok(settings)
    }
}

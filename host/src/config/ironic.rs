//! `[ironic]`: which Ironic, and how it lets us in.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::credentials::{CredentialsEntry, source};
use super::environment::Environment;
use super::section::Section;
use super::setting::choice;
use super::{ConfigError, Origin, Problem, clouds};
use crate::node::VerifyCa;
use crate::rules::Microversion;
use crate::secret::Credentials;

/// `[ironic]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IronicSection {
    /// Which Ironic.
    pub access: IronicAccess,
    /// The newest version of its API to use. None: as new as both sides know.
    pub api_version: Option<Microversion>,
    /// How many requests go to it at a time.
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
    /// The one at an address.
    Endpoint {
        /// Its address, without `/v1`.
        endpoint: Url,
        /// How it lets us in.
        auth: IronicAuth,
        /// How its certificate is checked.
        verify_ca: VerifyCa,
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

/// Everything that is needed to talk to Ironic, password and all.
#[derive(Clone)]
pub struct IronicConnection {
    /// Its address, without `/v1`.
    pub endpoint: Url,
    /// For HTTP Basic; none where Ironic lets everybody in.
    pub credentials: Option<Credentials>,
    /// How its certificate is checked.
    pub verify_ca: VerifyCa,
    /// The newest version of its API to use. None: as new as both sides know.
    pub api_version: Option<Microversion>,
    /// How many requests go to it at a time.
    pub max_concurrency: usize,
    /// How long one request may take.
    pub timeout: Duration,
    /// How long a request that failed for a passing reason is tried again.
    pub retry_for: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Auth {
    None,
    HttpBasic,
}

choice!(Auth, "`\"none\"` or `\"http_basic\"`",
    "none" => Auth::None,
    "http_basic" => Auth::HttpBasic,
);

/// Keys that only an `endpoint` can have.
const WITH_ENDPOINT: [&str; 8] = [
    "endpoint",
    "auth",
    "username",
    "password_file",
    "password_env",
    "password_command",
    "cacert",
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
    let max_concurrency = section.or("max_concurrency", 8)?;
    let timeout = section.or("timeout", Duration::from_secs(60))?;
    let retry_for = section.or("retry_for", Duration::from_secs(30))?;
    section.finish()?;
    let access = match (endpoint, cloud) {
        (Some(endpoint), _) => endpoint,
        (None, Some((cloud, _))) => IronicAccess::Cloud(cloud),
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
        true => section.or("auth", Auth::None)?,
        false => section.optional("auth")?.unwrap_or(Auth::None),
    };
    let username = section.placed::<String>("username")?;
    let password = source(section)?;
    let cacert = section.placed::<PathBuf>("cacert")?;
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
        (Auth::None, None, None) => IronicAuth::None,
        (Auth::HttpBasic, Some((username, _)), Some(password)) => {
            IronicAuth::HttpBasic(CredentialsEntry {
                of: "`[ironic]`".into(),
                username,
                password,
            })
        }
        (Auth::HttpBasic, _, _) => {
            let needs = "`http_basic` needs `username` and one of `password_file`, `password_env` and `password_command`";
            return Err(section.error("auth", None, Problem::Impossible(needs.into())));
        }
        (Auth::None, _, _) => {
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
    Ok(Some(IronicAccess::Endpoint {
        endpoint,
        auth,
        verify_ca,
    }))
}

impl IronicSection {
    /// Reads `clouds.yaml` and gets the password, as the case may be.
    pub async fn resolve(&self) -> Result<IronicConnection, ConfigError> {
        self.resolve_in(&Environment::of_process()).await
    }

    pub(super) async fn resolve_in(
        &self,
        environment: &Environment,
    ) -> Result<IronicConnection, ConfigError> {
        let mut connection = match &self.access {
            IronicAccess::Cloud(cloud) => clouds::connection(cloud, environment)?,
            IronicAccess::Endpoint {
                endpoint,
                auth,
                verify_ca,
            } => IronicConnection {
                endpoint: endpoint.clone(),
                credentials: match auth {
                    IronicAuth::None => None,
                    IronicAuth::HttpBasic(entry) => Some(entry.resolve_in(environment).await?),
                },
                verify_ca: verify_ca.clone(),
                api_version: None,
                max_concurrency: self.max_concurrency,
                timeout: self.timeout,
                retry_for: self.retry_for,
            },
        };
        connection.api_version = self.api_version.or(connection.api_version);
        connection.max_concurrency = self.max_concurrency;
        connection.timeout = self.timeout;
        connection.retry_for = self.retry_for;
        Ok(connection)
    }
}

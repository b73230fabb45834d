//! `[[pod_manager]]`: pod managers that the configuration declares.

use std::collections::{BTreeMap, HashSet};

use url::Url;
use uuid::Uuid;

use super::section::Section;
use super::{ConfigError, CredentialsEntry, Problem};
use crate::node::{PodManagerDriver, ServiceAuth, VerifyCa};
use crate::text::{nearest, tame};

/// One `[[pod_manager]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodManagerSection {
    /// Unique, without regard to case.
    pub name: String,
    /// The service's address, with or without `/redfish/v1`.
    pub url: Url,
    /// How its nodes are found.
    pub driver: PodManagerDriver,
    /// The `[credentials.NAME]` that it is talked to with. None: it asks for none.
    pub credentials: Option<String>,
    /// How it is shown them.
    pub auth: ServiceAuth,
    /// How Valence checks its certificate.
    pub verify_ca: VerifyCa,
    /// How Ironic is told to check it, where that differs: a file is one on the
    /// conductor.
    pub ironic_verify_ca: Option<VerifyCa>,
}

pub(super) fn read(
    sections: Vec<Section<'_>>,
    credentials: &BTreeMap<String, CredentialsEntry>,
) -> Result<Vec<PodManagerSection>, ConfigError> {
    let (mut names, mut urls) = (HashSet::new(), HashSet::new());
    sections
        .into_iter()
        .map(|section| one(section, credentials, &mut names, &mut urls))
        .collect()
}

fn one(
    mut section: Section<'_>,
    credentials: &BTreeMap<String, CredentialsEntry>,
    names: &mut HashSet<String>,
    urls: &mut HashSet<String>,
) -> Result<PodManagerSection, ConfigError> {
    let (name, origin) = section.required::<String>("name")?;
    let problem = if name.contains('/') || name.parse::<Uuid>().is_ok() || name.trim() != name {
        Some(Problem::Impossible(
            "a pod manager's name is no uuid, has no `/` and no space at its ends".into(),
        ))
    } else if !names.insert(name.to_lowercase()) {
        Some(taken(&name))
    } else {
        None
    };
    if let Some(problem) = problem {
        return Err(section.error("name", Some(&origin), problem));
    }

    let (url, origin) = section.required::<Url>("url")?;
    let address = url.as_str().trim_end_matches('/');
    let address = address.strip_suffix("/redfish/v1").unwrap_or(address);
    if !urls.insert(address.trim_end_matches('/').to_owned()) {
        return Err(section.error("url", Some(&origin), taken(url.as_str())));
    }

    let (driver, _) = section.required("driver")?;
    let named = section.placed::<String>("credentials")?;
    if let Some((name, origin)) = &named {
        known_credentials(name, credentials)
            .map_err(|problem| section.error("credentials", Some(origin), problem))?;
    }
    let auth = section.or("auth", ServiceAuth::default())?;
    let verify_ca = section.or("verify_ca", VerifyCa::default())?;
    let ironic_verify_ca = section.optional::<ConductorsCa>("ironic_verify_ca")?;
    section.finish()?;
    Ok(PodManagerSection {
        name,
        url,
        driver,
        credentials: named.map(|(name, _)| name),
        auth,
        verify_ca,
        ironic_verify_ca: ironic_verify_ca.map(|ConductorsCa(verify_ca)| verify_ca),
    })
}

fn taken(value: &str) -> Problem {
    Problem::Taken {
        what: "pod manager",
        value: tame(value, 200),
    }
}

/// Whether there are `[credentials.NAME]`.
pub(super) fn known_credentials(
    name: &str,
    credentials: &BTreeMap<String, CredentialsEntry>,
) -> Result<(), Problem> {
    if credentials.contains_key(name) {
        return Ok(());
    }
    Err(Problem::UnknownName {
        what: "table of `[credentials]` with the name",
        name: tame(name, 80),
        near: nearest(name, credentials.keys().map(String::as_str)).map(str::to_owned),
    })
}

/// As [`VerifyCa`], with a path that is the conductor's and stays as it is.
struct ConductorsCa(VerifyCa);

impl super::setting::Setting for ConductorsCa {
    const EXPECTED: &'static str = VerifyCa::EXPECTED;
    fn read(value: &super::tree::Value, _: &std::path::Path) -> Option<Self> {
        VerifyCa::read(value, std::path::Path::new("")).map(Self)
    }
    fn show(&self) -> String {
        self.0.show()
    }
    fn schema() -> serde_json::Value {
        VerifyCa::schema()
    }
}

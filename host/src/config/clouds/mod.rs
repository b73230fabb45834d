//! `clouds.yaml`, `secure.yaml` and the variables `OS_*`, as `openstack` searches
//! and reads them, as far as they lead to an Ironic.

mod files;
mod identity;
mod options;
#[cfg(test)]
mod tests;
mod value;

use std::time::Duration;

use self::identity::{Kind, address, keystone};
use self::options::Options;
pub(super) use self::options::variables_suffice;
use self::value::Table;
use super::ConfigError;
use super::environment::Environment;
use crate::ironic::{Auth, Endpoint, Settings, Wanted};
use crate::node::{ClientCertificate, VerifyCa};
use crate::rules::Microversion;
use crate::secret::Credentials;
use crate::text::tame;

/// How the Ironic of `cloud` is reached, or, without one, that of the variables.
/// Concurrency and time-out are not said there and are the caller's to set.
pub(super) fn settings(
    cloud: Option<&str>,
    environment: &Environment,
) -> Result<Settings, ConfigError> {
    let Some(name) = cloud else {
        let options = Options::new(Table::new(), environment);
        let settings = options.and_then(|options| convert(&options));
        return settings.map_err(|reason| ConfigError::Variables { reason });
    };
    let failed = |reason: String| ConfigError::Cloud {
        cloud: tame(name, 80),
        reason: reason + &files::kept_from_us(environment),
    };
    let (path, table) = files::cloud(name, environment).map_err(failed)?;
    Options::new(table, environment)
        .and_then(|options| convert(&options))
        .map_err(|reason| failed(format!("{reason}, in `{}`", path.display())))
}

fn convert(options: &Options) -> Result<Settings, String> {
    let kind = Kind::of(options)?;
    let at = endpoint(kind, options)?;
    let (endpoint, auth) = match (kind, at) {
        (Kind::None | Kind::HttpBasic, None) => {
            return Err(
                "there is no `endpoint` in `auth`, and no `baremetal_endpoint_override`".into(),
            );
        }
        (Kind::None, Some(at)) => (at, Auth::None),
        (Kind::HttpBasic, Some(at)) => (at, Auth::HttpBasic(credentials(options)?)),
        (kind, at) => {
            let keystone = Auth::Keystone(Box::new(keystone(kind, options)?));
            (
                at.unwrap_or_else(|| Endpoint::Catalogue(wanted(options))),
                keystone,
            )
        }
    };
    let api_version = match options.text("baremetal_api_version") {
        // `1` means the API, not a version of it.
        None | Some("1" | "latest") => None,
        Some(version) => Some(
            version
                .parse::<Microversion>()
                .map_err(|error| error.to_string())?,
        ),
    };
    let verify_ca = match options.text("cacert") {
        _ if options.is_set("insecure") == Some(true) => VerifyCa::Check(false),
        _ if options.is_set("verify") == Some(false) => VerifyCa::Check(false),
        Some(cacert) => VerifyCa::File(cacert.to_owned()),
        None => VerifyCa::Check(true),
    };
    Ok(Settings {
        endpoint,
        auth,
        verify_ca,
        certificate: options.text("cert").map(|certificate| ClientCertificate {
            certificate: certificate.into(),
            key: options.text("key").map(Into::into),
        }),
        api_version,
        max_concurrency: 1,
        timeout: Duration::from_secs(60),
    })
}

/// Ironic's address, where it is said.
fn endpoint(kind: Kind, options: &Options) -> Result<Option<Endpoint>, String> {
    let given = match options.text("baremetal_endpoint_override") {
        Some(given) => Some(given.to_owned()),
        // With Keystone it is no option of `auth`.
        None if matches!(kind, Kind::None | Kind::HttpBasic) => options.auth(&["endpoint"]),
        None => None,
    };
    let Some(given) = given else {
        return Ok(None);
    };
    let url = address(&given)
        .ok_or("its endpoint is no url with `http` or `https`, or has credentials in it")?;
    Ok(Some(Endpoint::At(url)))
}

fn credentials(options: &Options) -> Result<Credentials, String> {
    let username = options.auth(&["user_name", "username"]);
    match (username, options.secret(&["password"])) {
        (Some(username), Some(password)) => Ok(Credentials {
            username,
            password: password.clone(),
        }),
        _ => Err("`auth_type: http_basic` needs `username` and `password` in `auth`".into()),
    }
}

/// What is looked for in the catalogue.
fn wanted(options: &Options) -> Wanted {
    let types = match options.text("baremetal_service_type") {
        Some(one) => vec![one.to_owned()],
        None => vec!["baremetal".to_owned(), "bare-metal".to_owned()],
    };
    let mut interfaces = options.texts(&[
        "baremetal_interface",
        "baremetal_endpoint_type",
        "interface",
        "endpoint_type",
    ]);
    for interface in &mut interfaces {
        // As version 2 of Keystone's API had it.
        if let Some(bare) = interface.strip_suffix("URL") {
            *interface = bare.to_owned();
        }
    }
    if interfaces.is_empty() {
        interfaces.push("public".to_owned());
    }
    let region = options
        .text("baremetal_region_name")
        .or_else(|| options.text("region_name"));
    Wanted {
        types,
        name: options.text("baremetal_service_name").map(str::to_owned),
        interfaces,
        region: region.map(str::to_owned),
    }
}

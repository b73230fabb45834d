//! `clouds.yaml` and `secure.yaml`, as OpenStack's own clients search and read
//! them, as far as they lead to an Ironic.

use std::collections::HashMap;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use url::Url;

use super::environment::Environment;
use super::{ConfigError, IronicConnection};
use crate::node::VerifyCa;
use crate::rules::Microversion;
use crate::secret::{Credentials, Secret};
use crate::text::{nearest, tame};

/// Longer than any `clouds.yaml`.
const LONGEST: u64 = 1 << 20;

#[derive(Default, Deserialize)]
struct File {
    #[serde(default)]
    clouds: HashMap<String, Cloud>,
}

/// What we use of a cloud; the rest is other services' business.
#[derive(Default, Deserialize)]
struct Cloud {
    auth_type: Option<String>,
    #[serde(default)]
    auth: Auth,
    baremetal_endpoint_override: Option<String>,
    baremetal_api_version: Option<String>,
    cacert: Option<String>,
    verify: Option<bool>,
}

#[derive(Default, Deserialize)]
struct Auth {
    endpoint: Option<String>,
    username: Option<String>,
    password: Option<Secret>,
}

impl Cloud {
    /// This cloud with what `over` says about it.
    fn with(self, over: Self) -> Self {
        Self {
            auth_type: over.auth_type.or(self.auth_type),
            auth: Auth {
                endpoint: over.auth.endpoint.or(self.auth.endpoint),
                username: over.auth.username.or(self.auth.username),
                password: over.auth.password.or(self.auth.password),
            },
            baremetal_endpoint_override: over
                .baremetal_endpoint_override
                .or(self.baremetal_endpoint_override),
            baremetal_api_version: over.baremetal_api_version.or(self.baremetal_api_version),
            cacert: over.cacert.or(self.cacert),
            verify: over.verify.or(self.verify),
        }
    }
}

/// How the Ironic of `cloud` is reached. Concurrency and time-out are not said
/// there and are the caller's to set.
pub(super) fn connection(
    cloud: &str,
    environment: &Environment,
) -> Result<IronicConnection, ConfigError> {
    let failed = |reason: String| ConfigError::Cloud {
        cloud: tame(cloud, 80),
        reason,
    };
    let searched = places("clouds", "OS_CLIENT_CONFIG_FILE", environment);
    let Some((path, mut file)) = first(&searched).map_err(failed)? else {
        let searched: Vec<_> = searched
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let searched = searched.join("`, `");
        return Err(failed(format!("there is none of `{searched}`")));
    };
    let secure = places("secure", "OS_CLIENT_SECURE_FILE", environment);
    let secure = first(&secure)
        .map_err(failed)?
        .and_then(|(_, mut file)| file.clouds.remove(cloud));
    let Some(found) = file.clouds.remove(cloud) else {
        let near = nearest(cloud, file.clouds.keys().map(String::as_str))
            .map(|near| format!("; is `{near}` meant?"))
            .unwrap_or_default();
        let shown = path.display();
        return Err(failed(format!("there is no such cloud in `{shown}`{near}")));
    };
    let found = found.with(secure.unwrap_or_default());
    convert(found, &path).map_err(|reason| failed(format!("{reason}, in `{}`", path.display())))
}

fn convert(cloud: Cloud, path: &Path) -> Result<IronicConnection, String> {
    // `password`, which is Keystone, is what OpenStack's clients assume.
    let credentials = match cloud.auth_type.as_deref().unwrap_or("password") {
        "none" if cloud.auth.password.is_none() => None,
        "http_basic" => match (cloud.auth.username, cloud.auth.password) {
            (Some(username), Some(password)) => Some(Credentials { username, password }),
            _ => {
                return Err(
                    "`auth_type: http_basic` needs `username` and `password` in `auth`".into(),
                );
            }
        },
        "none" => return Err("`auth_type: none` has no use for a password".into()),
        other => {
            let other = tame(other, 80);
            return Err(format!(
                "`auth_type: {other}` is not known here: `none` and `http_basic` are"
            ));
        }
    };
    let endpoint = cloud
        .baremetal_endpoint_override
        .or(cloud.auth.endpoint)
        .ok_or("there is no `endpoint` in `auth`, and no `baremetal_endpoint_override`")?;
    let endpoint = Url::parse(&endpoint)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.username().is_empty())
        .ok_or("its endpoint is no url with `http` or `https`, or has credentials in it")?;
    let api_version = match cloud.baremetal_api_version.as_deref() {
        // `1` means the API, not a version of it.
        None | Some("1" | "latest") => None,
        Some(version) => Some(
            version
                .parse::<Microversion>()
                .map_err(|error| error.to_string())?,
        ),
    };
    let directory = path.parent().unwrap_or(Path::new(""));
    let verify_ca = match (cloud.verify, cloud.cacert) {
        (Some(false), _) => VerifyCa::Check(false),
        (_, Some(cacert)) => VerifyCa::File(directory.join(cacert).to_string_lossy().into_owned()),
        (_, None) => VerifyCa::Check(true),
    };
    Ok(IronicConnection {
        endpoint,
        credentials,
        verify_ca,
        api_version,
        max_concurrency: 1,
        timeout: Duration::from_secs(60),
        retry_for: Duration::from_secs(30),
    })
}

/// Where the file may be: the first that is there is the one.
fn places(name: &str, variable: &str, environment: &Environment) -> Vec<PathBuf> {
    if let Some(path) = environment.get(variable) {
        return vec![path.into()];
    }
    let home = environment.get("HOME").map(PathBuf::from);
    let own = match environment.get("XDG_CONFIG_HOME") {
        Some(path) => Some(PathBuf::from(path)),
        None => home.map(|home| home.join(".config")),
    };
    let own = own.map(|own| own.join("openstack"));
    [Some(PathBuf::from(".")), own, Some("/etc/openstack".into())]
        .into_iter()
        .flatten()
        .flat_map(|directory| ["yaml", "yml"].map(|kind| directory.join(format!("{name}.{kind}"))))
        .collect()
}

/// The first file that is there; an error is a reason.
fn first(places: &[PathBuf]) -> Result<Option<(PathBuf, File)>, String> {
    for path in places {
        let shown = path.display();
        let mut text = zeroize::Zeroizing::new(String::new());
        let read =
            std::fs::File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
        match read {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(format!("`{shown}` cannot be read: {error}")),
        }
        // The parser's own words may quote a password: only the place is told.
        let file = serde_saphyr::from_str(&text).map_err(|error| match error.location() {
            Some(at) => {
                let (line, column) = (at.line(), at.column());
                format!("{shown}:{line}:{column}: this is not what a `clouds.yaml` has here")
            }
            None => format!("`{shown}` is no `clouds.yaml`"),
        })?;
        return Ok(Some((path.clone(), file)));
    }
    Ok(None)
}

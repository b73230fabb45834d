//! Finding and reading `clouds.yaml`, `secure.yaml` and `clouds-public.yaml`.

use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::value::{Table, Value, lay_over, settle_keys};
use crate::config::environment::Environment;
use crate::secret::Secret;
use crate::text::nearest;

/// Longer than any `clouds.yaml`.
const LONGEST: u64 = 1 << 20;

/// Keys of a cloud that name files.
const PATHS: [&str; 3] = ["cacert", "cert", "key"];

/// The cloud `name` with its secrets and its profile, and the file that it is in;
/// else the reason why not.
pub(super) fn cloud(name: &str, environment: &Environment) -> Result<(PathBuf, Table), String> {
    let searched = places("clouds", Some("OS_CLIENT_CONFIG_FILE"), environment);
    let clouds = first(&searched, "clouds", environment)?;
    let secure = places("secure", Some("OS_CLIENT_SECURE_FILE"), environment);
    let secure = first(&secure, "clouds", environment)?;
    let (path, mut all) = match (clouds, secure) {
        (Some((path, mut clouds)), secure) => {
            lay_over(
                &mut clouds,
                secure.map(|(_, secure)| secure).unwrap_or_default(),
            );
            (path, clouds)
        }
        (None, Some(secure)) => secure,
        (None, None) => {
            let searched: Vec<_> = searched
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            return Err(format!("there is none of `{}`", searched.join("`, `")));
        }
    };
    let Some(found) = all.remove(name) else {
        let near = nearest(name, all.keys().map(String::as_str))
            .map(|near| format!("; is `{near}` meant?"))
            .unwrap_or_default();
        return Err(format!(
            "there is no such cloud in `{}`{near}",
            path.display()
        ));
    };
    let found = found.into_table();
    let mut cloud = profile(&found, environment)?;
    lay_over(&mut cloud, found);
    Ok((path, cloud))
}

/// What is said of files that this user may not read, and that are passed over: they
/// may be the very ones that are meant.
pub(super) fn kept_from_us(environment: &Environment) -> String {
    let clouds = places("clouds", Some("OS_CLIENT_CONFIG_FILE"), environment);
    let secure = places("secure", Some("OS_CLIENT_SECURE_FILE"), environment);
    let kept: Vec<_> = clouds
        .into_iter()
        .chain(secure)
        .filter(|path| {
            std::fs::File::open(path)
                .is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
        })
        .map(|path| path.display().to_string())
        .collect();
    match kept.is_empty() {
        true => String::new(),
        false => format!("; this user may not read `{}`", kept.join("`, `")),
    }
}

/// What `clouds-public.yaml` says about the profile of `cloud`. Those that
/// OpenStack's clients bring along are public clouds, which have no bare metal.
fn profile(cloud: &Table, environment: &Environment) -> Result<Table, String> {
    let named = cloud.get("profile").or_else(|| cloud.get("cloud"));
    let Some(name) = named.and_then(Value::text) else {
        return Ok(Table::new());
    };
    let places = places("clouds-public", None, environment);
    let found = first(&places, "public-clouds", environment)?;
    let profile = found.and_then(|(_, mut all)| all.remove(name.expose()));
    Ok(profile.map(Value::into_table).unwrap_or_default())
}

/// Where the file may be: the first that is there is the one.
fn places(name: &str, variable: Option<&str>, environment: &Environment) -> Vec<PathBuf> {
    let home = environment.get("HOME").map(Path::new);
    let own = environment.get("XDG_CONFIG_HOME").map(PathBuf::from);
    let dot_config = home.map(|home| home.join(".config"));
    let directories = [
        Some(PathBuf::from(".")),
        own.map(|own| own.join("openstack")),
        dot_config.map(|own| own.join("openstack")),
        Some("/etc/xdg/openstack".into()),
        Some("/etc/openstack".into()),
    ];
    let mut places: Vec<PathBuf> = Vec::new();
    if let Some(path) = variable.and_then(|variable| environment.get(variable)) {
        places.push(path.into());
    }
    for directory in directories.into_iter().flatten() {
        for kind in ["yaml", "yml", "json"] {
            places.push(directory.join(format!("{name}.{kind}")));
        }
    }
    places
}

/// What the first file that is there has under `heading`; an error is a reason.
fn first(
    places: &[PathBuf],
    heading: &str,
    environment: &Environment,
) -> Result<Option<(PathBuf, Table)>, String> {
    for path in places {
        let shown = path.display();
        let mut text = zeroize::Zeroizing::new(String::new());
        let read =
            std::fs::File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
        match read {
            Ok(_) => {}
            // As OpenStack's clients do: one that is another user's is passed over.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::NotFound | ErrorKind::PermissionDenied
                ) =>
            {
                continue;
            }
            Err(error) => return Err(format!("`{shown}` cannot be read: {error}")),
        }
        // The parser's own words may quote a password: only the place is told.
        let file: Value =
            serde_saphyr::from_str(&text).map_err(|error| match error.location() {
                Some(at) => {
                    let (line, column) = (at.line(), at.column());
                    format!("{shown}:{line}:{column}: this is not what a `clouds.yaml` has here")
                }
                None => format!("`{shown}` is no `clouds.yaml`"),
            })?;
        let clouds = file.into_table().remove(heading).map(Value::into_table);
        let mut clouds = clouds.unwrap_or_default();
        let directory = path.parent().unwrap_or(Path::new(""));
        for (name, cloud) in &mut clouds {
            let Value::Table(cloud) = cloud else {
                return Err(format!("`{name}` of `{shown}` is no table"));
            };
            *cloud = settle_keys(std::mem::take(cloud));
            if cloud
                .get("auth")
                .is_some_and(|auth| matches!(auth, Value::Text(_) | Value::List(_)))
            {
                return Err(format!("`auth` of `{name}` of `{shown}` is no table"));
            }
            anchor(cloud, directory, environment);
        }
        return Ok(Some((path.clone(), clouds)));
    }
    Ok(None)
}

/// Makes paths relative to the file's directory: a server has no other that
/// means anything to whoever writes the file.
fn anchor(cloud: &mut Table, directory: &Path, environment: &Environment) {
    for key in PATHS {
        let Some(path) = cloud
            .get(key)
            .and_then(Value::text)
            .map(|path| path.expose().to_owned())
        else {
            continue;
        };
        let path = match (path.strip_prefix("~/"), environment.get("HOME")) {
            (Some(rest), Some(home)) => Path::new(home).join(rest),
            _ => directory.join(path),
        };
        let path = Secret::new(path.to_string_lossy());
        cloud.insert(key.to_owned(), Value::Text(path));
    }
}

//! The one place that reads environment variables, and what else the process was
//! started with.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Environment variables, as they were when this was made.
#[derive(Default)]
pub(super) struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Those of this process. What is no Unicode is left out: no key or value
    /// of ours can be anything else.
    pub(super) fn of_process() -> Self {
        let unicode = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self(unicode)
    }

    /// The variable's value; none where it is unset or empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    /// All variables `VALENCE__…` with the path of the key that each is for.
    pub(super) fn overrides(&self) -> impl Iterator<Item = (&str, Vec<&str>, &str)> {
        self.0.iter().filter_map(|(name, value)| {
            let path = name.strip_prefix("VALENCE__")?;
            Some((name.as_str(), path.split("__").collect(), value.as_str()))
        })
    }
}

/// The program that runs: the very one, even where its file has been replaced by a
/// newer one since.
pub fn own_program() -> std::io::Result<PathBuf> {
    let link = Path::new("/proc/self/exe");
    if link.exists() {
        return Ok(link.to_owned());
    }
    std::env::current_exe()
}

/// Where commands keep compiled hooks: in `$XDG_CACHE_HOME`, else in `~/.cache`. None
/// where there is no home of the user's own.
pub fn commands_cache() -> Option<PathBuf> {
    cache_in(&Environment::of_process())
}

/// Where recorded machines are: `$VALENCE_CORPUS`. None where that is not set.
pub fn corpus() -> Option<PathBuf> {
    Environment::of_process()
        .get("VALENCE_CORPUS")
        .map(PathBuf::from)
}

/// Whether the user wants no colours (`$NO_COLOR`, <https://no-color.org>).
pub fn no_color() -> bool {
    Environment::of_process().get("NO_COLOR").is_some()
}

fn cache_in(environment: &Environment) -> Option<PathBuf> {
    // Relative ones are to be ignored, says the specification.
    let directory =
        |name| Some(Path::new(environment.get(name)?)).filter(|path| path.is_absolute());
    let caches = match directory("XDG_CACHE_HOME") {
        Some(caches) => caches.to_owned(),
        // Under `sudo` it may be another's, who could not use what we leave there.
        None => directory("HOME")
            .filter(|home| is_ours(home))?
            .join(".cache"),
    };
    Some(caches.join("valence/hooks"))
}

fn is_ours(directory: &Path) -> bool {
    let us = rustix::process::geteuid().as_raw();
    std::fs::metadata(directory).is_ok_and(|found| found.is_dir() && found.uid() == us)
}

#[cfg(test)]
impl Environment {
    pub(super) fn of(variables: &[(&str, &str)]) -> Self {
        let owned = variables.iter();
        Self(
            owned
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self::of(&variables)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_keep_compiled_hooks_where_caches_are() {
        let home = tempfile::tempdir().unwrap();
        let [home, none] = [home.path().to_owned(), home.path().join("none")];
        let kept = |caches: &str, home: &Path| {
            let home = home.to_str().unwrap();
            cache_in(&Environment::from([
                ("XDG_CACHE_HOME", caches),
                ("HOME", home),
            ]))
        };
        assert_eq!(
            kept("/var/caches", &none),
            Some("/var/caches/valence/hooks".into())
        );
        for caches in ["", ".cache"] {
            let in_home = home.join(".cache/valence/hooks");
            assert_eq!(kept(caches, &home), Some(in_home));
            assert_eq!(kept(caches, &none), None);
            assert_eq!(kept(caches, Path::new("home")), None);
        }
        assert_eq!(cache_in(&Environment::default()), None);
    }

    #[test]
    fn anothers_home_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        assert!(is_ours(home.path()));
        // Of root's, if we are not root, and of somebody else's, if we are.
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(home.path(), Some(4711), None).unwrap();
            assert!(!is_ours(home.path()));
        } else {
            assert!(!is_ours(Path::new("/")));
        }
    }
}

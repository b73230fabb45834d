//! The one place that reads environment variables, and what else the process was
//! started with.

use std::collections::BTreeMap;
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

/// Where commands keep compiled hooks: in `$XDG_CACHE_HOME`. None where that is not
/// set, as it need not be in a build.
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
    let directory = Path::new(environment.get("XDG_CACHE_HOME")?);
    // Relative ones are to be ignored, says the specification.
    directory.is_absolute().then(|| directory.join("valence"))
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
        let cache = |directory| cache_in(&Environment::from([("XDG_CACHE_HOME", directory)]));
        assert_eq!(
            cache("/home/a/.cache"),
            Some("/home/a/.cache/valence".into())
        );
        assert_eq!(cache(".cache"), None);
        assert_eq!(cache(""), None);
        assert_eq!(cache_in(&Environment::default()), None);
    }
}

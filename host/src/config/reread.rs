//! Reading the configuration again while the server runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::load::{from_entries, required};
use super::tree::{self, Table};
use super::{Config, ConfigError, Loaded, Shown};

/// Reads `file`, from which the running server was started, again; none: it was
/// started without one, and only the environment counts.
pub(super) fn reread(
    file: Option<&Path>,
    environment: &Environment,
) -> Result<Loaded, ConfigError> {
    let entries = match file {
        Some(file) => tree::parse(file.to_owned(), &required(file, "the running server")?)?,
        None => Table::new(),
    };
    from_entries(file.map(Path::to_owned), entries, environment)
}

/// What the server was started with, to be compared with what there is later.
pub struct Started {
    /// The file; none where there was none.
    pub file: Option<PathBuf>,
    asked: Vec<Shown>,
}

impl Loaded {
    /// The configuration, and what is kept of where it came from.
    pub fn start(self) -> (Config, Started) {
        let (file, asked) = (self.file, self.asked);
        (self.config, Started { file, asked })
    }
}

impl Started {
    /// Reads the same file again.
    pub fn reread(&self) -> Result<Loaded, ConfigError> {
        reread(self.file.as_deref(), &Environment::of_process())
    }

    /// The keys that have another value in `now`, but for those that say which
    /// hooks there are: those can be exchanged while the server runs. A secret
    /// that stands in a value is masked, and a change of it is not seen.
    pub fn differing(&self, now: &Loaded) -> Vec<String> {
        let (before, now) = (fixed(&self.asked), fixed(&now.asked));
        let keys: BTreeSet<_> = before.keys().chain(now.keys()).collect();
        keys.into_iter()
            .filter(|key| before.get(*key) != now.get(*key))
            .cloned()
            .collect()
    }
}

/// The values that hold, by the path of the key.
fn fixed(asked: &[Shown]) -> BTreeMap<String, &str> {
    let fixed = asked.iter().filter(|shown| !is_of_hooks(shown));
    fixed
        .filter_map(|shown| {
            let key = format!("{}.{}", shown.section, shown.key);
            Some((key, shown.value.as_deref()?))
        })
        .collect()
}

fn is_of_hooks(shown: &Shown) -> bool {
    let section = shown.section.as_str();
    section.starts_with("hook[")
        || (section == "hooks" && matches!(shown.key, "directory" | "reload"))
}

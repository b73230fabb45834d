//! One case, as it is written down.

use std::fs;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::enrollment::{Object, Pattern};
use crate::node::PodManagerDriver;

/// The file that makes a directory a case.
const FILE: &str = "case.toml";
/// Where the enrollment stands that a case expects.
const EXPECTED: &str = "expected.json";
/// How a mockup of the directory `$VALENCE_CORPUS` is named.
const CORPUS: &str = "corpus:";

/// `case.toml`: a recorded machine, what is asked for, and what is to come of it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The recording: a directory in DMTF's mockup layout or a file that maps
    /// `@odata.id` to documents, relative to the case; or `corpus:FILE`, of the
    /// directory that `$VALENCE_CORPUS` names.
    pub mockup: String,
    /// Which system of the mockup, or composed node with the driver `redfishv1`, by its
    /// path, if there are several.
    pub system: Option<String>,
    /// How the pod manager's nodes are found, as in `[[pod_manager]]`; `redfish` by
    /// default, with which every system is a node.
    #[schemars(with = "Option<Driver>")]
    pub driver: Option<PodManagerDriver>,
    /// The node's name in Valence; made from the system's id by default.
    pub name: Option<String>,
    /// The pod manager's name; `offline` by default.
    pub pod_manager: Option<String>,
    /// The address of the service; `https://bmc.invalid` by default.
    pub address: Option<String>,
    /// The request that composed the node, as hooks get to read it: `flavor`,
    /// `description` and `properties`, in which numbers are text; `name` is the node's by
    /// default. Without it the node was not composed by Valence.
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub composition: Option<Object>,
    /// What is to come of it.
    pub expect: Expectation,
    /// How `expected.json` is compared.
    #[serde(default, rename = "match")]
    pub matching: Matching,
    /// The settings of the hook that is tested.
    #[serde(default)]
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub settings: Object,
    /// The body of the register request.
    #[serde(default)]
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub parameters: Object,
    /// The names of credentials that the hook may use.
    #[serde(default)]
    pub credentials: Vec<String>,
    /// What the hook may write, as in `[[hook]]`; anything but protected keys by
    /// default.
    #[schemars(with = "Option<Vec<String>>")]
    pub writes: Option<Vec<Pattern>>,
    /// A configuration whose whole chain is tested, relative to the case, in place
    /// of the project's one hook.
    pub config: Option<PathBuf>,
    /// Texts that the denial, or the error about the settings or of a failure,
    /// must hold.
    #[serde(default)]
    pub denied_text: Vec<String>,
    /// Texts that warnings must hold.
    #[serde(default)]
    pub warned_text: Vec<String>,
    /// Whether reading what the mockup lacks fails the case.
    #[serde(default)]
    pub strict: bool,
    /// With `strict`, what the machine really lacks: paths, with `*` for anything.
    #[serde(default)]
    pub absent: Vec<String>,
    /// The most fuel that the hooks may use, all together.
    pub max_fuel: Option<u64>,
}

/// The names of drivers, for editors.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its schema is used")]
enum Driver {
    Redfish,
    #[serde(rename = "redfishv1")]
    RedfishV1,
    RedfishComposition,
}

/// What is to come of a case.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Expectation {
    /// An enrollment, and it is that of `expected.json`.
    Enrolled,
    /// A hook denies it.
    Denied,
    /// A hook fails, or breaks the contract, a grant or one of Ironic's rules.
    Failed,
    /// The hook refuses its settings when it is loaded.
    Settings,
}

/// How an enrollment is compared with `expected.json`.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Matching {
    /// It is that, and nothing besides.
    #[default]
    Exact,
    /// What is there must be so; what is left out may be anything, and `null`
    /// means that there must be nothing.
    Partial,
}

/// Why something is no case.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// A file or directory cannot be read.
    #[error("`{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// `case.toml` is not what it is to be.
    #[error("`{}`: {message}", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What is wrong, and where.
        message: String,
    },
    /// There is none.
    #[error("there is no case under `{}`: a case is a directory with a `{FILE}`", .0.display())]
    None(PathBuf),
}

/// Where a case is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Its directory.
    pub directory: PathBuf,
    /// Its name: the directory's, with those between it and `cases`.
    pub name: String,
}

impl Place {
    /// Where the expected enrollment stands, if there is one.
    pub fn expected(&self) -> PathBuf {
        self.directory.join(EXPECTED)
    }

    /// Reads the case.
    ///
    /// # Errors
    /// If it cannot be read, or is not what it is to be.
    pub fn read(&self) -> Result<Case, CaseError> {
        let path = self.directory.join(FILE);
        let text = fs::read_to_string(&path).map_err(|source| CaseError::Unreadable {
            path: path.clone(),
            source,
        })?;
        toml::from_str(&text).map_err(|error| CaseError::Malformed {
            path,
            message: error.to_string().trim_end().to_owned(),
        })
    }

    /// The file or directory of the recording that `case` names. `corpus` is
    /// where recorded machines are; none if they are asked for and not there.
    pub fn mockup(&self, case: &Case, corpus: Option<&Path>) -> Option<PathBuf> {
        match case.mockup.strip_prefix(CORPUS) {
            Some(file) => corpus.map(|corpus| corpus.join(file)),
            None => Some(self.directory.join(&case.mockup)),
        }
    }
}

/// The cases under `directory`, by name: those in its `cases`, or it itself if it
/// is one.
///
/// # Errors
/// If there is none, or the directory cannot be read.
pub fn discover(directory: &Path) -> Result<Vec<Place>, CaseError> {
    let mut found = Vec::new();
    if directory.join(FILE).is_file() {
        let name = directory.file_name().unwrap_or_default().to_string_lossy();
        found.push(Place {
            directory: directory.to_owned(),
            name: name.into_owned(),
        });
    } else {
        let cases = directory.join("cases");
        let root = if cases.is_dir() { &cases } else { directory };
        descend(root, "", &mut found)?;
    }
    if found.is_empty() {
        return Err(CaseError::None(directory.to_owned()));
    }
    found.sort();
    Ok(found)
}

fn descend(directory: &Path, within: &str, found: &mut Vec<Place>) -> Result<(), CaseError> {
    let unreadable = |source| CaseError::Unreadable {
        path: directory.to_owned(),
        source,
    };
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if !path.is_dir() {
            continue;
        }
        let own = path.file_name().unwrap_or_default().to_string_lossy();
        let name = match within {
            "" => own.into_owned(),
            within => format!("{within}/{own}"),
        };
        if path.join(FILE).is_file() {
            found.push(Place {
                directory: path,
                name,
            });
        } else {
            descend(&path, &name, found)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: PathBuf, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn cases_are_found_by_their_file_at_any_depth() {
        let root = tempfile::tempdir().unwrap();
        let none = discover(root.path()).unwrap_err().to_string();
        assert!(none.contains("there is no case under"), "{none}");
        for name in ["b", "dell/a", "dell/old/c"] {
            let file = root.path().join("cases").join(name).join(FILE);
            write(file, "mockup = \"m.json\"\nexpect = \"denied\"\n");
        }
        write(root.path().join("cases/notes/README.md"), "");
        let names = |places: Vec<Place>| {
            let names = places.into_iter().map(|place| place.name);
            names.collect::<Vec<_>>()
        };
        assert_eq!(
            names(discover(root.path()).unwrap()),
            ["b", "dell/a", "dell/old/c"]
        );
        let one = root.path().join("cases/dell/a");
        assert_eq!(names(discover(&one).unwrap()), ["a"]);
    }

    #[test]
    fn what_is_misspelt_is_told_with_its_file_and_line() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("cases/a").join(FILE);
        write(file, "mockup = \"m.json\"\nexpct = \"denied\"\n");
        let error = discover(root.path()).unwrap()[0].read().unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("case.toml`: TOML parse error at line 2"),
            "{text}"
        );
        assert!(text.contains("expct"), "{text}");
    }
}

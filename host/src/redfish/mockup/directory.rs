//! A directory in the layout of DMTF's mockups.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::path::fold;
use super::super::{ReadError, ResourcePath, parse};
use super::MockupError;

const INDEX: &str = "index.json";

/// As for a live service, in bytes.
const LARGEST: u64 = 4 << 20;

pub(super) struct Directory {
    /// The directory of `/redfish/v1`, with all symbolic links resolved.
    root: PathBuf,
}

impl Directory {
    pub(super) fn open(path: &Path) -> Result<Self, MockupError> {
        let unreadable = |source| MockupError::Unreadable {
            path: path.into(),
            source,
        };
        let root = match root_in(path) {
            Some(root) => root,
            None => {
                let mut below = directories(path)
                    .map_err(unreadable)?
                    .into_iter()
                    .filter_map(|(name, path)| Some((name, root_in(&path)?)));
                match (below.next(), below.next()) {
                    (Some((_, root)), None) => root,
                    (Some((first, _)), Some((second, _))) => {
                        let mut choices = vec![first, second];
                        choices.extend(below.map(|(name, _)| name).take(10));
                        return Err(MockupError::Several {
                            path: path.into(),
                            choices: choices.join(", "),
                        });
                    }
                    (None, _) => return Err(MockupError::NoRoot { path: path.into() }),
                }
            }
        };
        let root = root.canonicalize().map_err(unreadable)?;
        Ok(Self { root })
    }

    pub(super) fn fetch(&self, path: &ResourcePath) -> Result<Value, ReadError> {
        let absent = || ReadError::Absent { path: path.clone() };
        let below = path
            .as_str()
            .strip_prefix(ResourcePath::root().as_str())
            .filter(|below| below.is_empty() || below.starts_with('/'))
            .ok_or_else(absent)?;
        let segments: Vec<&str> = below.split('/').skip(1).collect();
        let file = find(&self.root, &segments).ok_or_else(absent)?;
        self.read(&file)
            .map_err(|error| ReadError::Unavailable {
                path: path.clone(),
                reason: error.to_string(),
            })
            .and_then(|text| parse::object(path, &text))
    }

    /// Reads `file`, if it is a file and inside the mockup when all symbolic
    /// links are resolved.
    fn read(&self, file: &Path) -> io::Result<Vec<u8>> {
        let refuse = |reason| Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
        let file = file.canonicalize()?;
        if !file.starts_with(&self.root) {
            return refuse("it leads out of the mockup's directory");
        }
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return refuse("it is no file");
        }
        if metadata.len() > LARGEST {
            return refuse("its file is larger than 4 MiB");
        }
        std::fs::read(file)
    }
}

/// The directory of `/redfish/v1`, given the one that holds `redfish/v1`, the
/// one named `redfish`, or itself.
fn root_in(path: &Path) -> Option<PathBuf> {
    ["redfish/v1", "v1", ""]
        .iter()
        .map(|below| path.join(below))
        .find(|root| root.join(INDEX).is_file())
}

/// The names and paths of the directories in `path`, in order.
fn directories(path: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found: Vec<_> = std::fs::read_dir(path)?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            entry.path().is_dir().then(|| (name, entry.path()))
        })
        .collect();
    found.sort();
    Ok(found)
}

/// The file of the resource at `segments` below `directory`. Names are compared
/// by case first; a tree may hold `Systems` and `systems`, each with a part.
fn find(directory: &Path, segments: &[&str]) -> Option<PathBuf> {
    let Some((wanted, rest)) = segments.split_first() else {
        let file = directory.join(INDEX);
        return file.symlink_metadata().is_ok().then_some(file);
    };
    let exact = directory.join(wanted);
    if exact.is_dir()
        && let Some(file) = find(&exact, rest)
    {
        return Some(file);
    }
    let folded = fold(wanted);
    directories(directory)
        .ok()?
        .into_iter()
        .filter(|(name, _)| name != wanted && fold(name) == folded)
        .find_map(|(_, path)| find(&path, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let file = directory.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        directory
    }

    fn id(directory: &Directory, link: &str) -> Value {
        directory.fetch(&link.parse().unwrap()).unwrap()["Id"].clone()
    }

    #[test]
    fn any_of_the_directories_around_the_root_will_do() {
        let tree = tree(&[
            ("rack/redfish/v1/index.json", r#"{"Id": "root"}"#),
            ("rack/redfish/v1/Systems/1/index.json", r#"{"Id": "1"}"#),
        ]);
        for below in ["", "rack", "rack/redfish", "rack/redfish/v1"] {
            let directory = Directory::open(&tree.path().join(below)).unwrap();
            assert_eq!(id(&directory, "/redfish/v1/"), "root", "{below}");
            assert_eq!(id(&directory, "/redfish/v1/Systems/1"), "1", "{below}");
        }
    }

    #[test]
    fn a_directory_with_no_mockup_or_several_says_so() {
        let empty = tempfile::tempdir().unwrap();
        assert!(matches!(
            Directory::open(empty.path()).err().unwrap(),
            MockupError::NoRoot { .. }
        ));
        let two = tree(&[
            ("a/redfish/v1/index.json", "{}"),
            ("b/redfish/v1/index.json", "{}"),
        ]);
        assert!(matches!(
            Directory::open(two.path()).err().unwrap(),
            MockupError::Several { choices, .. } if choices == "a, b"
        ));
    }

    #[test]
    fn names_that_differ_in_case_lead_to_the_same_resource() {
        let tree = tree(&[
            ("redfish/v1/index.json", r#"{"Id": "root"}"#),
            ("redfish/v1/Systems/1/index.json", r#"{"Id": "1"}"#),
            ("redfish/v1/systems/1/bios/index.json", r#"{"Id": "bios"}"#),
            ("redfish/v1/Systems/Node 2/index.json", r#"{"Id": "2"}"#),
        ]);
        let directory = Directory::open(tree.path()).unwrap();
        for (link, expected) in [
            ("/redfish/v1/Systems/1", "1"),
            ("/redfish/v1/systems/1", "1"),
            ("/redfish/v1/Systems/1/Bios", "bios"),
            ("/redfish/v1/Systems/Node%202", "2"),
        ] {
            assert_eq!(id(&directory, link), expected, "{link}");
        }
        for link in [
            "/redfish/v1/Systems",
            "/redfish",
            "/redfish/v1x",
            "/redfish/v1/Systems/3",
        ] {
            let error = directory.fetch(&link.parse().unwrap()).unwrap_err();
            assert!(error.is_absent(), "{link}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_leads_nowhere_outside() {
        let outside = tree(&[("secret/index.json", r#"{"Id": "secret"}"#)]);
        let tree = tree(&[
            ("redfish/v1/index.json", "{}"),
            ("redfish/v1/Systems/1/index.json", r#"{"Id": "1"}"#),
        ]);
        let root = tree.path().join("redfish/v1");
        let link = |to: &Path, from: &str| std::os::unix::fs::symlink(to, root.join(from)).unwrap();
        link(&outside.path().join("secret"), "Chassis");
        link(&root.join("Systems/1"), "Systems/2");

        let directory = Directory::open(tree.path()).unwrap();
        assert_eq!(id(&directory, "/redfish/v1/Systems/2"), "1");
        let escape = directory.fetch(&"/redfish/v1/Chassis".parse().unwrap());
        assert!(matches!(escape, Err(ReadError::Unavailable { .. })));
    }
}

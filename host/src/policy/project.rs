//! A hook in work: its manifest `hook.toml`.

use std::fs;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

/// The file that makes a directory a hook's project.
pub const MANIFEST: &str = "hook.toml";

/// `hook.toml`: what the hook is called, how its component is built, and where.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// Its name, as in `[[hook]]`.
    pub name: String,
    /// The component, relative to the manifest.
    pub component: PathBuf,
    /// How it is built, step by step.
    #[serde(default)]
    pub build: Vec<BuildStep>,
    /// The core module that `hook build` makes the component of, relative to the
    /// manifest. Not set: the last step makes a component itself.
    pub core: Option<PathBuf>,
}

/// A command, run in the project's directory without a shell.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct BuildStep {
    /// Program and arguments.
    pub run: Vec<String>,
    /// A file; the step is left out where that is there.
    pub unless: Option<PathBuf>,
}

/// Why something is no project.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// It has no manifest.
    #[error(
        "`{}` has no `{MANIFEST}`: `valence hook new` makes one; or name the component with `--hook`",
        .0.display()
    )]
    None(PathBuf),
    /// The manifest cannot be read.
    #[error("`{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The manifest is not what it is to be.
    #[error("`{}`: {message}", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What is wrong, and where.
        message: String,
    },
}

impl Project {
    /// The project in `directory`, its paths made relative to where we are.
    ///
    /// # Errors
    /// If there is none, or its manifest is not what it is to be.
    pub fn open(directory: &Path) -> Result<Self, ProjectError> {
        let path = directory.join(MANIFEST);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(ProjectError::None(directory.to_owned()));
            }
            Err(source) => return Err(ProjectError::Unreadable { path, source }),
        };
        let malformed = |message: String| ProjectError::Malformed {
            path: path.clone(),
            message,
        };
        let mut project: Self = toml::from_str(&text)
            .map_err(|error| malformed(error.to_string().trim_end().into()))?;
        if let Some(place) = project.build.iter().position(|step| step.run.is_empty()) {
            return Err(malformed(format!(
                "the {}. step under `build` runs nothing: `run` is a list of program and arguments",
                place + 1
            )));
        }
        project.component = directory.join(&project.component);
        project.core = project.core.map(|core| directory.join(core));
        Ok(project)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_the_manifests() {
        let root = tempfile::tempdir().unwrap();
        let none = Project::open(root.path()).unwrap_err().to_string();
        assert!(none.contains("has no `hook.toml`"), "{none}");
        let text = "name = \"n\"\ncomponent = \"n.wasm\"\ncore = \"target/n.wasm\"\n\
                    [[build]]\nrun = [\"cargo\", \"build\"]\n";
        fs::write(root.path().join(MANIFEST), text).unwrap();
        let project = Project::open(root.path()).unwrap();
        assert_eq!(project.component, root.path().join("n.wasm"));
        assert_eq!(project.core, Some(root.path().join("target/n.wasm")));
        assert_eq!(project.build[0].run, ["cargo", "build"]);
        fs::write(
            root.path().join(MANIFEST),
            text.replace("\"cargo\", \"build\"", ""),
        )
        .unwrap();
        let empty = Project::open(root.path()).unwrap_err().to_string();
        assert!(
            empty.contains("the 1. step under `build` runs nothing"),
            "{empty}"
        );
    }
}

//! Building a hook as its manifest says.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use super::project::{BuildStep, MANIFEST, Project};
use crate::hook::{ComponentizeError, componentize};

/// Why a hook was not built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The manifest does not say how.
    #[error("`{MANIFEST}` of `{}` does not say how it is built: it has no `[[build]]`", .0.display())]
    Nothing(PathBuf),
    /// A program cannot be started.
    #[error(
        "`{program}` cannot be started: {source}; the project's README.md says what building needs"
    )]
    Start {
        /// Which.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// A step failed.
    #[error("`{command}` failed: {status}")]
    Step {
        /// Program and arguments.
        command: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// All steps are done, and their result is not there.
    #[error("the build has not made `{}`, which `{MANIFEST}` names", .0.display())]
    Missing(PathBuf),
    /// No component can be made of the module.
    #[error(transparent)]
    Componentize(#[from] ComponentizeError),
    /// A directory cannot be made out.
    #[error("`{}` cannot be found: {source}", path.display())]
    Lost {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Builds `project`, which is in `directory`: its steps, one after the other, and
/// the component of its module if it names one. `tell` is given each step before
/// it is run. What the steps print goes to standard error.
///
/// # Errors
/// At the first step that cannot be done.
pub fn build(
    directory: &Path,
    project: &Project,
    mut tell: impl FnMut(&str),
) -> Result<(), BuildError> {
    if project.build.is_empty() && project.core.is_none() {
        return Err(BuildError::Nothing(directory.to_owned()));
    }
    // Programs of the project's own are looked for in it, not where we are.
    let root = fs::canonicalize(directory).map_err(|source| BuildError::Lost {
        path: directory.to_owned(),
        source,
    })?;
    for step in &project.build {
        let done = step.unless.as_ref();
        if done.is_none_or(|file| !root.join(file).exists()) {
            run(&root, step, &mut tell)?;
        }
    }
    if let Some(core) = &project.core {
        if !core.is_file() {
            return Err(BuildError::Missing(core.clone()));
        }
        componentize(core, &project.component)?;
    }
    if !project.component.is_file() {
        return Err(BuildError::Missing(project.component.clone()));
    }
    Ok(())
}

fn run(root: &Path, step: &BuildStep, tell: &mut impl FnMut(&str)) -> Result<(), BuildError> {
    let command = step.run.join(" ");
    tell(&command);
    let Some((program, arguments)) = step.run.split_first() else {
        return Ok(());
    };
    let status = Command::new(found(root, program))
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        // Standard output is for what we say.
        .stdout(io::stderr())
        .status()
        .map_err(|source| BuildError::Start {
            program: program.clone(),
            source,
        })?;
    match status.success() {
        true => Ok(()),
        false => Err(BuildError::Step { command, status }),
    }
}

/// A program of the project's own by its whole path, another by its name.
fn found(root: &Path, program: &str) -> OsString {
    match program.contains('/') {
        true => root.join(program).into_os_string(),
        false => program.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Builds a project whose manifest goes on with `rest`.
    fn built(rest: &str) -> (tempfile::TempDir, Result<(), String>, Vec<String>) {
        let root = tempfile::tempdir().unwrap();
        let text = format!("name = \"n\"\ncomponent = \"n.wasm\"\n{rest}");
        fs::write(root.path().join(MANIFEST), text).unwrap();
        let mut told = Vec::new();
        let project = Project::open(root.path()).unwrap();
        let done = build(root.path(), &project, |step| told.push(step.to_owned()));
        (root, done.map_err(|error| error.to_string()), told)
    }

    #[test]
    fn steps_are_run_where_the_project_is_and_left_out_where_they_are_done() {
        let (root, done, told) = built(
            "[[build]]\nrun = [\"touch\", \"n.wasm\"]\n\
             [[build]]\nrun = [\"false\"]\nunless = \"n.wasm\"\n",
        );
        done.unwrap();
        assert_eq!(told, ["touch n.wasm"]);
        assert!(root.path().join("n.wasm").is_file());
    }

    #[test]
    fn a_module_becomes_the_component() {
        let (root, done, _) = built("core = \"hook.toml\"\n");
        let error = done.unwrap_err();
        assert!(error.ends_with("it is no webassembly module"), "{error}");
        assert!(!root.path().join("n.wasm").exists());
    }

    #[test]
    fn what_goes_wrong_is_told() {
        for (rest, expected) in [
            ("", "it has no `[[build]]`"),
            (
                "[[build]]\nrun = [\"true\"]\n",
                "n.wasm`, which `hook.toml` names",
            ),
            (
                "[[build]]\nrun = [\"false\", \"-x\"]\n",
                "`false -x` failed: exit status: 1",
            ),
            (
                "[[build]]\nrun = [\"./none\"]\n",
                "`./none` cannot be started: No such file",
            ),
        ] {
            let error = built(rest).1.unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}

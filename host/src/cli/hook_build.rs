//! `valence hook build` and `valence hook componentize`.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::failure::{Cause, Failure};
use crate::hook::{Inspection, componentize, inspect};
use crate::policy::{BuildError, Project, build};

use super::hook::{engine, unfit, unloadable};
use super::output::{note, print};
use super::trouble::Trouble;

#[derive(Args)]
pub(super) struct Build {
    /// The hook's project
    #[arg(default_value = ".")]
    directory: PathBuf,
}

#[derive(Args)]
pub(super) struct Componentize {
    /// The core module
    core: PathBuf,
    /// The component to write [default: that of the module's name, here]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Builds the project, and says whether what has come of it can be a hook.
pub(super) async fn run(quiet: bool, arguments: Build) -> Result<(), Trouble> {
    let project =
        Project::open(&arguments.directory).map_err(|error| Trouble::usage(error.to_string()))?;
    let tell = |step: &str| note(quiet, &format!("running `{step}`"));
    build(&arguments.directory, &project, tell).map_err(unbuilt)?;
    let inspection = described(&project.component).await?;
    unfit(&project.component, &inspection)?;
    tell_of(
        &project.component,
        inspection.size,
        &inspection.phases.join(", "),
    )
}

/// Makes a component of a core module.
pub(super) fn component(arguments: Componentize) -> Result<(), Trouble> {
    let output = match arguments.output {
        Some(output) => output,
        None => PathBuf::from(arguments.core.file_name().unwrap_or_default()),
    };
    if output == arguments.core {
        return Err(Trouble::usage(
            "the component would replace the module: name another file with `--output`",
        ));
    }
    let size = componentize(&arguments.core, &output)
        .map_err(|error| Trouble::from(Failure::new(Cause::BadRequest, error.to_string())))?;
    tell_of(&output, size, "")
}

fn tell_of(file: &Path, size: usize, phases: &str) -> Result<(), Trouble> {
    let kibibytes = size.div_ceil(1024);
    let phases = match phases {
        "" => String::new(),
        phases => format!("; {phases}"),
    };
    print(&format!(
        "made `{}` ({kibibytes} KiB{phases})\n",
        file.display()
    ))
}

async fn described(component: &Path) -> Result<Inspection, Trouble> {
    inspect(&engine()?, component).await.map_err(unloadable)
}

fn unbuilt(error: BuildError) -> Trouble {
    let cause = match error {
        BuildError::Step { .. } | BuildError::Componentize(_) => Cause::HookFailed,
        _ => Cause::BadRequest,
    };
    Failure::new(cause, error.to_string()).into()
}

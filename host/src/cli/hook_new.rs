//! `valence hook new`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum, builder::PossibleValue};

use crate::failure::Failure;
use crate::template::{Language, NewFile, check, project};

use super::output::print;
use super::trouble::Trouble;

#[derive(Args)]
pub(super) struct Arguments {
    /// The hook's name, such as `site-naming`
    name: String,
    /// What it is written in
    #[arg(long, value_enum, default_value_t = Choice(Language::Rust))]
    lang: Choice,
    /// The directory to make [default: one of the hook's name, here]
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
}

/// A language on the command line.
#[derive(Clone, Copy)]
struct Choice(Language);

impl ValueEnum for Choice {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [Choice; 4] = {
            let [rust, python, javascript, c] = Language::ALL;
            [Choice(rust), Choice(python), Choice(javascript), Choice(c)]
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self.0 {
            Language::Rust => "rust",
            Language::Python => "python",
            Language::Javascript => "javascript",
            Language::C => "c",
        }))
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Trouble> {
    let name = &arguments.name;
    check(name).map_err(|error| Trouble::usage(error.to_string()))?;
    let directory = arguments
        .directory
        .clone()
        .unwrap_or_else(|| PathBuf::from(name));
    let files = project(name, arguments.lang.0).map_err(Failure::internal)?;
    make(&directory)?;
    for file in files {
        write(&directory, &file)?;
    }
    let shown = directory.display();
    print(&format!(
        "made `{shown}`, a hook in {}; its README.md says what building needs. Next:\n  \
         valence hook build {shown}\n  valence hook test {shown}\n",
        arguments.lang.0.title()
    ))
}

/// Makes the directory; one that has something in it is left as it is.
fn make(directory: &Path) -> Result<(), Trouble> {
    let taken = match fs::read_dir(directory) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() != ErrorKind::NotFound,
    };
    if taken {
        return Err(Trouble::usage(format!(
            "`{}` is there already: choose another name, or another place with `--directory`",
            directory.display()
        )));
    }
    fs::create_dir_all(directory).map_err(|error| Trouble::file("make", directory, error))
}

fn write(directory: &Path, file: &NewFile) -> Result<(), Trouble> {
    let path = directory.join(&file.path);
    let parent = path.parent().unwrap_or(directory);
    fs::create_dir_all(parent)
        .and_then(|()| fs::write(&path, &file.bytes))
        .map_err(|error| Trouble::file("write", &path, error))
}

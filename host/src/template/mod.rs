//! New hooks: all the files of a project that builds and whose cases pass.
//!
//! They come with the binary: the contract, the guest SDK, and a template for each
//! [`Language`]. Only a language's own packages are left for its tools to fetch.

mod bindings;
mod files;
mod language;
mod name;
mod sdk;

use std::path::PathBuf;

pub use bindings::BindingsError;
pub use language::Language;
pub use name::{NameError, check};

/// The contract, as components see it.
const CONTRACT: &str = include_str!("../../../wit/since_v0.1.0/hooks.wit");

/// A file of a new project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Where, relative to the project.
    pub path: PathBuf,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// The files of a new project for the hook `name`, in `language`.
///
/// # Errors
/// If there are no bindings for it: a fault of ours.
pub fn project(name: &str, language: Language) -> Result<Vec<NewFile>, BindingsError> {
    let words = [
        ("{{name}}", name),
        ("{{language}}", language.title()),
        ("{{needs}}", language.needs()),
        ("{{source}}", language.source()),
        ("{{vendored}}", language.vendored()),
        ("{{contract}}", contract_version()),
        ("{{version}}", env!("CARGO_PKG_VERSION")),
    ];
    let mut made: Vec<_> = files::COMMON
        .iter()
        .chain(language.files())
        .map(|(path, text)| NewFile {
            path: path.into(),
            bytes: filled(text, &words).into(),
        })
        .collect();
    match language {
        Language::Rust => made.extend(sdk::files()),
        Language::Python | Language::Javascript => made.push(contract()),
        Language::C => {
            made.push(contract());
            made.extend(bindings::c()?);
        }
    }
    Ok(made)
}

fn contract() -> NewFile {
    verbatim("wit/deps/valence-hooks/hooks.wit", CONTRACT)
}

fn verbatim(path: &str, text: &str) -> NewFile {
    NewFile {
        path: path.into(),
        bytes: text.into(),
    }
}

fn filled(text: &str, words: &[(&str, &str)]) -> String {
    words.iter().fold(text.to_owned(), |text, (word, value)| {
        text.replace(word, value)
    })
}

/// The version of [`CONTRACT`].
fn contract_version() -> &'static str {
    let package = CONTRACT
        .lines()
        .find_map(|line| line.strip_prefix("package valence:hooks@"));
    package.map_or("", |version| version.trim_end_matches(';'))
}

#[cfg(test)]
mod tests;

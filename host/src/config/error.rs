//! What can be wrong with a configuration.

use std::path::PathBuf;

use super::Origin;
use crate::failure::{Cause, Failure};

/// What can be wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that was named is not there.
    #[error("there is no configuration file `{}`, which {by} names", path.display())]
    NoSuchFile {
        /// The file.
        path: PathBuf,
        /// The option or variable that names it.
        by: &'static str,
    },
    /// A file that is there cannot be read.
    #[error("`{}` cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("{origin}: this is no TOML: {reason}")]
    Syntax {
        /// Where.
        origin: Origin,
        /// What the parser says.
        reason: String,
    },
    /// A key or its value is wrong.
    #[error("{origin}: `{key}`: {problem}")]
    Key {
        /// Where.
        origin: Origin,
        /// The key's path, as `hook[1].limits.fuel`.
        key: String,
        /// What is wrong.
        problem: Problem,
    },
    /// A password cannot be had from where it is said to be.
    #[error("the password of {of} cannot be had: {reason}")]
    Password {
        /// Whose: `credentials \`rack-a\``.
        of: String,
        /// Why not, and what was tried.
        reason: String,
        /// What it comes from.
        source: Option<std::io::Error>,
    },
    /// `clouds.yaml` does not lead to an Ironic.
    #[error("cloud `{cloud}`: {reason}")]
    Cloud {
        /// Its name.
        cloud: String,
        /// What is wrong, where, and what to do.
        reason: String,
    },
    /// The variables `OS_*` do not lead to an Ironic.
    #[error("the variables OS_*: {reason}")]
    Variables {
        /// What is wrong, and what to do.
        reason: String,
    },
    /// How the command line finds the server.
    #[error("{by}: {reason}")]
    Client {
        /// The option or variable.
        by: &'static str,
        /// What is wrong.
        reason: String,
    },
}

/// What is wrong with a key or its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There is no such key.
    #[error("there is no such key{}", suggest(.near.as_deref(), .known))]
    UnknownKey {
        /// The key that was probably meant.
        near: Option<String>,
        /// All keys that could stand here.
        known: Vec<&'static str>,
    },
    /// A key that must be there is not.
    #[error("it is missing: {expected} is expected")]
    Missing {
        /// What it is to be.
        expected: &'static str,
    },
    /// The value is of the wrong type or form.
    #[error("{expected} is expected, not {found}")]
    WrongValue {
        /// What it is to be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// It names something that is not there.
    #[error("there is no {what} `{name}`{}", suggest(.near.as_deref(), &[]))]
    UnknownName {
        /// What it should name.
        what: &'static str,
        /// What it names.
        name: String,
        /// What was probably meant.
        near: Option<String>,
    },
    /// It stands there twice.
    #[error("`{value}` is taken by another {what}")]
    Taken {
        /// What must be unique.
        what: &'static str,
        /// The value.
        value: String,
    },
    /// It is well formed and cannot be, for a reason of its own.
    #[error("{0}")]
    Impossible(String),
}

fn suggest(near: Option<&str>, known: &[&'static str]) -> String {
    match near {
        Some(near) => format!("; is `{near}` meant?"),
        None if known.is_empty() => String::new(),
        None => format!("; there are `{}`", known.join("`, `")),
    }
}

impl ConfigError {
    /// What the caller of Valence is told.
    pub fn into_failure(self) -> Failure {
        Failure::new(Cause::BadConfiguration, self.to_string()).because(self)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        error.into_failure()
    }
}

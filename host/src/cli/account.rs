//! Whom a Redfish service is to know us as, on the command line.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::config::{CredentialsEntry, PasswordSource};
use crate::secret::{Credentials, Secret};

use super::trouble::Trouble;

/// Longer than any password.
const LONGEST: u64 = 64 << 10;

/// An account, and where its password is.
#[derive(Args)]
pub(super) struct Account {
    /// The account to log in with
    #[arg(long)]
    username: Option<String>,
    /// A file with its password
    #[arg(long, value_name = "FILE", requires = "username", group = "password")]
    password_file: Option<PathBuf>,
    /// Read its password from standard input
    #[arg(long, requires = "username", group = "password")]
    password_stdin: bool,
    /// An environment variable with its password
    #[arg(long, value_name = "NAME", requires = "username", group = "password")]
    password_env: Option<String>,
}

impl Account {
    /// The account with its password, if one is named.
    pub(super) async fn credentials(&self) -> Result<Option<Credentials>, Trouble> {
        let Some(username) = &self.username else {
            return Ok(None);
        };
        if let Some(name) = &self.password_env {
            let source = PasswordSource::Environment(name.clone());
            let entry = CredentialsEntry::new("`--password-env`", username, source);
            return Ok(Some(entry.resolve().await?));
        }
        Ok(Some(Credentials {
            username: username.clone(),
            password: self.password()?,
        }))
    }

    fn password(&self) -> Result<Secret, Trouble> {
        let (text, place) = match (&self.password_file, self.password_stdin) {
            (Some(file), _) => (
                limited(&mut std::fs::File::open(file).map_err(|error| unreadable(file, error))?)
                    .map_err(|error| unreadable(file, error))?,
                format!("`{}`", file.display()),
            ),
            (None, true) => (limited(&mut std::io::stdin())?, "standard input".to_owned()),
            (None, false) => {
                return Err(Trouble::usage(
                    "`--username` needs `--password-file`, `--password-stdin` or `--password-env`; \
                     a password on the command line could be read by others",
                ));
            }
        };
        // The end of the line is the editor's, not the password's.
        let password = text.trim_end_matches(['\r', '\n']);
        if password.is_empty() {
            return Err(Trouble::usage(format!("there is no password in {place}")));
        }
        Ok(Secret::new(password))
    }
}

fn limited(source: &mut impl std::io::Read) -> std::io::Result<zeroize::Zeroizing<String>> {
    let mut text = zeroize::Zeroizing::new(String::new());
    source.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

fn unreadable(file: &Path, error: std::io::Error) -> Trouble {
    Trouble::file("read", file, error)
}

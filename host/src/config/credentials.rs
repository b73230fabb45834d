//! `[credentials.NAME]`: accounts, and where their passwords are.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use zeroize::Zeroizing;

use super::environment::Environment;
use super::section::Section;
use super::{ConfigError, Problem};
use crate::secret::{Credentials, Secret};

/// Longer than any password, shorter than what a wrong path could lead to.
const LONGEST: u64 = 64 << 10;
/// How long a `password_command` may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// One account, and where its password is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialsEntry {
    /// What errors call it: `credentials \`rack-a\``.
    pub(super) of: String,
    /// The account.
    pub username: String,
    /// Where its password is.
    pub password: PasswordSource,
    /// The hosts of pod managers made over the API that may be talked to with it.
    pub hosts: Vec<String>,
}

/// Where a password is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordSource {
    /// In a file; a line's end after it does not count.
    File(PathBuf),
    /// In an environment variable.
    Environment(String),
    /// On the standard output of a program, which is run without a shell.
    Command(Vec<String>),
}

pub(super) fn read(
    sections: Vec<(String, Section<'_>)>,
) -> Result<BTreeMap<String, CredentialsEntry>, ConfigError> {
    sections
        .into_iter()
        .map(|(name, mut section)| {
            let (username, _) = section.required("username")?;
            let password = source(&mut section)?.ok_or_else(|| {
                let expected = "`password_file`, `password_env` or `password_command`";
                section.error("password_file", None, Problem::Missing { expected })
            })?;
            let hosts = section.optional("hosts")?.unwrap_or_default();
            section.finish()?;
            let entry = CredentialsEntry {
                of: format!("credentials `{}`", crate::text::tame(&name, 80)),
                username,
                password,
                hosts,
            };
            Ok((name, entry))
        })
        .collect()
}

/// The one of the three keys that is there.
pub(super) fn source(section: &mut Section<'_>) -> Result<Option<PasswordSource>, ConfigError> {
    section.refuse(
        "password",
        "no password is kept in this file; say where it is by `password_file`, `password_env` or `password_command`",
    )?;
    let file = section
        .placed("password_file")?
        .map(|(path, origin)| ("password_file", origin, PasswordSource::File(path)));
    let variable = section
        .placed("password_env")?
        .map(|(name, origin)| ("password_env", origin, PasswordSource::Environment(name)));
    let command = section
        .placed::<Vec<String>>("password_command")?
        .map(|(words, origin)| ("password_command", origin, PasswordSource::Command(words)));
    let mut given = [file, variable, command].into_iter().flatten();
    let first = given.next();
    if let Some((key, origin, _)) = given.next() {
        let one = "only one of `password_file`, `password_env` and `password_command` can be given";
        return Err(section.error(key, Some(&origin), Problem::Impossible(one.into())));
    }
    if let Some((key, origin, PasswordSource::Command(words))) = &first
        && words.first().is_none_or(String::is_empty)
    {
        let problem = Problem::WrongValue {
            expected: "a list of a program and its arguments",
            found: "an empty one".into(),
        };
        return Err(section.error(key, Some(origin), problem));
    }
    Ok(first.map(|(_, _, source)| source))
}

impl CredentialsEntry {
    /// The account `username`, whose password is where `password` says; errors call it
    /// `of`.
    pub fn new(of: &str, username: &str, password: PasswordSource) -> Self {
        Self {
            of: of.to_owned(),
            username: username.to_owned(),
            password,
            hosts: Vec::new(),
        }
    }

    /// Whether a pod manager that is made over the API at `url` may be talked to with
    /// it: whoever makes one would else be sent the password.
    pub fn may_go_to(&self, url: &url::Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        !host.is_empty()
            && self
                .hosts
                .iter()
                .any(|known| known.eq_ignore_ascii_case(host))
    }

    /// Gets the password from where it is. It is asked for anew at each use, so
    /// that a password that was changed there is used without a restart.
    pub async fn resolve(&self) -> Result<Credentials, ConfigError> {
        self.resolve_in(&Environment::of_process()).await
    }

    pub(super) async fn resolve_in(
        &self,
        environment: &Environment,
    ) -> Result<Credentials, ConfigError> {
        let password = match &self.password {
            PasswordSource::File(path) => self.read_file(path).await?,
            PasswordSource::Environment(name) => match environment.get(name) {
                Some(password) => Secret::new(password),
                None => {
                    return Err(self.failed(format!("environment variable `{name}` is not set")));
                }
            },
            PasswordSource::Command(words) => self.run_command(words).await?,
        };
        Ok(Credentials {
            username: self.username.clone(),
            password,
        })
    }

    fn failed(&self, reason: String) -> ConfigError {
        ConfigError::Password {
            of: self.of.clone(),
            reason,
            source: None,
        }
    }

    fn failed_by(&self, reason: String, source: std::io::Error) -> ConfigError {
        ConfigError::Password {
            of: self.of.clone(),
            reason,
            source: Some(source),
        }
    }

    async fn read_file(&self, path: &std::path::Path) -> Result<Secret, ConfigError> {
        let shown = path.display();
        let mut text = Zeroizing::new(Vec::new());
        let read = async {
            let file = tokio::fs::File::open(path).await?;
            file.take(LONGEST + 1).read_to_end(&mut text).await
        };
        if let Err(error) = read.await {
            let reason = match error.kind() {
                ErrorKind::NotFound => format!("there is no file `{shown}`"),
                ErrorKind::PermissionDenied => format!("file `{shown}` may not be read"),
                _ => format!("file `{shown}` cannot be read"),
            };
            return Err(self.failed_by(reason, error));
        }
        self.password(&text, &format!("file `{shown}`"))
    }

    async fn run_command(&self, words: &[String]) -> Result<Secret, ConfigError> {
        let (program, arguments) = words
            .split_first()
            .ok_or_else(|| self.failed("`password_command` is empty".into()))?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| self.failed_by(format!("`{program}` cannot be run"), error))?;
        let mut text = Zeroizing::new(Vec::new());
        let run = async {
            if let Some(output) = child.stdout.take() {
                output.take(LONGEST + 1).read_to_end(&mut text).await?;
            }
            child.wait().await
        };
        let status = match tokio::time::timeout(PATIENCE, run).await {
            Ok(status) => status
                .map_err(|error| self.failed_by(format!("`{program}` cannot be run"), error))?,
            Err(_) => {
                let seconds = PATIENCE.as_secs();
                return Err(self.failed(format!("`{program}` took longer than {seconds} s")));
            }
        };
        if !status.success() {
            return Err(self.failed(format!("`{program}` ended with {status}")));
        }
        self.password(&text, &format!("what `{program}` printed"))
    }

    fn password(&self, text: &[u8], place: &str) -> Result<Secret, ConfigError> {
        if text.len() as u64 > LONGEST {
            return Err(self.failed(format!("{place} is longer than a password")));
        }
        let Ok(text) = std::str::from_utf8(text) else {
            return Err(self.failed(format!("{place} is no UTF-8")));
        };
        let line = text.strip_suffix('\n').unwrap_or(text);
        match line.strip_suffix('\r').unwrap_or(line) {
            "" => Err(self.failed(format!("{place} is empty"))),
            // A certificate, a log, two passwords: no BMC takes a line's end.
            several if several.contains(['\n', '\r']) => {
                Err(self.failed(format!("{place} has several lines, and a password has one")))
            }
            password => Ok(Secret::new(password)),
        }
    }
}

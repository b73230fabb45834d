//! A file of users and hashes of their passwords, as `htpasswd -B` makes it.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use moka::future::Cache;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use super::attempt::{Attempt, TooMany};
use super::users::{Question, Users};
use crate::failure::{Cause, Failure};
use crate::secret::Credentials;

/// Longer than any such file.
const LONGEST: u64 = 1 << 20;

/// A password that was right is not hashed again for so long: one hash takes a
/// tenth of a second of processor.
const REMEMBERED: Duration = Duration::from_secs(300);

/// So many right ones are remembered.
const MANY: u64 = 10_000;

/// So many are hashed at a time; others wait.
const AT_ONCE: usize = 2;

/// So many wait, or are hashed; further ones are refused. More than may come of one
/// address, so that nobody takes all places alone.
const WAITING: usize = 64;

/// More is cut off by bcrypt, and what is cut off would not count.
const LONGEST_PASSWORD: usize = 72;

/// The users of one file, which is read again when it has changed.
pub struct Htpasswd {
    path: PathBuf,
    held: Mutex<Held>,
    /// Digests of user, password and hash: a hash that is replaced is not found.
    right: Cache<[u8; 32], ()>,
    /// Without it the digests would be worth stealing.
    salt: [u8; 32],
    waiting: Semaphore,
    hashing: Arc<Semaphore>,
}

#[derive(Default)]
struct Held {
    stamp: Option<Stamp>,
    users: Arc<Users>,
}

/// By which a file that has changed is known.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    inode: u64,
}

impl Htpasswd {
    /// Reads the file at `path`, all of which has to be in order at a start.
    pub fn open(path: PathBuf) -> Result<Self, Failure> {
        let unfit =
            |detail: String| Failure::new(Cause::BadConfiguration, detail).at("api.htpasswd");
        let (stamp, text) = read(&path).map_err(|error| {
            unfit(format!(
                "the file of users `{}` cannot be read",
                path.display()
            ))
            .because(error)
        })?;
        let (users, faults) = Users::parse(&text);
        if let Some(fault) = faults.into_iter().next() {
            return Err(unfit(format!("`{}`: {fault}", path.display())));
        }
        let mut salt = [0; 32];
        getrandom::fill(&mut salt).map_err(|error| Failure::internal(error.to_string()))?;
        Ok(Self {
            path,
            held: Mutex::new(Held {
                stamp: Some(stamp),
                users: Arc::new(users),
            }),
            right: Cache::builder()
                .max_capacity(MANY)
                .time_to_live(REMEMBERED)
                .build(),
            salt,
            waiting: Semaphore::new(WAITING),
            hashing: Arc::new(Semaphore::new(AT_ONCE)),
        })
    }

    /// Whether these were right a moment ago, and still are.
    pub(super) fn remembers(&self, credentials: &Credentials) -> bool {
        let users = self.users();
        let hash = users.hash(&credentials.username);
        hash.is_some_and(|hash| self.right.contains_key(&self.digest(credentials, hash)))
    }

    /// Whether these are right. To find out is an `attempt`.
    pub(super) async fn knows(
        &self,
        credentials: &Credentials,
        attempt: Attempt<'_>,
    ) -> Result<bool, Failure> {
        let question = self.users().question(&credentials.username);
        let key = self.digest(credentials, question.hash());
        // Of many requests with the same credentials one does the hashing.
        let answer = self.right.try_get_with(key, async {
            attempt.begin().map_err(Wrong::Refused)?;
            let compared = self.compare(credentials.clone(), question).await;
            if !matches!(compared, Err(Wrong::Password)) {
                attempt.not_failed();
            }
            compared
        });
        match answer.await {
            Ok(()) => Ok(true),
            Err(wrong) => match &*wrong {
                Wrong::Password => Ok(false),
                Wrong::Refused(too_many) => Err((*too_many).into()),
                Wrong::Inside(text) => Err(Failure::internal(text.clone())),
            },
        }
    }

    async fn compare(&self, credentials: Credentials, question: Question) -> Result<(), Wrong> {
        let place = self.waiting.try_acquire();
        let _place = place.map_err(|_| Wrong::Refused(TooMany::AT_ONCE))?;
        let turn = Arc::clone(&self.hashing).acquire_owned().await;
        let turn = turn.map_err(|error| Wrong::Inside(error.to_string()))?;
        let hashed = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let password = credentials.password.expose();
            let fits = password.len() <= LONGEST_PASSWORD && !password.contains('\0');
            fits && question.is_answered_by(password)
        });
        match hashed.await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Wrong::Password),
            Err(error) => Err(Wrong::Inside(error.to_string())),
        }
    }

    fn digest(&self, credentials: &Credentials, hash: &str) -> [u8; 32] {
        let password = credentials.password.expose();
        let mut digest = Sha256::new_with_prefix(self.salt);
        for part in [credentials.username.as_str(), password, hash] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        digest.finalize().into()
    }

    /// The users as the file has them now. A file that cannot be read lets nobody
    /// in, and a line that is not in order not its user.
    fn users(&self) -> Arc<Users> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = std::fs::metadata(&self.path).map(|metadata| stamp(&metadata));
        if stamp.as_ref().ok() == held.stamp.as_ref() {
            return Arc::clone(&held.users);
        }
        let path = self.path.display();
        match read(&self.path) {
            Ok((stamp, text)) => {
                let (users, faults) = Users::parse(&text);
                for fault in faults {
                    tracing::error!(file = %path, "{fault}; this user is kept out");
                }
                tracing::info!(file = %path, users = users.len(), "the file of users was read again");
                *held = Held {
                    stamp: Some(stamp),
                    users: Arc::new(users),
                };
            }
            Err(error) => {
                if held.stamp.is_some() {
                    tracing::error!(file = %path, error = %error, "the file of users cannot be read: nobody is let in");
                }
                *held = Held::default();
            }
        }
        Arc::clone(&held.users)
    }
}

enum Wrong {
    Password,
    Refused(TooMany),
    Inside(String),
}

fn stamp(metadata: &std::fs::Metadata) -> Stamp {
    Stamp {
        length: metadata.len(),
        modified: metadata.modified().ok(),
        inode: std::os::unix::fs::MetadataExt::ino(metadata),
    }
}

fn read(path: &Path) -> std::io::Result<(Stamp, String)> {
    let file = std::fs::File::open(path)?;
    let stamp = stamp(&file.metadata()?);
    let mut text = String::new();
    if file.take(LONGEST + 1).read_to_string(&mut text)? as u64 > LONGEST {
        return Err(std::io::Error::other("it is larger than 1 MiB"));
    }
    Ok((stamp, text))
}

#[cfg(test)]
mod tests {
    use super::super::share::Shares;
    use super::*;
    use crate::secret::Secret;

    fn line(user: &str, password: &str) -> String {
        format!("{user}:{}\n", bcrypt::hash(password, 4).unwrap())
    }

    fn credentials(username: &str, password: &str) -> Credentials {
        Credentials {
            username: username.into(),
            password: Secret::new(password),
        }
    }

    #[tokio::test]
    async fn a_changed_file_counts_at_once() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let write = |text: &str| std::fs::write(file.path(), text).unwrap();
        write(&(line("a", "one") + &line("b", "two")));
        let users = Htpasswd::open(file.path().into()).unwrap();
        let failures = Shares::new(1.0, 100.0);
        let knows = async |user: &str, password: &str| {
            let attempt = Attempt::new(&failures, "here");
            let shown = credentials(user, password);
            users.knows(&shown, attempt).await.unwrap()
        };
        assert!(knows("a", "one").await);
        assert!(users.remembers(&credentials("a", "one")));
        for (user, password) in [("a", "two"), ("a", ""), ("nobody", "one"), ("", "")] {
            assert!(!knows(user, password).await, "{user} {password}");
            assert!(!users.remembers(&credentials(user, password)));
        }
        write(&line("a", "another"));
        assert!(!users.remembers(&credentials("a", "one")));
        assert!(!knows("a", "one").await && knows("a", "another").await);
        assert!(!knows("b", "two").await);
        std::fs::remove_file(file.path()).unwrap();
        assert!(!knows("a", "another").await);
    }

    #[tokio::test]
    async fn what_bcrypt_would_cut_off_is_no_password() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let long = "x".repeat(72);
        std::fs::write(file.path(), line("a", &long)).unwrap();
        let users = Htpasswd::open(file.path().into()).unwrap();
        let failures = Shares::new(1.0, 100.0);
        let knows = async |password: &str| {
            let attempt = Attempt::new(&failures, "here");
            let shown = credentials("a", password);
            users.knows(&shown, attempt).await.unwrap()
        };
        assert!(knows(&long).await);
        assert!(!knows(&(long + "y")).await);
    }
}

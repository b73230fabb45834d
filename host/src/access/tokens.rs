//! Tokens of Keystone's, and what role each comes to here.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use moka::Expiry;
use moka::future::Cache;
use sha2::{Digest as _, Sha256};

use super::attempt::{Attempt, TooMany};
use super::caller::Role;
use crate::failure::{Cause, Failure};
use crate::openstack::{Subject, TokenCheck};
use crate::secret::Secret;

/// So long at most a token is believed without asking Keystone, which may have
/// revoked it meanwhile.
const LONGEST: Duration = Duration::from_secs(300);

/// So long one that Keystone does not know is refused without asking again: whoever
/// goes on showing it guesses nothing. Not for long, for another Keystone of the same
/// cloud may have heard of it first.
const UNKNOWN: Duration = Duration::from_secs(30);

/// So many are remembered.
const MANY: u64 = 10_000;

/// Longer than any token: a Fernet one has 300 characters, a signed one some thousand.
const LONGEST_TOKEN: usize = 16 << 10;

/// What Keystone's names for roles and projects mean here.
pub struct RoleNames {
    /// The roles that make a reader.
    pub readers: Vec<String>,
    /// Those that make a manager.
    pub managers: Vec<String>,
    /// Those that make an administrator.
    pub admins: Vec<String>,
    /// The projects in which they count: an id, or `DOMAIN/NAME`. A token of the
    /// whole system needs none.
    pub projects: Vec<String>,
}

/// Who holds which token.
pub struct Tokens {
    keystone: TokenCheck,
    names: RoleNames,
    held: Cache<[u8; 32], Holder>,
    unknown: Cache<[u8; 32], ()>,
}

/// Who holds a token.
#[derive(Clone)]
pub(super) struct Holder {
    /// `USER@DOMAIN`.
    pub(super) name: String,
    /// None: a user of Keystone's, and nobody here.
    pub(super) role: Option<Role>,
    ends_at: Timestamp,
}

impl Tokens {
    /// By `keystone`, with roles as `names` says.
    pub fn new(keystone: TokenCheck, names: RoleNames) -> Self {
        Self {
            keystone,
            names,
            held: Cache::builder()
                .max_capacity(MANY)
                .expire_after(UntilItsEnd)
                .build(),
            unknown: Cache::builder()
                .max_capacity(MANY)
                .time_to_live(UNKNOWN)
                .build(),
        }
    }

    /// Keystone's address, for who is to get a token there.
    pub(super) fn address(&self) -> &str {
        self.keystone.auth_url().as_str()
    }

    /// Who holds `token`, if that is known without asking.
    pub(super) async fn remembered(&self, token: &Secret) -> Option<Holder> {
        let held = self.held.get(&digest(token)).await;
        held.filter(|holder| holder.ends_at > Timestamp::now())
    }

    /// Who holds `token`. None: nobody. To ask is an `attempt`.
    pub(super) async fn holder(
        &self,
        token: &Secret,
        attempt: Attempt<'_>,
    ) -> Result<Option<Holder>, Failure> {
        if token.expose().len() > LONGEST_TOKEN {
            return Ok(None);
        }
        let key = digest(token);
        if self.unknown.contains_key(&key) {
            return Ok(None);
        }
        // Of many requests with the same token one asks.
        let answer = self.held.try_get_with(key, async {
            attempt.begin().map_err(Missing::Refused)?;
            let asked = self.ask(token).await;
            match asked {
                Err(Missing::Holder) => self.unknown.insert(key, ()).await,
                _ => attempt.not_failed(),
            }
            asked
        });
        match answer.await {
            Ok(holder) => Ok(Some(holder)),
            Err(missing) => match &*missing {
                Missing::Holder => Ok(None),
                Missing::Refused(too_many) => Err((*too_many).into()),
                Missing::Keystone(error) => {
                    let mut failure = Failure::new(
                        Cause::KeystoneUnavailable,
                        "keystone cannot say whose this token is; try again later",
                    )
                    .because(error.text.clone());
                    let after = error.retry_after.unwrap_or(Duration::from_secs(5));
                    failure.retry_after = u32::try_from(after.as_secs().max(1)).ok();
                    Err(failure)
                }
            },
        }
    }

    async fn ask(&self, token: &Secret) -> Result<Holder, Missing> {
        let subject = self.keystone.subject(token).await;
        match subject.map_err(Missing::Keystone)? {
            Some(subject) if subject.expires_at > Timestamp::now() => {
                Ok(self.names.holder(&subject))
            }
            _ => Err(Missing::Holder),
        }
    }
}

enum Missing {
    Holder,
    Refused(TooMany),
    Keystone(crate::openstack::keystone::KeystoneError),
}

impl RoleNames {
    fn holder(&self, subject: &Subject) -> Holder {
        let (user, domain) = &subject.user;
        Holder {
            name: format!("{user}@{domain}"),
            role: self.counts(subject).then(|| self.role(subject)).flatten(),
            ends_at: subject.expires_at,
        }
    }

    fn counts(&self, subject: &Subject) -> bool {
        subject.is_of_system
            || subject.project.as_ref().is_some_and(|(id, name, domain)| {
                let by_name = format!("{domain}/{name}");
                self.projects
                    .iter()
                    .any(|known| known == id || *known == by_name)
            })
    }

    /// The highest of its roles.
    fn role(&self, subject: &Subject) -> Option<Role> {
        [
            (Role::Admin, &self.admins),
            (Role::Manager, &self.managers),
            (Role::Reader, &self.readers),
        ]
        .into_iter()
        .find(|(_, names)| {
            let mut held = subject.roles.iter();
            held.any(|role| names.iter().any(|name| name.eq_ignore_ascii_case(role)))
        })
        .map(|(role, _)| role)
    }
}

/// Tokens are remembered by their digests: whoever can read our memory shall not
/// find them there.
fn digest(token: &Secret) -> [u8; 32] {
    Sha256::digest(token.expose()).into()
}

struct UntilItsEnd;

impl<K> Expiry<K, Holder> for UntilItsEnd {
    fn expire_after_create(&self, _: &K, holder: &Holder, _: Instant) -> Option<Duration> {
        let left = holder.ends_at.duration_since(Timestamp::now());
        Some(Duration::try_from(left).unwrap_or_default().min(LONGEST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(roles: &[&str], project: Option<(&str, &str)>, is_of_system: bool) -> Subject {
        Subject {
            user: ("ann".into(), "site".into()),
            project: project.map(|(id, name)| (id.into(), name.into(), "site".into())),
            is_of_system,
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            expires_at: Timestamp::MAX,
        }
    }

    #[test]
    fn roles_count_in_the_system_and_in_named_projects_only() {
        let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let names = RoleNames {
            readers: of(&["reader", "auditor"]),
            managers: of(&["manager"]),
            admins: of(&["admin"]),
            projects: of(&["0a1b", "site/metal"]),
        };
        let role = |subject| names.holder(&subject).role;
        let metal = Some(("1", "metal"));
        assert_eq!(role(subject(&["reader"], metal, false)), Some(Role::Reader));
        assert_eq!(
            role(subject(&["auditor"], metal, false)),
            Some(Role::Reader)
        );
        assert_eq!(
            role(subject(&["Admin", "reader"], metal, false)),
            Some(Role::Admin)
        );
        let by_id = Some(("0a1b", "other"));
        assert_eq!(
            role(subject(&["member", "manager"], by_id, false)),
            Some(Role::Manager)
        );
        assert_eq!(role(subject(&["admin"], None, true)), Some(Role::Admin));
        for nobody in [
            subject(&["admin"], Some(("1", "other")), false),
            subject(&["admin"], None, false),
            subject(&["member"], metal, false),
            subject(&[], None, true),
        ] {
            assert_eq!(role(nobody.clone()), None, "{nobody:?}");
        }
    }
}

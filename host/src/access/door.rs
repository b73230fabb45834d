//! The door: who is let in, and how often.

use std::net::IpAddr;

use super::attempt::{Attempt, TooMany};
use super::caller::{Caller, Proof, Role};
use super::htpasswd::Htpasswd;
use super::proxies::neighbourhood;
use super::share::Shares;
use super::tokens::Tokens;
use crate::failure::{Cause, Failure};
use crate::text::tame;

/// Logins that fail, of one address: so many at once, and then one in this many
/// seconds.
const FAILURES: f64 = 20.0;
const ANOTHER: f64 = 3.0;

/// How much of a second's share may be had at once.
const SECONDS_AT_ONCE: f64 = 10.0;

/// How callers are known.
pub enum Lock {
    /// Not at all: everybody may do everything.
    None,
    /// By a file of users.
    HttpBasic {
        /// The file.
        users: Box<Htpasswd>,
        /// Those who may manage and register nodes.
        managers: Vec<String>,
        /// Those who may do everything.
        admins: Vec<String>,
    },
    /// By tokens of Keystone's.
    Keystone(Box<Tokens>),
}

/// What a door is made of.
pub struct DoorSettings {
    /// How callers are known.
    pub lock: Lock,
    /// Whether everybody who gets here may be on another machine, known or not.
    pub open: bool,
    /// How many requests one caller may make a second in the long run.
    pub requests_per_second: usize,
}

/// The door.
pub struct Door {
    lock: Lock,
    open: bool,
    requests: Shares,
    failures: Shares,
}

impl Door {
    /// One by `settings`.
    pub fn new(settings: DoorSettings) -> Self {
        let per_second = settings.requests_per_second.max(1) as f64;
        Self {
            lock: settings.lock,
            open: settings.open,
            requests: Shares::new(per_second, per_second * SECONDS_AT_ONCE),
            failures: Shares::new(1.0 / ANOTHER, FAILURES),
        }
    }

    /// Whether whoever gets here without being known is on this machine.
    pub fn is_for_this_machine_only(&self) -> bool {
        matches!(self.lock, Lock::None) && !self.open
    }

    /// What a caller who shows nothing is asked for, as HTTP words it.
    pub fn challenge(&self) -> Option<String> {
        match &self.lock {
            Lock::None => None,
            Lock::HttpBasic { .. } => Some(r#"Basic realm="valence", charset="UTF-8""#.into()),
            Lock::Keystone(tokens) => Some(format!("Keystone uri=\"{}\"", tokens.address())),
        }
    }

    /// Lets the caller in who is at `address`, shows `proof` and wants what takes
    /// the role `needed`; none: what everybody may.
    pub async fn admit(
        &self,
        address: Option<IpAddr>,
        proof: Proof,
        needed: Option<Role>,
    ) -> Result<Caller, Failure> {
        let from = address.map_or_else(|| "nowhere".to_owned(), neighbourhood);
        let Some(needed) = needed else {
            self.share(&from)?;
            return Ok(Caller {
                name: None,
                address,
                role: None,
            });
        };
        let (name, role) = match &self.lock {
            Lock::None => (None, Some(Role::Admin)),
            Lock::HttpBasic {
                users,
                managers,
                admins,
            } => {
                let name = self.user(users, proof, &from).await?;
                let is_of = |names: &[String]| names.contains(&name);
                let role = match (is_of(admins), is_of(managers)) {
                    (true, _) => Role::Admin,
                    (_, true) => Role::Manager,
                    _ => Role::Reader,
                };
                (Some(name), Some(role))
            }
            Lock::Keystone(tokens) => {
                let (name, role) = self.holder(tokens, proof, &from).await?;
                (Some(name), role)
            }
        };
        self.share(name.as_deref().unwrap_or(&from))?;
        let Some(role) = role.filter(|role| *role >= needed) else {
            return Err(too_little(name.as_deref(), role, needed));
        };
        Ok(Caller {
            name,
            address,
            role: Some(role),
        })
    }

    /// As [`Door::admit`], for what everybody may look at and readers see more of: who is
    /// not let in as one comes in as anybody.
    pub async fn admit_all(
        &self,
        address: Option<IpAddr>,
        proof: Proof,
    ) -> Result<Caller, Failure> {
        match self.admit(address, proof, Some(Role::Reader)).await {
            Ok(caller) => Ok(caller),
            Err(_) => self.admit(address, Proof::default(), None).await,
        }
    }

    async fn user(&self, users: &Htpasswd, proof: Proof, from: &str) -> Result<String, Failure> {
        let Some(credentials) = proof.basic else {
            return Err(unauthorized(
                "this server asks for a user and a password (`Authorization: Basic`)",
            ));
        };
        if users.remembers(&credentials) {
            return Ok(credentials.username);
        }
        if users.knows(&credentials, self.attempt(from)).await? {
            return Ok(credentials.username);
        }
        let name = tame(&credentials.username, 80);
        Err(unauthorized(&format!(
            "there is no user `{name}` with this password"
        )))
    }

    async fn holder(
        &self,
        tokens: &Tokens,
        proof: Proof,
        from: &str,
    ) -> Result<(String, Option<Role>), Failure> {
        let Some(token) = proof.token else {
            return Err(unauthorized(
                "this server asks for a token of keystone's (`X-Auth-Token`)",
            ));
        };
        if let Some(holder) = tokens.remembered(&token).await {
            return Ok((holder.name, holder.role));
        }
        if let Some(holder) = tokens.holder(&token, self.attempt(from)).await? {
            return Ok((holder.name, holder.role));
        }
        Err(unauthorized(
            "keystone does not know this token: it has ended, was revoked or is another keystone's",
        ))
    }

    fn attempt<'a>(&'a self, from: &'a str) -> Attempt<'a> {
        Attempt::new(&self.failures, from)
    }

    fn share(&self, of: &str) -> Result<(), Failure> {
        let share = self.requests.take(of);
        share.map_err(|after| TooMany::new("too many requests of this caller", after).into())
    }
}

fn unauthorized(detail: &str) -> Failure {
    Failure::new(Cause::Unauthorized, detail)
}

fn too_little(name: Option<&str>, role: Option<Role>, needed: Role) -> Failure {
    let name = tame(name.unwrap_or("this caller"), 200);
    let has = match role {
        Some(role) => format!("is {} here", role.with_article()),
        // Of a file of users all have one.
        None => {
            "has no role here, in none of `projects` of `[api]` nor for the whole system".into()
        }
    };
    Failure::new(
        Cause::Forbidden,
        format!("`{name}` {has}, and this takes {}", needed.with_article()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{Credentials, Secret};

    fn door(requests_per_second: usize) -> (Door, tempfile::NamedTempFile) {
        let file = tempfile::NamedTempFile::new().unwrap();
        let hash = bcrypt::hash("right", 4).unwrap();
        let lines = ["ann", "bob", "cy"].map(|user| format!("{user}:{hash}\n"));
        std::fs::write(file.path(), lines.concat()).unwrap();
        let lock = Lock::HttpBasic {
            users: Htpasswd::open(file.path().into()).unwrap().into(),
            managers: vec!["bob".into()],
            admins: vec!["ann".into(), "bob with a space".into()],
        };
        let settings = DoorSettings {
            lock,
            open: false,
            requests_per_second,
        };
        (Door::new(settings), file)
    }

    fn basic(username: &str, password: &str) -> Proof {
        let basic = Credentials {
            username: username.into(),
            password: Secret::new(password),
        };
        Proof {
            basic: Some(basic),
            token: None,
        }
    }

    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    #[tokio::test]
    async fn nobody_does_more_than_their_role() {
        let (door, _file) = door(1000);
        let roles = [Role::Reader, Role::Manager, Role::Admin];
        for (user, highest) in [("cy", 0), ("bob", 1), ("ann", 2)] {
            for (place, needed) in roles.into_iter().enumerate() {
                let admitted = door.admit(HERE, basic(user, "right"), Some(needed)).await;
                match admitted {
                    Ok(caller) => {
                        assert!(place <= highest, "{user} {needed:?}");
                        assert_eq!(caller.role, Some(roles[highest]));
                    }
                    Err(failure) => {
                        assert!(place > highest, "{user} {needed:?}: {failure}");
                        assert_eq!(failure.cause, Cause::Forbidden);
                    }
                }
            }
        }
        let told = door.admit(HERE, basic("cy", "right"), Some(Role::Manager));
        assert_eq!(
            told.await.unwrap_err().detail,
            "`cy` is a reader here, and this takes a manager"
        );
    }

    #[tokio::test]
    async fn what_everybody_may_is_asked_for_nothing_and_the_rest_is() {
        let (door, _file) = door(1000);
        let anybody = door.admit(HERE, Proof::default(), None).await;
        assert_eq!(anybody.unwrap().role, None);
        for (proof, role) in [
            (Proof::default(), None),
            (basic("cy", "wrong"), None),
            (basic("cy", "right"), Some(Role::Reader)),
        ] {
            let caller = door.admit_all(HERE, proof).await.unwrap();
            assert_eq!(caller.role, role);
        }
        let token = Proof {
            token: Some(Secret::new("x")),
            basic: None,
        };
        for proof in [Proof::default(), token, basic("ann", "wrong")] {
            let refused = door.admit(HERE, proof, Some(Role::Reader)).await;
            assert_eq!(refused.unwrap_err().cause, Cause::Unauthorized);
        }
    }

    #[tokio::test]
    async fn who_guesses_is_held_up_and_who_is_known_is_not() {
        let (door, _file) = door(1000);
        let known = door.admit(HERE, basic("ann", "right"), Some(Role::Reader));
        assert!(known.await.is_ok());
        let mut causes = Vec::new();
        for n in 0..22 {
            let guess = basic("bob", &format!("guess {n}"));
            let refused = door.admit(HERE, guess, Some(Role::Reader)).await;
            causes.push(refused.unwrap_err().cause);
        }
        assert_eq!(causes[19], Cause::Unauthorized);
        assert_eq!(causes[21], Cause::TooManyRequests);
        // Bob's own password is not tried any more, from here; ann is remembered.
        let right = door.admit(HERE, basic("bob", "right"), Some(Role::Reader));
        assert_eq!(right.await.unwrap_err().cause, Cause::TooManyRequests);
        let of_network = |end: &str| Some(format!("2001:db8:1:2::{end}").parse().unwrap());
        for n in 0..20 {
            let guess = basic("bob", &format!("guess {n}"));
            let refused = door.admit(of_network(&n.to_string()), guess, Some(Role::Reader));
            assert_eq!(refused.await.unwrap_err().cause, Cause::Unauthorized);
        }
        let guess = basic("bob", "another guess");
        let refused = door.admit(of_network("ff"), guess, Some(Role::Reader));
        assert_eq!(refused.await.unwrap_err().cause, Cause::TooManyRequests);
        let elsewhere = Some("192.0.2.1".parse().unwrap());
        let right = door.admit(elsewhere, basic("bob", "right"), Some(Role::Reader));
        assert!(right.await.is_ok());
        let known = door.admit(HERE, basic("ann", "right"), Some(Role::Reader));
        assert!(known.await.is_ok());
    }

    #[tokio::test]
    async fn guesses_that_are_made_side_by_side_are_counted_too() {
        let (door, _file) = door(1000);
        let guesses = (0..100).map(|n| {
            let guess = basic("bob", &format!("guess {n}"));
            door.admit(HERE, guess, Some(Role::Reader))
        });
        let causes = futures::future::join_all(guesses).await;
        let mut tried = 0;
        for refused in causes {
            match refused.unwrap_err().cause {
                Cause::Unauthorized => tried += 1,
                cause => assert_eq!(cause, Cause::TooManyRequests),
            }
        }
        assert!((20..25).contains(&tried), "{tried}");
    }

    #[tokio::test]
    async fn logins_that_do_not_fail_are_not_counted() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let hash = bcrypt::hash("right", 4).unwrap();
        let lines = (0..60).map(|user| format!("user{user}:{hash}\n"));
        std::fs::write(file.path(), lines.collect::<String>()).unwrap();
        let door = Door::new(DoorSettings {
            lock: Lock::HttpBasic {
                users: Htpasswd::open(file.path().into()).unwrap().into(),
                managers: Vec::new(),
                admins: Vec::new(),
            },
            open: false,
            requests_per_second: 1000,
        });
        for user in 0..60 {
            let right = basic(&format!("user{user}"), "right");
            let right = door.admit(HERE, right, Some(Role::Reader)).await;
            assert!(right.is_ok(), "{user}: {right:?}");
        }
    }

    #[tokio::test]
    async fn of_many_addresses_that_guess_some_are_refused_without_a_guess() {
        let (door, _file) = door(1000);
        let guesses = (0..200_u8).map(|n| {
            let address = Some(IpAddr::from([192, 0, 2, n]));
            door.admit(
                address,
                basic("bob", "wrong but not the same"),
                Some(Role::Reader),
            )
        });
        // The same is hashed once, for whomever.
        for refused in futures::future::join_all(guesses).await {
            assert_eq!(refused.unwrap_err().cause, Cause::Unauthorized);
        }
        let guesses = (0..200_u8).map(|n| {
            let address = Some(IpAddr::from([192, 0, 2, n]));
            door.admit(
                address,
                basic("bob", &format!("guess {n}")),
                Some(Role::Reader),
            )
        });
        let refused = futures::future::join_all(guesses).await;
        let is_late = |failure: &Failure| failure.cause == Cause::TooManyRequests;
        let refused: Vec<_> = refused.into_iter().map(Result::unwrap_err).collect();
        let late: Vec<_> = refused.iter().filter(|failure| is_late(failure)).collect();
        assert!((1..=136).contains(&late.len()), "{}", late.len());
        assert_eq!(
            late[0].detail,
            "too many logins are being checked: try again in 1 s"
        );
    }

    #[tokio::test]
    async fn everybody_has_a_share_of_requests() {
        let (door, _file) = door(1);
        let mut refused = 0;
        for _ in 0..12 {
            let asked = door.admit(HERE, basic("ann", "right"), Some(Role::Reader));
            if let Err(failure) = asked.await {
                assert_eq!(failure.cause, Cause::TooManyRequests);
                assert_eq!(failure.retry_after, Some(1));
                refused += 1;
            }
        }
        assert!(refused >= 1, "{refused}");
        let other = door.admit(HERE, basic("cy", "right"), Some(Role::Reader));
        assert!(other.await.is_ok());
    }
}

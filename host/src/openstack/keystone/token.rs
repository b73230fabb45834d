//! A token: what it is good for, whose it is, and until when.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use tokio::time::Instant;

use super::catalogue::Service;
use crate::secret::Secret;
use crate::text::tame;

/// How long before its end a token is renewed, if it lives that long: what is
/// sent with it may take a while until Ironic looks at it.
const SLACK: Duration = Duration::from_secs(60);

/// A token of Keystone's.
pub(crate) struct Token {
    pub(super) id: Secret,
    pub(super) renew_at: Instant,
    pub(super) ends_at: Instant,
    pub(super) who: Who,
    pub(super) catalogue: Vec<Service>,
}

impl Token {
    /// What goes into `X-Auth-Token`.
    pub(crate) fn id(&self) -> &Secret {
        &self.id
    }

    /// As whom Ironic is asked.
    pub(crate) fn who(&self) -> &Who {
        &self.who
    }
}

/// Whose token it is, and what it may be used for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Who {
    user: String,
    scope: String,
    roles: Vec<String>,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "user `{}` in {}", self.user, self.scope)?;
        match self.roles.as_slice() {
            [] => f.write_str(", without a role"),
            [role] => write!(f, ", with the role `{role}`"),
            roles => write!(f, ", with the roles `{}`", roles.join("`, `")),
        }
    }
}

/// The body of Keystone's answer, as far as we use it.
#[derive(Deserialize)]
pub(super) struct Answer {
    token: Body,
}

#[derive(Deserialize)]
struct Body {
    expires_at: String,
    issued_at: String,
    user: Named,
    project: Option<Named>,
    domain: Option<Named>,
    system: Option<serde_json::Value>,
    #[serde(default)]
    roles: Vec<Named>,
    #[serde(default)]
    catalog: Vec<Service>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

impl Answer {
    /// The token `id`, asked for at `asked`. None: its times are none.
    pub(super) fn into_token(self, id: Secret, asked: Instant) -> Option<Token> {
        let Body {
            expires_at,
            issued_at,
            user,
            project,
            domain,
            system,
            roles,
            catalog,
        } = self.token;
        // By Keystone's clock alone: ours may be another.
        let end: Timestamp = expires_at.parse().ok()?;
        let begin: Timestamp = issued_at.parse().ok()?;
        let life = Duration::try_from(end.duration_since(begin)).unwrap_or_default();
        let scope = match (project, domain, system) {
            (Some(project), ..) => format!("project `{}`", tame(&project.name, 80)),
            (_, Some(domain), _) => format!("domain `{}`", tame(&domain.name, 80)),
            (_, _, Some(_)) => "the system".into(),
            _ => "no scope".into(),
        };
        Some(Token {
            id,
            renew_at: asked + life.saturating_sub(SLACK.min(life / 4)),
            ends_at: asked + life,
            who: Who {
                user: tame(&user.name, 80),
                scope,
                roles: roles.iter().map(|role| tame(&role.name, 80)).collect(),
            },
            catalogue: catalog,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(expires_at: &str, asked: Instant) -> Option<Token> {
        let body = serde_json::json!({"token": {
            "issued_at": "2026-01-01T10:00:00.000000Z",
            "expires_at": expires_at,
            "user": {"name": "valence"},
            "project": {"name": "metal"},
            "roles": [{"name": "admin"}, {"name": "member"}],
        }});
        let answer: Answer = serde_json::from_value(body).unwrap();
        answer.into_token(Secret::new("x"), asked)
    }

    #[test]
    fn it_is_renewed_before_its_end_whatever_our_clock_says() {
        let asked = Instant::now();
        for (expires_at, renew, end) in [
            ("2026-01-01T11:00:00.000000Z", 3540, 3600),
            ("2026-01-01T10:00:08.000000Z", 6, 8),
            ("2026-01-01T09:00:00.000000Z", 0, 0),
        ] {
            let token = token(expires_at, asked).unwrap();
            assert_eq!(token.renew_at - asked, Duration::from_secs(renew));
            assert_eq!(token.ends_at - asked, Duration::from_secs(end));
        }
        assert!(token("tomorrow", asked).is_none());
    }

    #[test]
    fn it_says_as_whom() {
        let token = token("2026-01-01T11:00:00.000000Z", Instant::now()).unwrap();
        assert_eq!(
            token.who().to_string(),
            "user `valence` in project `metal`, with the roles `admin`, `member`"
        );
    }
}

//! Who we are to Keystone, and which part of the cloud we want to act in.

use std::fmt;

use url::Url;

use crate::secret::Secret;

/// A Keystone, and who we are to it.
#[derive(Clone)]
pub struct KeystoneSettings {
    /// Its address, with or without `/v3`.
    pub auth_url: Url,
    /// Who we are.
    pub identity: Identity,
    /// What the token is to be good for.
    pub scope: Scope,
}

/// Who we are, and the proof of it.
#[derive(Clone)]
pub enum Identity {
    /// `password`.
    Password {
        /// The user.
        user: User,
        /// Its password.
        password: Secret,
    },
    /// `v3applicationcredential`, which has a scope of its own.
    ApplicationCredential {
        /// Which one.
        credential: ApplicationCredential,
        /// Its secret.
        secret: Secret,
    },
    /// `token`: a token that somebody got for us, to be exchanged for ours.
    Token(Secret),
}

/// An application credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplicationCredential {
    /// By its id.
    Id(String),
    /// By its name, which is one of its user's.
    Name {
        /// Its name.
        name: String,
        /// Whose it is.
        user: User,
    },
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum User {
    /// By its id.
    Id(String),
    /// By its name, which is unique in its domain.
    Name {
        /// Its name.
        name: String,
        /// Its domain.
        domain: Domain,
    },
}

/// A domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Domain {
    /// By its id.
    Id(String),
    /// By its name.
    Name(String),
}

/// A project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Project {
    /// By its id.
    Id(String),
    /// By its name, which is unique in its domain.
    Name {
        /// Its name.
        name: String,
        /// Its domain.
        domain: Domain,
    },
}

/// What a token is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// What Keystone gives if nothing is asked for: the user's default project,
    /// or the scope of the application credential.
    Own,
    /// One project.
    Project(Project),
    /// One domain.
    Domain(Domain),
    /// The whole system: `system_scope: all`.
    System,
}

/// What is looked for in the catalogue that comes with a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The types of service that will do, the best one first.
    pub types: Vec<String>,
    /// The name of the service, where several have that type.
    pub name: Option<String>,
    /// `public`, `internal`, `admin`: the best one first.
    pub interfaces: Vec<String>,
    /// The region. None: any.
    pub region: Option<String>,
}

impl Identity {
    /// What must never be shown.
    pub(super) fn secret(&self) -> &Secret {
        match self {
            Self::Password { password, .. } => password,
            Self::ApplicationCredential { secret, .. } => secret,
            Self::Token(token) => token,
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { user, .. } => user.fmt(f),
            Self::ApplicationCredential { credential, .. } => credential.fmt(f),
            Self::Token(_) => f.write_str("the holder of the given token"),
        }
    }
}

impl fmt::Display for ApplicationCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "application credential `{id}`"),
            Self::Name { name, user } => write!(f, "application credential `{name}` of {user}"),
        }
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "user `{id}`"),
            Self::Name { name, domain } => write!(f, "user `{name}` of {domain}"),
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Id(domain) | Self::Name(domain)) = self;
        write!(f, "domain `{domain}`")
    }
}

impl fmt::Display for Project {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "project `{id}`"),
            Self::Name { name, domain } => write!(f, "project `{name}` of {domain}"),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str("its own scope"),
            Self::Project(project) => project.fmt(f),
            Self::Domain(domain) => domain.fmt(f),
            Self::System => f.write_str("the system"),
        }
    }
}

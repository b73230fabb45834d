//! Callers, and what they may do.

use std::net::IpAddr;

use crate::secret::{Credentials, Secret};

/// What a caller may do; each more than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Look at everything.
    Reader,
    /// Manage and register nodes.
    Manager,
    /// Everything: pod managers, hooks, and what is Valence's own of a node.
    Admin,
}

impl Role {
    /// As the configuration and OpenStack call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Manager => "manager",
            Self::Admin => "admin",
        }
    }

    /// As a sentence has it.
    pub(super) const fn with_article(self) -> &'static str {
        match self {
            Self::Reader => "a reader",
            Self::Manager => "a manager",
            Self::Admin => "an admin",
        }
    }
}

/// Who asks for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// By which name; none where nobody is asked for one.
    pub name: Option<String>,
    /// Where from, as far as that is known.
    pub address: Option<IpAddr>,
    /// What it may do. None: nobody knows, and it asked for what everybody may.
    pub role: Option<Role>,
}

impl Caller {
    /// Whether it may do what only administrators may.
    pub fn may_administer(&self) -> bool {
        self.role >= Some(Role::Admin)
    }
}

/// What a caller shows to be let in.
#[derive(Default)]
pub struct Proof {
    /// `Authorization: Basic`.
    pub basic: Option<Credentials>,
    /// `X-Auth-Token`.
    pub token: Option<Secret>,
}

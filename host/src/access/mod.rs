//! Who may do what here. A [`Door`] knows callers by a file of users or by Keystone,
//! lets nobody do more than their role, and nobody ask more than their share; an
//! [`Audit`] writes down who changed what.

mod attempt;
mod audit;
mod caller;
mod door;
mod htpasswd;
mod proxies;
mod share;
mod tokens;
mod users;

pub use audit::{AUDIT, Audit};
pub use caller::{Caller, Proof, Role};
pub use door::{Door, DoorSettings, Lock};
pub use htpasswd::Htpasswd;
pub use proxies::Proxies;
pub use tokens::{RoleNames, Tokens};

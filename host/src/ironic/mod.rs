//! Ironic: the client, and the saga that creates all of an enrollment or none.
//!
//! [`apply`] looks whether anything stands in the way, creates node, port groups,
//! ports and traits under uuids of our choosing, and journals each step. What
//! Ironic definitely refuses undoes what was made; where the outcome of a
//! request is unknown (a reset connection, a 5xx) our own uuid tells. [`remove`]
//! takes it all out again. [`begin`] moves on, on request, what was created.

mod access;
mod answer;
mod apply;
mod belongings;
mod call;
mod client;
mod compare;
mod conflicts;
mod converge;
mod create;
mod error;
mod journal;
mod leg;
mod listing;
mod lookout;
mod mark;
mod offered;
mod pace;
mod patch;
mod patience;
mod preflight;
mod problem;
mod provision;
mod release;
mod remove;
mod request;
mod resources;
mod saga;
mod same;
mod settings;
mod step;
mod take_back;
#[cfg(test)]
mod tests;
mod transition;
mod undo;
mod uuids;
mod whole;

pub use apply::{Created, Plan, apply, find_registered, finish};
pub use belongings::Belongings;
pub use client::Client;
pub use compare::{Deviation, Login, Side, Sides, compare};
pub use converge::{Convergence, find_whole};
pub use error::{ClientError, IronicError, IronicErrorKind};
pub use journal::{Journal, JournalError, NoJournal};
pub use leg::{Leg, begun, next};
pub use lookout::Lookout;
pub use mark::Mark;
pub use pace::Place;
pub use problem::{ApplyError, Holder, Problem, Taken, Undo};
pub use provision::{ProvisionState, Verb};
pub use release::release;
pub use remove::{Removed, remove, remove_left};
pub use same::{Evidence, Twin, bmc_of, find_twin};
pub use settings::{Auth, Endpoint, Settings};
pub use step::{Outcome, Step};
pub use take_back::take_back;
pub use transition::{begin, stands};
pub use uuids::{node_uuid, port_uuid, portgroup_uuid};
pub use whole::Whole;

pub use crate::openstack::answer::without;
pub use crate::openstack::{
    ApplicationCredential, Domain, Identity, KeystoneSettings, Project, Scope, User, Wanted,
};

//! What the services of OpenStack have in common: tokens of Keystone, the shape of
//! their answers, and the ids that requests go by.

pub(crate) mod answer;
pub(crate) mod keystone;
mod request_id;

pub use keystone::{
    ApplicationCredential, Domain, Identity, Keystone, KeystoneSettings, Project, Scope, Subject,
    TokenCheck, User, Wanted,
};
pub use request_id::{RequestId, current_request, in_request};

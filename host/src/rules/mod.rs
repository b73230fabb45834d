//! Ironic's own rules, checked before Ironic is asked: pure, and known for the
//! API version at hand.

mod microversion;

pub use microversion::{IronicProfile, Microversion};

use crate::enrollment::Enrollment;

/// What hooks may not write unless they are granted it by name, and callers not
/// unless they may administer.
pub const PROTECTED: [&str; 7] = [
    "/node/uuid",
    "/node/owner",
    "/node/driver_info/redfish_address",
    "/node/driver_info/redfish_system_id",
    "/node/driver_info/redfish_username",
    "/node/driver_info/redfish_password",
    "/node/extra/valence",
];

/// What of `enrollment` Ironic would refuse: so far, traits.
pub fn check(enrollment: &Enrollment, _profile: IronicProfile) -> Vec<Violation> {
    let legal = |name: &&String| {
        !name.starts_with("HW_")
            && !name.strip_prefix("CUSTOM_").is_some_and(|rest| {
                rest.chars()
                    .all(|c| matches!(c, 'A'..='Z' | '0'..='9' | '_'))
            })
    };
    enrollment
        .traits
        .iter()
        .filter(legal)
        .map(|name| Violation {
            pointer: crate::enrollment::child("/traits", name),
            message: format!("`{name}` is no trait: it is to match `CUSTOM_[A-Z0-9_]+`"),
        })
        .collect()
}

/// One rule that an enrollment breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where, in the canonical view of the enrollment.
    pub pointer: String,
    /// What is wrong and what would be right: lower case, no full stop.
    pub message: String,
}

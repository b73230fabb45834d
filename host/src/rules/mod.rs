//! Ironic's own rules, checked before Ironic is asked: pure, and known for the
//! API version at hand.

mod microversion;

pub use microversion::{IronicProfile, Microversion};

/// One rule that an enrollment breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where, in the canonical view of the enrollment.
    pub pointer: String,
    /// What is wrong and what would be right: lower case, no full stop.
    pub message: String,
}

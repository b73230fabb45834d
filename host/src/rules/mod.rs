//! Ironic's own rules, checked before Ironic is asked: pure, and known for the
//! API version at hand. What Ironic would answer with a bare 400, 406 or 500 is a
//! sentence here that names the field.

mod check;
mod contents;
mod field;
mod ipxe;
mod link;
mod mac;
mod microversion;
mod name;
mod newer;
mod node;
mod port;
mod portgroup;
mod schema;
mod secrets;
mod traits;

pub use check::{PROTECTED, Violation, check, check_given, minimum_version};
pub use mac::{Mac, MacError};
pub use microversion::{IronicProfile, Microversion, MicroversionError, NewerFields};
pub use name::legal_name;
pub use newer::{leave_out_newer, newer};
pub use schema::enrollment_schema;

//! What site policy does with text: compare it with globs and versions, fill it
//! into templates, and make names of it that Ironic takes.

mod glob;
mod mac;
mod names;
mod pointer;
mod template;
mod version;

pub use glob::{matches, matches_any};
pub use mac::mac;
pub use names::{custom_trait, legal_name, vendor};
pub use pointer::pointer;
pub use template::{Missing, Template};
pub use version::compare_versions;

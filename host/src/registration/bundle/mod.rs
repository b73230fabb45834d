//! Bundles: decisions with the documents that they were of, in one file.
//!
//! A bundle is text, a JSON object a line: the header `{"bundle": 1, …}`, documents and
//! decisions, and `{"end": …}`, without which it is not whole. A document stands there
//! once, before the first decision that it was read for, and has a number, by which
//! decisions name it. So a bundle is written and read from front to back with a
//! number a document in memory, and its documents are parsed where somebody reads them.

mod cache;
mod decision;
mod export;
mod read;
mod unparsed;

pub use decision::BundledDecision;
pub use export::Chosen;
pub use read::{Bundle, BundleError};
pub use unparsed::Unparsed;

/// The version of the form. Bundles of another are not read.
const VERSION: u32 = 1;

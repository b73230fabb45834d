#![doc = include_str!("../README.md")]

#[cfg(all(feature = "arena", target_arch = "wasm32"))]
mod arena;
#[doc(hidden)]
pub mod contract;
mod document;
mod enrollment;
mod error;
#[doc(hidden)]
pub mod export;
pub mod inventory;
pub mod log;
mod phases;
mod places;
mod provenance;
mod registration;
mod settings;
pub mod text;

pub use document::{Document, ReadError, Unreadable};
pub use enrollment::{Body, Enrollment, Object, Port, Portgroup};
pub use error::{Error, Result};
pub use phases::{Effect, Finding, Findings, Map, Review};
pub use places::Places;
pub use provenance::because;
pub use registration::Registration;
pub use settings::Configure;

/// The JSON that the maps of an [`Enrollment`] hold.
pub use serde_json::{Value, json};

/// The hook that the README of the whole project shows compiles, too.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

//! The REST API: one file a resource, one for what each failure looks like.
//!
//! Bodies and paths are the original Valence's, with its mistakes mended;
//! docs/api.md lists the differences. Handlers know nothing of request ids,
//! panics or problem bodies: they return a failure, and [`envelope`] and
//! [`problem`] make a reply of it.

mod absent;
mod action;
mod authentication;
mod base;
mod body;
mod bulk_record;
mod bulks;
mod caller;
pub mod causes;
mod compose;
mod confirmation;
mod decisions;
mod discover;
mod drift;
mod envelope;
mod evaluate;
mod fields;
mod flavors;
mod hardware;
mod healthcheck;
mod hook_record;
mod hooks;
mod id;
mod list;
mod metrics;
mod nodes;
mod openapi;
mod pod_managers;
mod problem;
mod query;
mod readyz;
mod register;
mod registration;
mod requirements;
mod rights;
mod root;
mod router;
mod shapes;
mod time;
mod transition;

#[cfg(test)]
mod tests;

pub use body::BodyLimits;
pub use envelope::Entrance;
pub use openapi::document;
pub use problem::Problem;
pub use readyz::Readiness;
pub use register::evaluation_report;
pub use router::{ApiState, router};

//! Policy tests: what hooks are to make of recorded machines, case by case.
//!
//! A case is a directory with a [`Case`] in `case.toml` and, where something is
//! enrolled, the enrollment in `expected.json`. Each is run by the server's own
//! evaluation, offline. A [`Recording`] is what a machine is recorded in.

mod anonymize;
mod build;
mod case;
mod cost;
mod coverage;
mod expect;
mod project;
mod record;
mod replay;
mod run;
mod schema;
mod settings;

pub use anonymize::{Anonymized, Anonymizer};
pub use build::{BuildError, build};
pub use case::{Case, CaseError, Expectation, Matching, Place, discover};
pub use cost::{Cost, Costs, HookCost, Rise, Uncosted, change};
pub use coverage::{Coverage, cover};
pub use expect::{Mismatch, accepted, mismatches};
pub use project::{BuildStep, MANIFEST, Project, ProjectError};
pub use record::{Recording, RecordingError};
pub use replay::{FieldChange, Outcomes, RefusalGroup, ReplayReport, ValueChange, WarningGroup};
pub use run::{Ran, Runner, Verdict};
pub use schema::{case_schema, project_schema};

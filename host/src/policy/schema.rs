//! What editors are told of the files of policy tests.

use schemars::Schema;

use super::{Case, Project};

/// The JSON Schema of `case.toml`.
pub fn case_schema() -> Schema {
    schemars::schema_for!(Case)
}

/// The JSON Schema of `hook.toml`.
pub fn project_schema() -> Schema {
    schemars::schema_for!(Project)
}

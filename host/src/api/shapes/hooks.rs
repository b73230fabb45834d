//! `/v1/hooks`.

use utoipa::ToSchema;

/// The chain that serves.
#[derive(ToSchema)]
pub(crate) struct Hooks {
    chain: String,
    loaded_at: String,
    #[schema(value_type = Option<Object>, required)]
    last_reload: Option<()>,
    servers: Vec<Server>,
    hooks: Vec<Hook>,
}

/// One of the servers that share the database.
#[derive(ToSchema)]
pub(crate) struct Server {
    name: String,
    /// Whether it is the one that answers.
    this: bool,
    version: String,
    chain: String,
    configuration: String,
    started_at: String,
    /// What it serves with otherwise than the one that answers: `hooks`, `configuration`,
    /// `version`.
    differs: Vec<String>,
}

/// A hook.
#[derive(ToSchema)]
pub(crate) struct Hook {
    name: String,
    digest: String,
    phases: Vec<String>,
    #[schema(required)]
    description: Option<String>,
    #[schema(required)]
    version: Option<String>,
    mode: String,
    on_failure: String,
    #[schema(value_type = Object)]
    when: (),
    #[schema(required)]
    writes: Option<Vec<String>>,
    overrides: Vec<String>,
}

/// The same, with its limits and what its calls have come to.
#[derive(ToSchema)]
pub(crate) struct HookInFull {
    #[serde(flatten)]
    hook: Hook,
    size: u64,
    allocation: String,
    #[schema(required)]
    contract: Option<String>,
    imports: Vec<String>,
    credentials: Vec<String>,
    settings_schema: serde_json::Value,
    #[schema(value_type = Object)]
    limits: (),
    #[schema(value_type = Object)]
    statistics: (),
}

/// What a reload came to.
#[derive(ToSchema)]
pub(crate) struct Reloaded {
    outcome: String,
    chain: String,
    previous: String,
    #[schema(value_type = Vec<Object>)]
    hooks: Vec<()>,
    removed: Vec<String>,
    needs_restart: Vec<String>,
}

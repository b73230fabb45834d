//! `/v1/decisions`.

use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::registration;

use super::common::{Switch, list_of, names_of};
use super::register::{Chain, Enrollment, Explanation, HookRun};

names_of!(
    DecisionKind,
    "What it was evaluated for.",
    registration::DecisionKind::ALL.map(registration::DecisionKind::name)
);

/// The record of one evaluation.
#[derive(ToSchema)]
pub(crate) struct Decision {
    uuid: Uuid,
    node: Uuid,
    node_name: String,
    pod_manager: String,
    kind: DecisionKind,
    /// `enrolled`, or the code of why not.
    outcome: String,
    #[schema(required)]
    hook: Option<String>,
    #[schema(required)]
    detail: Option<String>,
    #[schema(required)]
    enrollment_digest: Option<String>,
    chain_digest: String,
    fuel: u64,
    created_at: String,
}

list_of!(DecisionList, Decision);

/// The same, with all that belongs to it.
#[derive(ToSchema)]
pub(crate) struct DecisionInFull {
    #[serde(flatten)]
    decision: Decision,
    #[schema(value_type = Object)]
    parameters: (),
    /// What else the evaluation was of.
    #[schema(value_type = Object)]
    circumstances: (),
    documents: Vec<ReadDocument>,
    explanation: Option<Explanation>,
    enrollment: Option<Enrollment>,
    #[schema(value_type = Option<Vec<Object>>)]
    changes: Option<()>,
    #[schema(value_type = Option<Vec<Object>>)]
    findings: Option<()>,
    hooks: Option<Vec<HookRun>>,
    chain: Option<Chain>,
}

/// A document that was read.
#[derive(ToSchema)]
pub(crate) struct ReadDocument {
    path: String,
    digest: Option<String>,
    /// Why it could not be read.
    #[schema(value_type = Option<Object>)]
    error: Option<()>,
    #[schema(value_type = Option<Object>)]
    body: Option<()>,
}

/// Options of showing one.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DecisionOptions {
    /// Show the documents too.
    #[param(inline, required = false)]
    documents: Switch,
}

/// Filters of the list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DecisionFilters {
    /// By this uuid.
    #[param(required = false)]
    uuid: String,
    /// Of the node with this uuid.
    #[param(required = false)]
    node: String,
    /// Of the node with this name.
    #[param(required = false)]
    node_name: String,
    /// Of nodes of this pod manager.
    #[param(required = false)]
    pod_manager: String,
    /// By what it was for.
    #[param(required = false)]
    kind: String,
    /// By what it came to.
    #[param(required = false)]
    outcome: String,
    /// By the hook that decided.
    #[param(required = false)]
    hook: String,
    /// By what would have been registered.
    #[param(required = false)]
    enrollment_digest: String,
    /// By the hooks that there were.
    #[param(required = false)]
    chain_digest: String,
}

/// Which to write into a bundle.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportOptions {
    /// Those that are no older.
    #[param(required = false)]
    since: String,
    /// Those of this node.
    #[param(required = false)]
    node: String,
    /// All of each node, and not the newest alone.
    #[param(inline, required = false)]
    all: Switch,
}

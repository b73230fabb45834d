//! Registering a node, and what is on record of it.

use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{node, registration};

use super::common::{Switch, names_of};
use super::nodes::Node;

/// Options of registering one node that is there.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DryRunOptions {
    /// Show what would be registered; Ironic gets nothing.
    #[param(inline, required = false)]
    dry_run: Switch,
    /// Add why each field is what it is.
    #[param(inline, required = false)]
    explain: Switch,
}

/// Options of registering.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RegisteringOptions {
    /// What to do where something is there already.
    #[param(inline, required = false)]
    on_conflict: OnConflict,
    /// How far Ironic is to take the node.
    #[param(inline, required = false)]
    target: Target,
    /// Have Ironic inspect it on the way.
    #[param(inline, required = false)]
    inspect: Switch,
    /// How long to wait until it is there: seconds, `true` or `false`.
    #[param(
        pattern = "^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[Yy][Ee][Ss]|[Nn][Oo]|[0-9]{1,19})?$",
        example = "30",
        required = false
    )]
    wait: String,
}

names_of!(
    OnConflict,
    "What to do where something is there already.",
    registration::OnConflict::ALL.map(registration::OnConflict::name)
);

names_of!(
    Target,
    "How far Ironic is to take a node.",
    node::Target::ALL.map(node::Target::name)
);

names_of!(
    RegistrationState,
    "How far a registration is.",
    registration::RegistrationState::ALL.map(registration::RegistrationState::name)
);

names_of!(
    TransitionState,
    "Whether a node is still on its way.",
    registration::TransitionState::ALL.map(registration::TransitionState::name)
);

names_of!(
    UpdateState,
    "How far a change of a registration is.",
    registration::UpdateState::ALL.map(registration::UpdateState::name)
);

names_of!(
    Moment,
    "On which side of the request it was written.",
    registration::Moment::ALL.map(registration::Moment::name)
);

/// Fields of Ironic's node, all of them optional: `driver_info`, `properties` and
/// `extra` are merged key by key, any other field replaces.
#[derive(ToSchema)]
pub(crate) struct NodeFields {
    #[schema(value_type = Option<Object>)]
    driver_info: Option<()>,
    #[schema(value_type = Option<Object>)]
    properties: Option<()>,
    #[schema(value_type = Option<Object>)]
    extra: Option<()>,
    name: Option<String>,
    resource_class: Option<String>,
    /// In place of those that would have been registered, as are the next two.
    traits: Option<Vec<String>>,
    /// Ports as Ironic has them.
    #[schema(value_type = Option<Vec<Object>>)]
    ports: Option<()>,
    /// Port groups as Ironic has them.
    #[schema(value_type = Option<Vec<Object>>)]
    portgroups: Option<()>,
}

/// A registered node, or, of a dry run, what would be registered.
#[derive(ToSchema)]
#[serde(untagged)]
pub(crate) enum RegisterReply {
    Registered(Registered),
    DryRun(Evaluation),
}

/// A registered node.
#[derive(ToSchema)]
pub(crate) struct Registered {
    #[serde(flatten)]
    node: Node,
    registration: Uuid,
    ironic: IronicNode,
    hooks: Vec<HookRun>,
    chain: Chain,
    warnings: Vec<String>,
    unchanged: bool,
    /// What an update changed.
    #[schema(value_type = Option<Vec<Object>>)]
    changed: Option<()>,
    transition: Option<Transition>,
    /// By what an adopted node was known to be the same machine.
    adopted_by: Option<String>,
    explanation: Option<Explanation>,
}

/// What stands in Ironic.
#[derive(ToSchema)]
pub(crate) struct IronicNode {
    node_uuid: Uuid,
    provision_state: String,
    ports: Vec<Uuid>,
    portgroups: Vec<Uuid>,
    traits: Vec<String>,
    microversion: String,
}

/// What one hook did.
#[derive(ToSchema)]
pub(crate) struct HookRun {
    name: String,
    digest: String,
    fuel: u64,
    /// Its own running time. Not of what was only evaluated: that is the same each time.
    duration_us: Option<u64>,
    wrote: Vec<String>,
    /// What it would have done, of one in shadow mode.
    #[schema(value_type = Option<Object>)]
    shadow: Option<()>,
}

/// All hooks that there were.
#[derive(ToSchema)]
pub(crate) struct Chain {
    digest: String,
    hooks: Vec<ChainHook>,
}

/// One of them.
#[derive(ToSchema)]
pub(crate) struct ChainHook {
    name: String,
    digest: String,
}

/// What an evaluation came to.
#[derive(ToSchema)]
pub(crate) struct Evaluation {
    enrollment: Enrollment,
    #[schema(value_type = Vec<Object>)]
    changes: Vec<()>,
    #[schema(value_type = Vec<Object>)]
    findings: Vec<()>,
    hooks: Vec<HookRun>,
    chain: Chain,
    /// What would stand in the way.
    #[schema(value_type = Option<Object>)]
    conflict: Option<()>,
    explanation: Option<Explanation>,
}

/// All that is created in Ironic for one node.
#[derive(ToSchema)]
pub(crate) struct Enrollment {
    #[schema(value_type = Object)]
    node: (),
    #[schema(value_type = Vec<Object>)]
    ports: Vec<()>,
    #[schema(value_type = Vec<Object>)]
    portgroups: Vec<()>,
    traits: Vec<String>,
    #[schema(required)]
    credentials: Option<String>,
}

/// Why each field is what it is, and what was left out.
#[derive(ToSchema)]
pub(crate) struct Explanation {
    #[schema(value_type = Vec<Object>)]
    fields: Vec<()>,
    #[schema(value_type = Vec<Object>)]
    left_out: Vec<()>,
}

/// How far Ironic has taken a node.
#[derive(ToSchema)]
pub(crate) struct Transition {
    target: Target,
    inspect: bool,
    state: TransitionState,
    #[schema(required)]
    step: Option<String>,
    #[schema(required)]
    provision_state: Option<String>,
    #[schema(required)]
    detail: Option<String>,
    #[schema(value_type = Option<Object>, required)]
    error: Option<()>,
    created_at: String,
    updated_at: String,
}

/// A node that Ironic no longer has.
#[derive(ToSchema)]
pub(crate) struct Deregistered {
    #[serde(flatten)]
    node: Node,
    warnings: Vec<String>,
}

/// What is on record of a node's last registration.
#[derive(ToSchema)]
pub(crate) struct Recorded {
    registration: Uuid,
    state: RegistrationState,
    #[schema(required)]
    detail: Option<String>,
    ironic_uuid: Uuid,
    enrollment_digest: String,
    enrollment: Enrollment,
    #[schema(value_type = Vec<Object>)]
    changes: Vec<()>,
    #[schema(value_type = Vec<Object>)]
    findings: Vec<()>,
    hooks: Vec<HookRun>,
    chain: Chain,
    explanation: Explanation,
    #[schema(required)]
    transition: Option<Transition>,
    /// The newest change of it that is not in force.
    #[schema(required)]
    update: Option<Update>,
    steps: Vec<Step>,
    created_at: String,
    updated_at: String,
}

/// A change of a registration.
#[derive(ToSchema)]
pub(crate) struct Update {
    id: Uuid,
    state: UpdateState,
    #[schema(required)]
    detail: Option<String>,
    enrollment_digest: String,
    created_at: String,
}

/// One request that writes to Ironic, before or after it was sent.
#[derive(ToSchema)]
pub(crate) struct Step {
    step: String,
    moment: Moment,
    #[schema(required)]
    outcome: Option<String>,
    #[schema(required)]
    status: Option<u16>,
    #[schema(required)]
    reason: Option<String>,
    at: String,
}

/// Whether to explain.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExplainOption {
    /// Add why each field is what it is.
    #[param(inline, required = false)]
    explain: Switch,
}

/// What to evaluate: one of `decision`, `node` and `documents`.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EvaluateRequest {
    /// The uuid of a decision.
    decision: Option<Uuid>,
    /// A node's uuid or name.
    #[schema(min_length = 1)]
    node: Option<String>,
    /// From path to document.
    #[schema(value_type = Option<Object>)]
    documents: Option<()>,
    #[schema(min_length = 1)]
    system: Option<String>,
    #[schema(min_length = 1)]
    name: Option<String>,
    #[schema(min_length = 1)]
    pod_manager: Option<String>,
    #[schema(min_length = 1)]
    address: Option<String>,
    /// Fields of Ironic's node.
    #[schema(value_type = Option<Object>)]
    parameters: Option<()>,
    /// What is to be otherwise, hook by hook.
    #[schema(value_type = Option<Object>)]
    hooks: Option<()>,
    /// The version of Ironic's API.
    #[schema(min_length = 1)]
    ironic: Option<String>,
}

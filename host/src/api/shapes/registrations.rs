//! `/v1/registrations`.

use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::registration;

use super::common::{list_of, names_of};

names_of!(
    BulkState,
    "Whether further nodes are begun with.",
    registration::BulkState::ALL.map(registration::BulkState::name)
);

names_of!(
    BulkNodeState,
    "How far one node is.",
    registration::ItemState::ALL.map(registration::ItemState::name)
);

/// A registration of many nodes.
#[derive(ToSchema)]
pub(crate) struct Bulk {
    uuid: Uuid,
    state: BulkState,
    total: u64,
    waiting: u64,
    running: u64,
    done: u64,
    failed: u64,
    /// Which nodes.
    #[schema(value_type = Object)]
    selector: (),
    #[schema(value_type = Object)]
    parameters: (),
    #[schema(value_type = Object)]
    options: (),
    created_at: String,
    updated_at: String,
}

list_of!(BulkList, Bulk);

/// The same, with what has become of each node.
#[derive(ToSchema)]
pub(crate) struct BulkWithNodes {
    #[serde(flatten)]
    bulk: Bulk,
    nodes: Vec<BulkNode>,
}

/// What has become of one node.
#[derive(ToSchema)]
pub(crate) struct BulkNode {
    name: String,
    #[schema(required)]
    uuid: Option<Uuid>,
    state: BulkNodeState,
    #[schema(required)]
    registration: Option<Uuid>,
    #[schema(required)]
    ironic_uuid: Option<Uuid>,
    #[schema(required)]
    unchanged: Option<bool>,
    #[schema(required)]
    warnings: Option<Vec<String>>,
    #[schema(value_type = Option<Object>, required)]
    failure: Option<()>,
}

/// Which nodes to register: one of `nodes`, `all` and `pod_manager`.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkRequest {
    /// Uuids and names.
    nodes: Option<Vec<String>>,
    /// Every node under management.
    all: Option<bool>,
    /// Every node of the pod manager with this uuid or name.
    #[schema(min_length = 1)]
    pod_manager: Option<String>,
    /// Fields of Ironic's node, for each of them.
    #[schema(value_type = Option<Object>)]
    parameters: Option<()>,
}

/// Filters of the list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BulkFilters {
    /// By this uuid.
    #[param(required = false)]
    uuid: String,
    /// By its state.
    #[param(required = false)]
    state: String,
}

//! `/v1/nodes`.

use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::common::{Link, Switch, list_of};

/// A node under management, as Valence's record has it.
#[derive(ToSchema)]
pub(crate) struct Node {
    uuid: Uuid,
    name: String,
    /// The uuid of its pod manager.
    podm_id: Uuid,
    /// Its id there.
    index: String,
    /// Its path there.
    resource_uri: String,
    /// What it is for, if somebody has said so.
    description: Option<String>,
    /// `ironic` while it is registered there.
    #[schema(required)]
    managed_by: Option<String>,
    #[schema(example = "2017-08-14 07:31:18 UTC")]
    created_at: String,
    updated_at: String,
}

list_of!(NodeList, Node);

/// A node as its pod manager sees it now, overlaid by the record.
#[derive(ToSchema)]
pub(crate) struct ObservedNode {
    #[serde(flatten)]
    node: Node,
    node_power_state: Option<serde_json::Value>,
    node_state: Option<serde_json::Value>,
    boot_source: Option<serde_json::Value>,
    target_boot_source: Option<serde_json::Value>,
    health_status: Option<String>,
    pooled_group_id: Option<serde_json::Value>,
    #[schema(value_type = Object)]
    computer_system: (),
    links: Vec<Link>,
    /// Its processors, memory and network interfaces.
    #[schema(value_type = Object)]
    metadata: (),
}

/// A node that has just been taken under management.
#[derive(ToSchema)]
pub(crate) struct ManagedNode {
    uuid: Uuid,
    name: String,
    podm_id: Uuid,
    index: String,
    resource_uri: String,
}

/// Filters of the list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NodeFilters {
    /// By this uuid.
    #[param(required = false)]
    uuid: Uuid,
    /// By this name.
    #[param(required = false)]
    name: String,
    /// Of this pod manager: its uuid or name.
    #[param(required = false)]
    podm_id: String,
    /// By its id there.
    #[param(required = false)]
    index: String,
    /// By its path there.
    #[param(required = false)]
    resource_uri: String,
    /// By who manages it.
    #[param(required = false)]
    managed_by: String,
}

/// Which node to take under management.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ManageRequest {
    /// The pod manager's uuid or name.
    #[schema(min_length = 1)]
    podm_id: String,
    /// The node's Redfish `Id` or path.
    #[schema(min_length = 1)]
    node_index: String,
    /// What to call it; left out, a name is made.
    #[schema(min_length = 1)]
    name: Option<String>,
}

/// Options of deleting one.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeleteOptions {
    /// Give it up although Ironic has it.
    #[param(inline, required = false)]
    force: Switch,
}

/// What has changed since a node was registered.
#[derive(ToSchema)]
pub(crate) struct Drift {
    uuid: Uuid,
    name: String,
    registration: Uuid,
    node_uuid: Uuid,
    drifted: bool,
    #[schema(value_type = Vec<Object>)]
    differences: Vec<()>,
    warnings: Vec<String>,
}

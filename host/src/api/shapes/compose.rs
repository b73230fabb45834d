//! Composing nodes, flavours, and what pod managers hold.

use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::common::{Switch, list_of};

/// A node to be composed, of a flavour or of properties.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ComposeRequest {
    #[schema(min_length = 1)]
    name: String,
    #[schema(min_length = 1)]
    description: Option<String>,
    /// The pod manager's uuid or name; left out where there is only one that composes.
    #[schema(min_length = 1)]
    podm_id: Option<String>,
    /// The flavour's uuid or name.
    #[schema(min_length = 1)]
    flavor_id: Option<String>,
    properties: Option<Requirements>,
    /// Fields of Ironic's node, with `register=true`.
    #[schema(value_type = Option<Object>)]
    parameters: Option<()>,
}

/// What a node is to have. Numbers may be written as text.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Requirements {
    memory: Option<Memory>,
    processor: Option<Processor>,
    pci_device: Option<Devices>,
    resource_blocks: Option<Texts>,
    #[schema(min_length = 1)]
    resource_zone: Option<String>,
}

/// Memory.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Memory {
    capacity_mib: Option<Count>,
    #[schema(min_length = 1)]
    r#type: Option<String>,
}

/// Processors.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Processor {
    total_cores: Option<Count>,
    #[schema(min_length = 1)]
    model: Option<String>,
}

/// Devices.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Devices {
    r#type: Option<Texts>,
}

/// Texts, no more than 256; one may stand by itself.
#[derive(ToSchema)]
#[serde(untagged)]
pub(crate) enum Texts {
    One(String),
    Several(Vec<String>),
}

/// A number above 0, as itself or as text.
#[derive(ToSchema)]
#[serde(untagged)]
pub(crate) enum Count {
    Number(u64),
    Text(String),
}

/// Options of composing: those of registering too, with `register=true`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ComposeOptions {
    /// Register it in Ironic too.
    #[param(inline, required = false)]
    register: Switch,
    /// What becomes of the node if it cannot be registered.
    #[param(inline, required = false)]
    on_failure: OnFailure,
}

/// What becomes of a node that cannot be registered.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(crate) enum OnFailure {
    Keep,
    Decompose,
}

/// What a node is told: one of the two.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Command {
    #[schema(value_type = Option<Object>)]
    #[serde(rename = "Reset")]
    reset: Option<()>,
    #[schema(value_type = Option<Object>)]
    #[serde(rename = "Boot")]
    boot: Option<()>,
}

/// What a node is to be called, and what it is for.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodePatch {
    #[schema(min_length = 1)]
    name: Option<String>,
    #[schema(min_length = 1)]
    description: Option<String>,
}

/// A flavour.
#[derive(ToSchema)]
pub(crate) struct Flavor {
    uuid: Uuid,
    name: String,
    #[schema(value_type = Object)]
    properties: (),
    created_at: String,
    updated_at: String,
}

list_of!(FlavorList, Flavor);

/// A flavour to be made.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewFlavor {
    #[schema(min_length = 1)]
    name: String,
    properties: Requirements,
}

/// What of a flavour is to change. The whole of a reply may be sent back; what cannot be
/// changed is not looked at.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FlavorPatch {
    #[schema(min_length = 1)]
    name: Option<String>,
    properties: Option<Requirements>,
    uuid: Option<serde_json::Value>,
    created_at: Option<serde_json::Value>,
    updated_at: Option<serde_json::Value>,
}

/// Filters of the list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FlavorFilters {
    /// By this uuid.
    #[param(required = false)]
    uuid: String,
    /// By this name.
    #[param(required = false)]
    name: String,
}

/// Which pod manager is asked.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Where {
    /// Its uuid or name; left out, all of them.
    #[param(required = false)]
    podm_id: String,
}

/// Filters of the list. The marker of one is its `podm_id` and, right behind it, its
/// `resource_uri`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HardwareFilters {
    /// Behind this pod manager: its uuid or name; left out, behind all of them.
    #[param(required = false)]
    podm_id: String,
    /// By this Redfish id.
    #[param(required = false)]
    id: String,
    /// By this name.
    #[param(required = false)]
    name: String,
    /// By this uuid.
    #[param(required = false)]
    uuid: String,
    /// By this path.
    #[param(required = false)]
    resource_uri: String,
    /// By who made it.
    #[param(required = false)]
    manufacturer: String,
    /// By this model.
    #[param(required = false)]
    model: String,
    /// By this serial number.
    #[param(required = false)]
    serial_number: String,
    /// By its health, as Redfish says it.
    #[param(required = false)]
    health: String,
}

/// How much is shown.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HowMuch {
    /// The same as `detail`, as Valence called it.
    #[param(inline, required = false)]
    show_detail: Switch,
}

/// A system or a rack, as its pod manager describes it.
#[derive(ToSchema)]
pub(crate) struct Hardware {
    id: Option<String>,
    name: Option<String>,
    uuid: Option<String>,
    podm_id: Option<String>,
    resource_uri: Option<String>,
    description: Option<serde_json::Value>,
    manufacturer: Option<serde_json::Value>,
    model: Option<serde_json::Value>,
    serial_number: Option<serde_json::Value>,
    health: Option<serde_json::Value>,
    /// Of systems.
    system_type: Option<serde_json::Value>,
    power_state: Option<serde_json::Value>,
    memory_gib: Option<serde_json::Value>,
    processors: Option<serde_json::Value>,
    /// Of racks.
    location: Option<serde_json::Value>,
}

list_of!(HardwareList, Hardware);

//! `/v1/pod_managers`.

use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::node::{self, PodManagerDriver};

use super::common::{list_of, names_of};

/// A pod manager.
#[derive(ToSchema)]
pub(crate) struct PodManager {
    uuid: Uuid,
    name: String,
    url: String,
    driver: Driver,
    authentication: Vec<Authentication>,
    auth: ServiceAuth,
    verify_ca: VerifyCa,
    #[schema(required)]
    status: Option<String>,
    /// Whether it stands in the configuration, and so cannot be changed here.
    configured: bool,
    created_at: String,
    updated_at: String,
}

list_of!(PodManagerList, PodManager);

names_of!(
    Driver,
    "How it speaks.",
    PodManagerDriver::ALL.map(PodManagerDriver::name)
);

/// How its certificate is checked: `true`, `false`, or by the authorities in a file.
#[derive(ToSchema)]
#[serde(untagged)]
pub(crate) enum VerifyCa {
    Check(bool),
    File(String),
}

names_of!(
    ServiceAuth,
    "How it is shown credentials.",
    node::ServiceAuth::ALL.map(node::ServiceAuth::name)
);

/// How Valence logs in there.
#[derive(ToSchema)]
#[serde(untagged)]
pub(crate) enum Authentication {
    Basic(BasicAuthentication),
    Reference(Reference),
}

/// By an account of its own.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BasicAuthentication {
    #[schema(pattern = "^basic$")]
    r#type: String,
    auth_items: AuthItems,
}

/// By `[credentials.NAME]` of the configuration.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reference {
    #[schema(pattern = "^reference$")]
    r#type: String,
    auth_items: ReferenceItems,
}

/// Which one.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReferenceItems {
    #[schema(min_length = 1)]
    credentials: String,
}

/// An account.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthItems {
    #[schema(min_length = 1)]
    username: String,
    /// `******` in replies; written back, that changes nothing.
    #[schema(min_length = 1)]
    password: String,
}

/// A pod manager to be made known.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPodManager {
    #[schema(min_length = 1)]
    name: String,
    #[schema(format = "uri")]
    url: String,
    /// `redfishv1` where it is left out.
    driver: Option<Driver>,
    #[schema(max_items = 1)]
    authentication: Option<Vec<Authentication>>,
    auth: Option<ServiceAuth>,
    verify_ca: Option<VerifyCa>,
}

/// What of a pod manager is to change. The whole of a reply may be sent back.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PodManagerPatch {
    #[schema(min_length = 1)]
    name: Option<String>,
    driver: Option<Driver>,
    #[schema(max_items = 1)]
    authentication: Option<Vec<Authentication>>,
    auth: Option<ServiceAuth>,
    verify_ca: Option<VerifyCa>,
    uuid: Option<Uuid>,
    url: Option<String>,
    status: Option<String>,
    configured: Option<bool>,
    created_at: Option<String>,
    updated_at: Option<String>,
}

/// Filters of the list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PodManagerFilters {
    /// By this uuid.
    #[param(required = false)]
    uuid: String,
    /// By this name.
    #[param(required = false)]
    name: String,
    /// By this address.
    #[param(required = false)]
    url: String,
    /// By how they speak.
    #[param(required = false)]
    driver: String,
    /// By their status.
    #[param(required = false)]
    status: String,
    /// Whether they stand in the configuration.
    #[param(required = false)]
    configured: String,
}

/// A system that stands behind a pod manager.
#[derive(ToSchema)]
pub(crate) struct Discovered {
    resource_uri: String,
    #[schema(required)]
    system_uri: Option<String>,
    #[schema(required)]
    id: Option<String>,
    #[schema(required)]
    name: Option<String>,
    #[schema(required)]
    uuid: Option<String>,
    #[schema(required)]
    manufacturer: Option<String>,
    #[schema(required)]
    model: Option<String>,
    #[schema(required)]
    system_type: Option<String>,
    /// Whether it can be managed.
    manageable: bool,
    #[schema(required)]
    managed_as: Option<String>,
    /// Why it cannot be managed.
    #[schema(required)]
    left_out: Option<String>,
}

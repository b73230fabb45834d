//! What callers ask of pod managers and nodes.

use uuid::Uuid;

use crate::node::{PodManagerDriver, ServiceAuth, VerifyCa};
use crate::secret::{Credentials, Secret};

/// `POST /v1/pod_managers`.
#[derive(Clone)]
pub struct NewPodManager {
    /// Its name.
    pub name: String,
    /// The service's address, with or without `/redfish/v1`.
    pub url: String,
    /// How its nodes are found.
    pub driver: PodManagerDriver,
    /// What to log in with.
    pub credentials: Option<Login>,
    /// How they are shown.
    pub auth: ServiceAuth,
    /// How to check the service's certificate.
    pub verify_ca: VerifyCa,
}

/// What a new pod manager is talked to with.
#[derive(Clone)]
pub enum Login {
    /// An account of its own. The password is sealed before it is stored.
    Own(Credentials),
    /// `[credentials.NAME]` of the configuration.
    Named(String),
}

/// `PATCH /v1/pod_managers/{ID}`: what is none stays as it is.
#[derive(Clone, Default)]
pub struct PodManagerPatch {
    /// A new name.
    pub name: Option<String>,
    /// Another driver.
    pub driver: Option<PodManagerDriver>,
    /// Another account.
    pub login: Option<LoginPatch>,
    /// Another way to show them.
    pub auth: Option<ServiceAuth>,
    /// Another way to check the certificate.
    pub verify_ca: Option<VerifyCa>,
}

/// What another account of a pod manager is.
#[derive(Clone)]
pub enum LoginPatch {
    /// None any more.
    Absent,
    /// One of its own.
    Own {
        /// The account.
        username: String,
        /// Its password. The caller has already taken the mask out: a masked password
        /// is none here, and stays as it is.
        password: Option<Secret>,
    },
}

/// `POST /v1/nodes/manage`.
#[derive(Clone, Debug)]
pub struct ManageRequest {
    /// The pod manager's uuid or name.
    pub podm_id: String,
    /// The node's Redfish `Id` or path.
    pub node_index: String,
    /// What to call it; by default pod manager and system id.
    pub name: Option<String>,
}

/// Which nodes a list shows: all of those that are given must be equal.
#[derive(Clone, Debug, Default)]
pub struct NodeFilter {
    /// Exact name.
    pub name: Option<String>,
    /// The pod manager.
    pub podm_id: Option<Uuid>,
    /// The node's Redfish `Id`.
    pub index: Option<String>,
    /// The node's `@odata.id`.
    pub resource_uri: Option<String>,
    /// `ironic`.
    pub managed_by: Option<String>,
    /// The node's uuid.
    pub uuid: Option<Uuid>,
}

//! The records that Valence keeps: pod managers and the nodes behind them.

mod composition;

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use composition::{
    Composition, CompositionRequest, CompositionState, DevicesWanted, Flavor, MemoryWanted,
    ProcessorWanted, Requirements,
};

/// How the nodes of a pod manager are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PodManagerDriver {
    /// Every member of `/redfish/v1/Systems` is a node.
    Redfish,
    /// Intel RSD: a node is a member of `/redfish/v1/Nodes`, and its
    /// `Links.ComputerSystem` is the system.
    #[serde(rename = "redfishv1")]
    RedfishV1,
    /// As `redfish`, and systems are composed by the service's `CompositionService`.
    #[serde(rename = "redfish-composition")]
    RedfishComposition,
}

impl PodManagerDriver {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Redfish, Self::RedfishV1, Self::RedfishComposition];

    /// The name in configuration and API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Redfish => "redfish",
            Self::RedfishV1 => "redfishv1",
            Self::RedfishComposition => "redfish-composition",
        }
    }
}

/// How the certificate of a Redfish service is checked: `redfish_verify_ca` of
/// Ironic's redfish driver has the same three forms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum VerifyCa {
    /// `true`: by the system's authorities; `false`: not at all.
    Check(bool),
    /// By the authorities in this PEM file.
    File(String),
}

impl Default for VerifyCa {
    fn default() -> Self {
        Self::Check(true)
    }
}

/// How a Redfish service that asks for credentials is shown them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceAuth {
    /// By a session where the service gives one, else by Basic authentication.
    #[default]
    Auto,
    /// By Basic authentication, with every request.
    Basic,
    /// By a session, or not at all.
    Session,
}

impl ServiceAuth {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Basic, Self::Session];

    /// The name in configuration and API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Basic => "basic",
            Self::Session => "session",
        }
    }
}

/// A certificate of ours and its key, in PEM files, for servers that ask for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate, followed by those that signed it.
    pub certificate: PathBuf,
    /// Its key. None: it is in the same file.
    pub key: Option<PathBuf>,
}

/// Where the credentials of a pod manager are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialsSource {
    /// None: the service asks for none.
    Absent,
    /// `[credentials.NAME]` of the configuration.
    Named(String),
    /// In the database, sealed with the key file.
    Sealed {
        /// The account.
        username: String,
        /// The password, sealed by `store::seal`.
        sealed: Vec<u8>,
    },
}

/// A Redfish service with nodes behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodManager {
    /// Its identity in Valence.
    pub uuid: Uuid,
    /// Unique, without regard to case.
    pub name: String,
    /// The service's address, with or without `/redfish/v1`.
    pub url: String,
    /// How its nodes are found.
    pub driver: PodManagerDriver,
    /// What it is talked to with.
    pub credentials: CredentialsSource,
    /// How it is shown them.
    pub auth: ServiceAuth,
    /// How Valence checks its certificate.
    pub verify_ca: VerifyCa,
    /// How Ironic is told to check it, where that differs.
    pub ironic_verify_ca: Option<VerifyCa>,
    /// Whether `valence.toml` declares it, which makes it read-only over the API.
    pub configured: bool,
    /// When it was made known.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl PodManager {
    /// The service's root as Ironic is given it: without `/redfish/v1` and
    /// without a slash at the end.
    pub fn address(&self) -> &str {
        let url = self.url.trim_end_matches('/');
        url.strip_suffix("/redfish/v1")
            .unwrap_or(url)
            .trim_end_matches('/')
    }

    /// How Ironic is told to check the service's certificate.
    pub fn verify_ca_for_ironic(&self) -> &VerifyCa {
        self.ironic_verify_ca.as_ref().unwrap_or(&self.verify_ca)
    }
}

/// How far Ironic is asked to take a node, by the names of its provision states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// It is created, and that is all.
    #[default]
    Enroll,
    /// Ironic has reached its BMC.
    Manageable,
    /// It can be scheduled.
    Available,
}

impl Target {
    /// All of them, in the order in which a node comes to them.
    pub const ALL: [Self; 3] = [Self::Enroll, Self::Manageable, Self::Available];

    /// The name in configuration and API, which is Ironic's own.
    pub fn name(self) -> &'static str {
        match self {
            Self::Enroll => "enroll",
            Self::Manageable => "manageable",
            Self::Available => "available",
        }
    }
}

/// Where Ironic is to take a node, and what it is to do with it on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goal {
    /// Where to.
    pub target: Target,
    /// Whether it is to be inspected, which takes a node that is `manageable`.
    pub inspect: bool,
}

/// A node that Valence manages: the body of `GET /v1/nodes/{ID}`, less what the
/// pod manager adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its identity in Valence; Ironic's is another.
    pub uuid: Uuid,
    /// Unique, without regard to case.
    pub name: String,
    /// The pod manager's `uuid`.
    pub podm_id: Uuid,
    /// The node's Redfish `Id`.
    pub index: String,
    /// The node's `@odata.id`.
    pub resource_uri: String,
    /// The `@odata.id` of its `ComputerSystem`; for the driver `redfish` the
    /// same as `resource_uri`.
    pub system_uri: String,
    /// What it is for, in somebody's words.
    pub description: Option<String>,
    /// `ironic` once it is registered there.
    pub managed_by: Option<String>,
    /// How often it has been deregistered: part of Ironic's node uuid, so that
    /// a node that comes back is a new one.
    pub epoch: u32,
    /// When it was managed or composed.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

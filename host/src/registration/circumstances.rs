//! With what a decision was made, besides documents, parameters and hooks.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::enrollment::Object;
use crate::evaluate::CallerRights;
use crate::failure::{Cause, Failure};
use crate::inventory::Subject;
use crate::node::{PodManagerDriver, VerifyCa};
use crate::redfish::{ResourcePath, redact};
use crate::rules::{IronicProfile, NewerFields};

/// With what a decision was made, besides documents, parameters and hooks. It is
/// kept with the decision, so that it can be made again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Circumstances {
    /// How the pod manager's nodes are found.
    pub driver: PodManagerDriver,
    /// The service's root as Ironic is given it.
    pub address: String,
    /// How Ironic is told to check its certificate.
    pub verify_ca: VerifyCa,
    /// The node, as its pod manager describes it.
    pub node: ResourcePath,
    /// The node's `ComputerSystem`.
    pub system: ResourcePath,
    /// The request that composed it, where Valence did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub composition: Option<Value>,
    /// Whether the caller might set what is protected.
    pub may_administer: bool,
    /// The API version of Ironic's, as in `1.95`.
    pub api: String,
}

/// Who a decision is about.
pub(super) struct Whom<'a> {
    pub(super) node: Uuid,
    pub(super) node_name: &'a str,
    pub(super) pod_manager: &'a str,
    pub(super) parameters: Object,
}

impl Circumstances {
    /// Those of an evaluation. What a composition holds of secrets is blanked.
    pub fn of(subject: &Subject, rights: CallerRights, profile: IronicProfile) -> Self {
        let mut composition = subject.composition.clone();
        if let Some(composition) = &mut composition {
            redact(composition);
        }
        Self {
            driver: subject.driver,
            address: subject.address.clone(),
            verify_ca: subject.verify_ca.clone(),
            node: subject.node.clone(),
            system: subject.system.clone(),
            composition,
            may_administer: rights.may_administer,
            api: profile.api.to_string(),
        }
    }

    /// Those that were `kept` with a decision.
    pub(super) fn read(kept: &str) -> Result<Self, Failure> {
        if kept.is_empty() {
            return Err(Failure::new(
                Cause::NotFound,
                "this decision is on record from before all was kept that it takes to make it again",
            ));
        }
        serde_json::from_str(kept).map_err(Failure::internal)
    }

    /// The subject of the evaluation.
    pub(super) fn subject(&self, whom: Whom<'_>) -> Subject {
        Subject {
            node_uuid: whom.node,
            node_name: whom.node_name.to_owned(),
            pod_manager: whom.pod_manager.to_owned(),
            driver: self.driver,
            address: self.address.clone(),
            verify_ca: self.verify_ca.clone(),
            node: self.node.clone(),
            system: self.system.clone(),
            parameters: whom.parameters,
            composition: self.composition.clone(),
        }
    }

    /// The rights of the caller.
    pub(super) fn rights(&self) -> CallerRights {
        CallerRights {
            may_administer: self.may_administer,
        }
    }

    /// The Ironic at hand, of which fields that are too new become `newer_fields`.
    pub(super) fn profile(&self, newer_fields: NewerFields) -> IronicProfile {
        IronicProfile {
            api: self.api.parse().unwrap_or(IronicProfile::default().api),
            newer_fields,
        }
    }
}

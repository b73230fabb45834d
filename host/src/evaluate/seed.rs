//! The draft that needs no hook.

use crate::enrollment::Enrollment;
use crate::evaluate::Finding;
use crate::inventory::{Inventory, Subject};
use crate::redfish::ReadError;

/// What the seed came to.
pub(crate) struct Drafted {
    /// What standard Redfish data says.
    pub(crate) enrollment: Enrollment,
    /// What was left out and why.
    pub(crate) findings: Vec<Finding>,
}

/// Drafts the enrollment of `subject`.
pub(crate) async fn draft(subject: &Subject, inventory: &Inventory) -> Result<Drafted, ReadError> {
    inventory.identity().await?;
    let node = serde_json::json!({
        "name": subject.node_name,
        "driver": "redfish",
        "driver_info": {
            "redfish_address": subject.address,
            "redfish_system_id": subject.system.as_str(),
        },
    });
    Ok(Drafted {
        enrollment: Enrollment {
            node: node.as_object().cloned().unwrap_or_default(),
            ..Enrollment::default()
        },
        findings: Vec::new(),
    })
}
